"""A run that embeds a manifest of clips and one of pictures into a features folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from transformers.utils import logging as transformers_logging

from cluster_sampling.embedder import Embedder, load_embedder
from cluster_sampling.features import IMAGES_FILE, Features, Modality, save_features
from cluster_sampling.settings import EmbedSettings
from workbench.errors import BadInput
from workbench.files import refuse_existing, sha256_of_file, sha256_of_folder
from workbench.manifests import ClipEntry, ImageEntry, read_manifest, write_manifest
from workbench.profiles import chosen_profile
from workbench.run_folder import RunFolder, started_run

Item = TypeVar("Item")
FloatArray = npt.NDArray[np.float32]
Embed = Callable[[Sequence[Item]], FloatArray]


class Embedded(NamedTuple):
    """What became of a list of (id, file): the features, and why a file has none, by id."""

    features: Features
    unreadable: dict[str, str]


class Inputs(NamedTuple):
    clips: list[ClipEntry]
    images: list[ImageEntry]


def embed_manifests(
    clips: Path, images: Path, out: Path, settings: EmbedSettings
) -> dict[str, Any]:
    """Write the features folder `out` and return the counts that its run.json holds.

    A clip without a caption has no text row. Raises BadInput when a manifest is empty, a picture
    is of a clip that is not listed, or a file cannot be read (unless `skip_unreadable`).
    """
    refuse_existing(out)
    inputs = read_inputs(clips, images)
    settings = _resolved(settings)
    folder, device = Path(str(settings.embedder)), str(settings.device)
    transformers_logging.disable_progress_bar()
    embedder = load_embedder(folder, device, batch_size=settings.batch_size)
    hashes = {
        "clips": sha256_of_file(clips),
        "images": sha256_of_file(images),
        "embedder": sha256_of_folder(folder, suffixes=(".safetensors", ".json")),
    }
    # Embedding draws nothing at random; every run folder has a seed.
    with started_run(out, kind="embed", settings=settings, seed=0, inputs=hashes) as run:
        facts = _embed_all(_Stages(run, embedder, settings.skip_unreadable), inputs)
        run.note(**facts)
    counts: dict[str, Any] = facts["counts"]
    return counts


def read_inputs(clips: Path, images: Path) -> Inputs:
    """Read both manifests. Raises BadInput when one is empty or they do not fit each other."""
    inputs = Inputs(read_manifest(clips, ClipEntry), read_manifest(images, ImageEntry))
    for path, entries in ((clips, inputs.clips), (images, inputs.images)):
        if not entries:
            raise BadInput(f"{path} lists nothing; there is nothing to embed")
    known = {entry.clip_id for entry in inputs.clips}
    for entry in inputs.images:
        if entry.clip_id not in known:
            raise BadInput(
                f"{images}: image {entry.image_id!r} is of clip {entry.clip_id!r}, which {clips} "
                "does not list"
            )
    return inputs


@dataclass(frozen=True)
class _Stages:
    """Embeds one list after the other, each batch by batch and into its own files."""

    run: RunFolder
    embedder: Embedder
    skip_unreadable: bool

    def embed(
        self, modality: Modality, items: Sequence[tuple[str, Item]], embed: Embed[Item]
    ) -> Embedded:
        size = self.embedder.batch_size
        batches = [items[start : start + size] for start in range(0, len(items), size)]
        rows = [np.empty((0, self.embedder.dimension), dtype=np.float32)]
        unreadable: dict[str, str] = {}
        for batch in self.run.track(batches, stage=modality, total=len(batches)):
            batch_rows, reasons = self._embed_batch(batch, embed)
            rows.append(batch_rows)
            unreadable |= reasons
        ids = tuple(item_id for item_id, _ in items if item_id not in unreadable)
        if items and not ids:
            raise BadInput(f"no {modality} file can be read; first: {unreadable[items[0][0]]}")
        features = Features(ids, np.concatenate(rows))
        save_features(self.run.folder, modality, features)
        return Embedded(features, unreadable)

    def _embed_batch(
        self, batch: Sequence[tuple[str, Item]], embed: Embed[Item]
    ) -> tuple[FloatArray, dict[str, str]]:
        try:
            return embed([item for _, item in batch]), {}
        except BadInput as error:
            if not self.skip_unreadable:
                raise
            if len(batch) == 1:
                return np.empty((0, self.embedder.dimension), np.float32), {batch[0][0]: str(error)}
        # One of the batch is at fault; find it by taking them singly.
        singly = [self._embed_batch([entry], embed) for entry in batch]
        reasons = {item_id: why for _, part in singly for item_id, why in part.items()}
        return np.concatenate([rows for rows, _ in singly]), reasons


def _embed_all(stages: _Stages, inputs: Inputs) -> dict[str, Any]:
    embedder = stages.embedder
    recordings = [(clip.clip_id, clip.audio) for clip in inputs.clips]
    audio = stages.embed("audio", recordings, embedder.embed_audio)
    captions = [(clip.clip_id, clip.caption) for clip in inputs.clips if clip.caption.strip()]
    text = stages.embed("text", captions, embedder.embed_texts)
    usable = [entry for entry in inputs.images if entry.clip_id not in audio.unreadable]
    files = [(entry.image_id, entry.image) for entry in usable]
    images = stages.embed("image", files, embedder.embed_images)
    write_manifest(
        stages.run.path(IMAGES_FILE),
        [
            entry.model_copy(update={"image": entry.image.resolve()})
            for entry in usable
            if entry.image_id not in images.unreadable
        ],
    )
    counts = {
        "clips": len(audio.features),
        "captions": len(text.features),
        "images": len(images.features),
        "dimension": embedder.dimension,
        "unreadable_clips": len(audio.unreadable),
        "unreadable_images": len(images.unreadable),
        "images_of_unreadable_clips": len(inputs.images) - len(usable),
    }
    unreadable = {"clips": audio.unreadable, "images": images.unreadable}
    return {"counts": counts, "unreadable": unreadable}


def _resolved(settings: EmbedSettings) -> EmbedSettings:
    """Fill in what the profile decides, so that run.json names the embedder and the device."""
    profile = chosen_profile(settings.profile)
    return settings.model_copy(
        update={
            "profile": profile.name,
            "embedder": settings.embedder or Path(profile.embedder),
            "device": settings.device or ("cuda" if profile.needs_gpu else "cpu"),
        }
    )
