"""CLIP's towers for text and pictures beside ImageBind's for music, in the manner of ImageBind.

CLIP (Radford et al. 2021), the larger ones trained on LAION, and PickScore (Kirstain et al. 2023)
are one architecture: a folder of any of them will do. None of them hears.

Letters in shapes: n items, w windows of a clip, m mel bins, t frames, l tokens, d dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import CLIPConfig, CLIPModel

from cluster_sampling.imagebind import ImageBind, mean_and_sd
from cluster_sampling.imagebind_config import AudioSizes, ImageSizes, TextSizes
from workbench.errors import BadInput
from workbench.files import read_json

# What CLIP's first configurations call the end token, which is no such token in any of them.
_LEGACY_END_ID = 2


@dataclass(frozen=True)
class ClipSizes:
    """What `Embedder` asks of an ImageBindConfig."""

    embedding_width: int
    music_width: int
    audio_sizes: AudioSizes
    image_sizes: ImageSizes
    text_sizes: TextSizes

    @property
    def level_blocks(self) -> list[int]:
        parts = 2 + 3 * len(self.image_sizes.read_depths)
        return [self.image_sizes.width] * parts + [self.embedding_width]


class ClipTowers(nn.Module):
    """What an `Embedder` needs of an ImageBind model; its `image_levels` are read as there.

    Without `ears` it cannot hear, which training on features that are known already does not need.
    """

    def __init__(self, clip: CLIPModel, ears: ImageBind | None = None) -> None:
        super().__init__()
        self.clip = clip
        self.ears = ears
        self.config = _sizes(clip.config, ears)

    @property
    def device(self) -> torch.device:
        device: torch.device = self.clip.device
        return device

    def audio_features(self, mel: Tensor) -> Tensor:
        """(n, w, 1, m, t) normalised log-mel windows -> (n, music width) unit vectors."""
        if self.ears is None:
            raise ValueError("these towers have no ears; give them an ImageBind model")
        return self.ears.audio_features(mel)

    def text_features(self, tokens: Tensor) -> Tensor:
        """(n, l) int64 token ids, each with its end -> (n, d) unit vectors.

        Padding needs no mask: the tower is causal and read out at the first end.
        """
        return F.normalize(self.clip.get_text_features(tokens).pooler_output, dim=-1)

    def image_features(self, pixels: Tensor) -> Tensor:
        """(n, 3, size_px, size_px) normalised pictures -> (n, d) unit vectors; differentiable."""
        return F.normalize(self.clip.get_image_features(pixels).pooler_output, dim=-1)

    def image_levels(self, pixels: Tensor) -> Tensor:
        """The same -> (n, v) levels, see `ImageBind.image_levels`."""
        seen = self.clip.get_image_features(pixels, output_hidden_states=True)
        read = [*mean_and_sd(seen.hidden_states[0][:, 1:])]
        for depth in self.config.image_sizes.read_depths:
            states = seen.hidden_states[depth]
            read += [states[:, 0], *mean_and_sd(states[:, 1:])]
        return torch.cat([*read, F.normalize(seen.pooler_output, dim=-1)], dim=-1)


def open_clip(folder: Path) -> CLIPModel:
    """Raises BadInput when `folder` is not a whole CLIPModel."""
    if not folder.is_dir():
        raise BadInput(f"the model {str(folder)!r} is no folder; name one that holds a CLIPModel")
    found = read_json(folder / "config.json").get("model_type")
    if found != "clip":
        raise BadInput(f"{folder} holds a model of type {found!r}; name a folder with a CLIPModel")
    try:
        model, report = CLIPModel.from_pretrained(
            folder, local_files_only=True, output_loading_info=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(f"the CLIPModel in {folder} cannot be read: {reason}") from None
    if report["missing_keys"] or report["mismatched_keys"]:
        raise BadInput(f"the weights in {folder} do not fit its config.json; fetch the model again")
    return model.requires_grad_(False).eval()


def _sizes(config: CLIPConfig, ears: ImageBind | None) -> ClipSizes:
    seen, read = config.vision_config, config.text_config
    is_legacy = read.eos_token_id == _LEGACY_END_ID
    return ClipSizes(
        embedding_width=config.projection_dim,
        music_width=ears.config.music_width if ears else config.projection_dim,
        audio_sizes=ears.config.audio_sizes if ears else AudioSizes(),
        image_sizes=ImageSizes(
            width=seen.hidden_size,
            depth=seen.num_hidden_layers,
            heads=seen.num_attention_heads,
            size_px=seen.image_size,
            patch=seen.patch_size,
            repeats=1,
        ),
        text_sizes=TextSizes(
            width=read.hidden_size,
            depth=read.num_hidden_layers,
            heads=read.num_attention_heads,
            vocabulary=read.vocab_size,
            context=read.max_position_embeddings,
            end_id=read.vocab_size - 1 if is_legacy else read.eos_token_id,
        ),
    )
