"""Which sound files to import, and with what words: from a folder or from a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from annotate_site.catalog.sounds import SUFFIXES
from workbench.errors import BadInput

CAPTIONS_NAME = "captions.csv"
_MOST_CSV_BYTES = 50 << 20
_FILE_COLUMNS = ("file", "path")
_COLUMNS = ("title", "caption", "licence", "attribution")
# Sound that people have and we do not read: said aloud rather than passed over.
_FOREIGN_SUFFIXES = (".m4a", ".aac", ".wma", ".aif", ".aiff", ".mp4", ".amr", ".mid", ".midi")


class ListedClip(NamedTuple):
    path: Path
    title: str
    caption: str = ""
    licence: str = ""
    attribution: str = ""


class ClipList(NamedTuple):
    clips: list[ListedClip]
    refusals: list[str]
    """One sentence for each entry that can't be followed."""


def read_clip_list(source: Path) -> ClipList:
    """The clips that a folder or a CSV names. Raises BadInput when it names none at all."""
    if source.is_dir():
        found = _from_folder(source)
    elif source.is_file() and source.suffix.lower() == ".csv":
        found = _from_csv(source)
    elif source.exists():
        raise BadInput(f"{source} is neither a folder nor a .csv file")
    else:
        raise BadInput(f"{source} does not exist")
    if not found.clips and not found.refusals:
        raise BadInput(f"{source} names no sound; expected {', '.join(SUFFIXES)}")
    return found


def _from_folder(folder: Path) -> ClipList:
    """Every sound file below the folder, with the words of its captions.csv where there is one."""
    captions = folder / CAPTIONS_NAME
    clips, refusals = _from_csv(captions) if captions.is_file() else ClipList([], [])
    listed = {clip.path.resolve() for clip in clips}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        suffix, place = path.suffix.lower(), path.relative_to(folder)
        if any(part.startswith(".") for part in place.parts) or path.resolve() in listed:
            continue
        if suffix in _FOREIGN_SUFFIXES:
            refusals.append(f"{place}: {suffix} is not read; convert it to flac or ogg")
        elif suffix in SUFFIXES and not path.resolve().is_relative_to(folder.resolve()):
            refusals.append(f"{place}: points out of {folder}")
        elif suffix in SUFFIXES:
            clips.append(ListedClip(path, title=_title_of(path)))
    return ClipList(clips, refusals)


def _from_csv(path: Path) -> ClipList:
    clips: list[ListedClip] = []
    refusals: list[str] = []
    rows_by_file: dict[Path, int] = {}
    for number, row in _rows(path):
        found = _listed(path.parent, row)
        if isinstance(found, str):
            refusals.append(f"{path.name} line {number}: {found}")
            continue
        first = rows_by_file.setdefault(found.path.resolve(), number)
        if first != number:
            refusals.append(
                f"{path.name} line {number}: {found.path.name} is named in line {first} already"
            )
            continue
        clips.append(found)
    return ClipList(clips, refusals)


def _listed(folder: Path, row: dict[str, str]) -> ListedClip | str:
    """The clip that a row names, or what is wrong with the row."""
    name = next((row[column] for column in _FILE_COLUMNS if row.get(column)), "")
    if "too many" in row:
        return "has more cells than the first line; put quotes around text with separators"
    if not name:
        return "names no file"
    path = folder / name
    if Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        return f"{name} lies outside of the CSV's folder; only files below it are read"
    if not path.is_file():
        return f"{name} does not exist"
    words = {column: row.get(column, "") for column in _COLUMNS}
    return ListedClip(path, **words | {"title": words["title"] or _title_of(path)})


def _title_of(path: Path) -> str:
    return " ".join(path.stem.replace("_", " ").split())


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column, for each line that is not blank."""
    text = _text_of(path)
    header_line = text.split("\n", 1)[0]
    separator = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        _check_header(path, header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
                extra = [cell for cell in cells[len(header) :] if cell.strip()]
                yield reader.line_num, row | ({"too many": "yes"} if extra else {})
    except csv.Error as error:
        raise BadInput(f"{path.name} line {reader.line_num} is no valid CSV: {error}") from None


def _text_of(path: Path) -> str:
    if path.stat().st_size > _MOST_CSV_BYTES:
        raise BadInput(f"{path.name} has more than {_MOST_CSV_BYTES >> 20} MiB; split it")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name} is not UTF-8 (byte {error.start}); save it as “CSV UTF-8”"
        ) from None
    if "\0" in text:
        raise BadInput(f"{path.name} holds NUL characters, so it is no text; save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_header(path: Path, header: list[str]) -> None:
    if len(set(header)) != len(header):
        raise BadInput(f"{path.name} has two columns of one name: {', '.join(header)}")
    if not any(column in header for column in _FILE_COLUMNS) or "caption" not in header:
        raise BadInput(
            f"{path.name} has the columns {', '.join(header) or 'of nothing'}; "
            "expected file (or path) and caption, and perhaps title, licence, attribution"
        )
