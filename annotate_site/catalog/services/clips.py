from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate_site.catalog.loudness import measured
from annotate_site.catalog.media_files import media_path, store
from annotate_site.catalog.models import Clip
from annotate_site.catalog.services.texts import checked_text
from annotate_site.catalog.sounds import SUFFIXES, checked_sound, write_flac
from annotate_site.core.exceptions import Refused
from workbench.files import sha256_of_file

_MOST_CAPTION = 5_000


class AlreadyThere(Refused):
    """The same bytes are in the catalogue. `clip` is where."""

    def __init__(self, name: str, clip: Clip) -> None:
        told = _("%(name)s is in the catalogue already, as “%(title)s”")
        super().__init__(told % {"name": name, "title": clip.title})
        self.clip = clip


def import_clip(
    *, path: Path, title: str, caption: str = "", licence: str = "", attribution: str = ""
) -> Clip:
    """Copy a sound file into the catalogue.

    Raises Refused with the file's name and the reason; AlreadyThere for known bytes.
    """
    _check_file(path)
    sha256 = sha256_of_file(path)
    if known := Clip.objects.filter(sha256=sha256).first():
        raise AlreadyThere(path.name, known)
    texts = _checked_texts(path.name, title, caption, licence, attribution)
    sound = checked_sound(path)
    if sound.is_playable:
        name = f"audio/{sha256}{sound.suffix}"
        store(name, lambda partial: shutil.copyfile(path, partial))
    else:
        name = f"audio/{sha256}.flac"
        store(name, lambda partial: write_flac(path, partial))
    measures = measured(media_path(name))
    try:
        with transaction.atomic():
            return Clip.objects.create(
                audio=name,
                sha256=sha256,
                duration_s=sound.duration_s,
                **measures._asdict(),
                **texts,
            )
    except IntegrityError:
        # Somebody else imported the same bytes in the meantime.
        raise AlreadyThere(path.name, Clip.objects.get(sha256=sha256)) from None


def import_upload(
    *,
    upload: UploadedFile[Any],
    title: str,
    caption: str = "",
    licence: str = "",
    attribution: str = "",
) -> Clip:
    """The same for a file that came through a form; the title defaults to the file's name."""
    given = Path(upload.name or "upload")
    with tempfile.TemporaryDirectory(prefix="musepainter-upload-") as folder:
        path = Path(folder) / f"{given.stem[:50]}{given.suffix[:10]}"
        with path.open("wb") as stream:
            for chunk in upload.chunks():
                stream.write(chunk)
        return import_clip(
            path=path,
            title=title or given.stem,
            caption=caption,
            licence=licence,
            attribution=attribution,
        )


def _check_file(path: Path) -> None:
    if not path.exists():
        raise Refused(f"{path.name} does not exist")
    if not path.is_file():
        raise Refused(f"{path.name} is no file")
    if path.suffix.lower() not in SUFFIXES:
        raise Refused(
            _("%(name)s does not end in one of %(endings)s")
            % {"name": path.name, "endings": ", ".join(SUFFIXES)}
        )


def _checked_texts(
    name: str, title: str, caption: str, licence: str, attribution: str
) -> dict[str, str]:
    try:
        texts = {
            "title": " ".join(checked_text("title", title, most=200).split()),
            "caption": checked_text("caption", caption, most=_MOST_CAPTION),
            "licence": checked_text("licence", licence, most=100),
            "attribution": checked_text("attribution", attribution, most=2_000),
        }
    except Refused as refusal:
        raise Refused(f"{name}: {refusal}") from None
    if not texts["title"]:
        raise Refused(f"{name} needs a title")
    return texts
