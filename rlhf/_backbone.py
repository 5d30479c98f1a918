"""The towers of a reward model, from the folders that its settings or its config.json name."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from safetensors.torch import load_file
from torch import nn

from cluster_sampling.embedder import (
    TOKENIZER_FILE,
    Embedder,
    Precision,
    load_embedder,
    open_tokenizer,
)
from cluster_sampling.imagebind import ImageBind
from rlhf._clip_towers import ClipTowers, open_clip
from workbench.errors import BadInput
from workbench.files import sha256_of_folder

_HASHED = (".safetensors", ".json")


class NamesBackbone(Protocol):
    """Settings and configurations of reward models alike."""

    @property
    def backbone(self) -> str | None: ...
    @property
    def precision(self) -> Precision: ...


def open_backbone(names: NamesBackbone, embedder_folder: str | Path, device: str) -> Embedder:
    """The embedder itself, or a CLIPModel that hears by it. Raises BadInput as these do."""
    embedder = load_embedder(embedder_folder, device)
    if names.backbone:
        folder = Path(names.backbone)
        clip = open_clip(folder).to(device)
        towers = ClipTowers(clip, _ears_alone(embedder.model))
        # They do what an embedder asks of an ImageBind, and are none.
        embedder = Embedder(cast(ImageBind, towers), open_tokenizer(folder / TOKENIZER_FILE))
    embedder.precision = names.precision
    hashes = embedder_hash(Path(embedder_folder)), backbone_hash(names.backbone)
    embedder.origin = (*hashes, names.precision)
    return embedder


def embedder_hash(folder: Path) -> str:
    """Hash of an embedder's weights, sizes and tokenizer. Raises BadInput without the folder."""
    if not folder.is_dir():
        raise BadInput(f"the embedder {str(folder)!r} is no folder; choose a profile that has one")
    return sha256_of_folder(folder, suffixes=_HASHED)


def backbone_hash(folder: str | None) -> str:
    """Hash of a CLIPModel's weights, sizes and tokenizer; "" where the embedder does all."""
    if not folder:
        return ""
    if not Path(folder).is_dir():
        raise BadInput(f"the backbone {folder!r} is no folder; name one that holds a CLIPModel")
    return sha256_of_folder(Path(folder), suffixes=_HASHED)


def check_backbone(folder: str, wanted: str) -> None:
    """Raises BadInput when the backbone in `folder` is not the one of the training."""
    found = backbone_hash(folder)
    if found != wanted:
        raise BadInput(
            f"the backbone in {folder} has the hash {found[:12]}, the reward model was trained on "
            f"{wanted[:12]}; use that one or train it again"
        )


def take_learned(towers: nn.Module, learned: set[str], weights: Path, prefix: str) -> None:
    """Fill the parameters named by `learned` from a safetensors file, where `prefix` precedes them.

    Raises BadInput when the file holds others or of another shape.
    """
    stored = {
        name.removeprefix(prefix): value
        for name, value in load_file(weights).items()
        if name.startswith(prefix)
    }
    own = dict(towers.named_parameters())
    misfits = learned ^ stored.keys() or {
        name for name, value in stored.items() if own[name].shape != value.shape
    }
    if misfits:
        raise BadInput(
            f"what the backbone learned, in {weights}, does not fit config.json: {min(misfits)} "
            "is missing, too many, or of another size; train it again"
        )
    for name, value in stored.items():
        own[name].data.copy_(value)


def _ears_alone(model: ImageBind) -> ImageBind:
    """Without the towers for pictures and text, which CLIP's replace."""
    del model.image, model.text
    return model
