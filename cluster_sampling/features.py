"""The features folder: unit vectors of clips, captions and pictures, with their ids.

{audio,text,image}.npz       array `features`, float32 (n, d), rows of unit length
{audio,text,image}.ids.txt   one id per line, row by row; clip ids for audio and text
images.jsonl                 the pictures' manifest with absolute paths
"""

from __future__ import annotations

import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from workbench.errors import BadInput
from workbench.files import whole_file
from workbench.manifests import ImageEntry, read_manifest

FloatArray = npt.NDArray[np.float32]
Modality = Literal["audio", "text", "image"]

IMAGES_FILE = "images.jsonl"
LENGTH_TOLERANCE = 1e-3

# What numpy raises for files that are broken, no archive, or too large to be one of ours.
_UNREADABLE = (OSError, EOFError, ValueError, TypeError, KeyError, MemoryError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Features:
    """Unit vectors by id.

    ids: n unique strings. rows: float32 (n, d) of unit length within 1e-3, finite.
    Raises BadInput, naming the first id at fault, when they are not so.
    """

    ids: tuple[str, ...]
    rows: FloatArray

    def __post_init__(self) -> None:
        _check_rows(self.rows)
        if len(self.ids) != len(self.rows):
            raise BadInput(f"{len(self.ids)} ids for {len(self.rows)} rows; each row needs one id")
        if len(set(self.ids)) < len(self.ids):
            raise BadInput(f"the id {_first_double(self.ids)!r} comes twice; ids are unique")
        _check_lengths(self.ids, self.rows)

    def __len__(self) -> int:
        return len(self.ids)

    def by_id(self) -> Features:
        """The same rows in the order of their ids, so that nothing depends on the input's order."""
        order = sorted(range(len(self.ids)), key=self.ids.__getitem__)
        return Features(tuple(self.ids[i] for i in order), self.rows[order])


@dataclass(frozen=True)
class FeaturesFolder:
    """What `sample` needs: clips, pictures, and which picture belongs to which clip.

    Every picture has a row and belongs to a clip that has one.
    """

    audio: Features
    images: Features
    manifest: dict[str, ImageEntry]


def save_features(folder: Path, modality: Modality, features: Features) -> None:
    for row_id in features.ids:
        if not row_id or "\n" in row_id or "\r" in row_id:
            raise BadInput(f"the id {row_id!r} does not fit on a line of its own; rename it")
    with whole_file(folder / f"{modality}.npz") as partial:
        np.savez(partial, features=features.rows)
    with whole_file(folder / f"{modality}.ids.txt") as partial:
        partial.write_bytes("".join(f"{row_id}\n" for row_id in features.ids).encode())


def load_features(folder: Path, modality: Modality) -> Features:
    """Raises BadInput when a file is missing or broken, or when the rows are no unit vectors."""
    path = folder / f"{modality}.npz"
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            rows = archive["features"]
        ids = (folder / f"{modality}.ids.txt").read_bytes().decode().split("\n")[:-1]
    except FileNotFoundError as error:
        raise BadInput(f"{error.filename} does not exist; run `musepainter embed` first") from None
    except _UNREADABLE as error:
        raise BadInput(f"the {modality} features in {folder} cannot be read: {error}") from None
    try:
        return Features(tuple(ids), rows)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def load_features_folder(folder: Path) -> FeaturesFolder:
    """Raises BadInput when the parts of the folder do not fit each other."""
    audio, images = load_features(folder, "audio"), load_features(folder, "image")
    entries = read_manifest(folder / IMAGES_FILE, ImageEntry)
    manifest = {entry.image_id: entry for entry in entries}
    if difference := set(images.ids) ^ manifest.keys():
        raise BadInput(
            f"{folder}: image {min(difference)!r} is not in both image.ids.txt and {IMAGES_FILE}; "
            "embed again"
        )
    return FeaturesFolder(audio, images, manifest)


def _check_rows(rows: FloatArray) -> None:
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.dtype != np.float32:
        found = f"{getattr(rows, 'dtype', type(rows))} {getattr(rows, 'shape', '')}"
        raise BadInput(f"features must be float32 of the shape (n, d), not {found}")


def _check_lengths(ids: tuple[str, ...], rows: FloatArray) -> None:
    # einsum needs no second array of the size of `rows`.
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= LENGTH_TOLERANCE))
    if len(wrong):
        raise BadInput(
            f"the row of {ids[wrong[0]]!r} has the length {lengths[wrong[0]]:.4g}, expected 1; "
            "embed again or normalise the rows"
        )


def _first_double(ids: tuple[str, ...]) -> str:
    return next(row_id for row_id, count in Counter(ids).items() if count > 1)
