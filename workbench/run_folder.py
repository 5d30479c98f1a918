"""The folder of one run: what made it, how far it is, what it measured.

    run.json        kind, resolved settings, seed, hashes of the inputs, versions, commit, status
    metrics.jsonl   one JSON object per logged step
    progress.json   {"stage", "step", "total"}, replaced in place: what a watcher reads

A watcher (the site's worker) reads these files only; it never talks to the process.
"""

from __future__ import annotations

import json
import math
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from pydantic import BaseModel
from rich.console import Console
from rich.progress import Progress

from workbench.errors import RunInterrupted
from workbench.files import refuse_existing, write_json

Item = TypeVar("Item")

_PACKAGES = (
    "musepainter",
    "torch",
    "diffusers",
    "transformers",
    "peft",
    "trl",
    "faiss-cpu",
    "numpy",
)
_TOLD_EVERY_S = 0.2
_ROOT = Path(__file__).resolve().parent.parent


class RunFolder:
    """A run that is under way. Make one with `started_run`, never directly."""

    def __init__(
        self, folder: Path, facts: dict[str, Any], *, show_progress: bool, is_written: bool = True
    ) -> None:
        self.folder = folder
        self._facts = facts
        self._show_progress = show_progress
        self._is_written = is_written
        self.stage = ""
        """What it is at; empty before its first stage."""

    def path(self, name: str) -> Path:
        """Where an artifact of this run goes."""
        return self.folder / name

    def log(self, step: int, **metrics: float) -> None:
        """Append one line to metrics.jsonl. NaN and infinity become null, which JSON can hold."""
        if not self._is_written:
            return
        line: dict[str, float | None] = {"step": step}
        for name, value in metrics.items():
            number = float(value)
            line[name] = number if math.isfinite(number) else None
        with self.path("metrics.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")

    def note(self, **facts: Any) -> None:
        """Add facts to run.json (hashes of artifacts, counts, results)."""
        self._facts.update(facts)
        self._save()

    def progress(self, stage: str, step: int, total: int) -> None:
        self.stage = stage
        if self._is_written:
            write_json(self.path("progress.json"), {"stage": stage, "step": step, "total": total})

    def track(self, items: Iterable[Item], *, stage: str, total: int) -> Iterator[Item]:
        """Yield `items` while showing a progress bar on stderr and keeping progress.json.

        The file is replaced a few times a second and after the last item: steps may be so short
        that telling of each would cost more than they do.
        """
        console = Console(stderr=True)
        is_hidden = not (self._show_progress and self._is_written and console.is_terminal)
        with Progress(console=console, transient=True, disable=is_hidden) as bar:
            task = bar.add_task(stage, total=total)
            self.progress(stage, 0, total)
            told_at = time.monotonic()
            for done, item in enumerate(items, start=1):
                yield item
                bar.advance(task)
                if done == total or time.monotonic() - told_at > _TOLD_EVERY_S:
                    self.progress(stage, done, total)
                    told_at = time.monotonic()

    def _save(self) -> None:
        if self._is_written:
            write_json(self.path("run.json"), self._facts)


@contextmanager
def started_run(
    folder: Path,
    *,
    kind: str,
    settings: BaseModel,
    seed: int,
    inputs: Mapping[str, str] | None = None,
    resume: bool = False,
    show_progress: bool = True,
    is_written: bool = True,
) -> Iterator[RunFolder]:
    """Open a run folder, record what makes it, and close it as succeeded, cancelled or failed.

    `inputs` maps a name (snapshot, painter, ...) to the sha256 of what went in. SIGTERM raises
    RunInterrupted inside the block, so that a trainer can save its checkpoint.
    Raises BadInput when the folder holds anything, unless `resume`. Of a run in several processes,
    those for which it is not `is_written` leave the files to another one.
    """
    if is_written:
        if not resume:
            refuse_existing(folder)
        folder.mkdir(parents=True, exist_ok=True)
    facts = {
        "kind": kind,
        "settings": settings.model_dump(mode="json"),
        "seed": seed,
        "inputs": dict(inputs or {}),
        "versions": software_versions(),
        "commit": source_commit(),
        "command": sys.argv[1:],
        "started_at": _now(),
        "status": "running",
    }
    run = RunFolder(folder, facts, show_progress=show_progress, is_written=is_written)
    run.note()
    status = "failed"
    try:
        with _interruptible():
            yield run
        status = "succeeded"
    except (RunInterrupted, KeyboardInterrupt):
        status = "cancelled"
        raise
    finally:
        run.note(status=status, finished_at=_now())


def software_versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue  # An extra that this installation does not have.
    return versions


def source_commit() -> str | None:
    """The git commit of the source tree, with "+changes" when it is not clean; None outside git."""
    try:
        commit = _git("rev-parse", "HEAD")
        return commit + ("+changes" if _git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    answer = subprocess.run(
        ["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


@contextmanager
def _interruptible() -> Iterator[None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise RunInterrupted("the run was asked to stop")

    try:
        previous = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # Not in the main thread: nobody sends signals there.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="seconds")
