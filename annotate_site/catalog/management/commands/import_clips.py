from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from annotate_site.catalog.clip_lists import ListedClip, read_clip_list
from annotate_site.catalog.services import AlreadyThere, import_clip
from annotate_site.core.exceptions import Refused
from workbench.errors import BadInput

_BAR_AFTER_S = 2.0


class Command(BaseCommand):
    help = (
        "Import sound files (wav, flac, ogg, mp3). SOURCE is a folder, with captions.csv in it "
        "if there are captions, or a CSV with the columns file and caption, and perhaps title, "
        "licence, attribution; files are named relative to the CSV."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, metavar="FOLDER|CSV")
        parser.add_argument(
            "--licence", default="", help="for every clip whose row names none, e.g. CC-BY-4.0"
        )

    def handle(self, *args: Any, source: Path, licence: str, **options: Any) -> None:
        try:
            found = read_clip_list(source)
        except BadInput as error:
            raise CommandError(str(error), returncode=2) from None
        for refusal in found.refusals:
            self._refuse(refusal)
        imported, known, refused = 0, 0, len(found.refusals)
        for clip in _with_bar(found.clips):
            try:
                self._import(clip, licence)
                imported += 1
            except AlreadyThere as there:
                self._say(f"skipped: {there}")
                known += 1
            except (Refused, OSError) as refusal:
                self._refuse(str(refusal))
                refused += 1
        summary = f"{imported} imported, {known} there already, {refused} refused"
        if not imported and not known:
            raise CommandError(summary, returncode=2)
        self._say(summary)

    def _import(self, clip: ListedClip, licence: str) -> None:
        import_clip(
            path=clip.path,
            title=clip.title,
            caption=clip.caption,
            licence=clip.licence or licence,
            attribution=clip.attribution,
        )

    def _say(self, line: str) -> None:
        self.stdout.write(_printable(line))

    def _refuse(self, reason: str) -> None:
        self.stderr.write(_printable(f"refused: {reason}"))


def _printable(line: str) -> str:
    """File names may hold bytes that no terminal can show, or control it."""
    text = line.encode("utf-8", "replace").decode("utf-8")
    return "".join(character if character.isprintable() else "?" for character in text)


def _with_bar(clips: list[ListedClip]) -> Iterator[ListedClip]:
    """Yield the clips; on a terminal a progress bar appears once it takes a while."""
    start = time.monotonic()
    bar = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    task = bar.add_task("importing", total=len(clips))
    try:
        for clip in clips:
            if not bar.live.is_started and time.monotonic() - start > _BAR_AFTER_S:
                bar.start()
            yield clip
            bar.advance(task)
    finally:
        bar.stop()
