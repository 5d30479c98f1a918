"""f_k(clip, text, image) of Eq. 9: frozen ImageBind towers and a small head that learns one axis.

Letters in shapes: n pictures, d embedding width, h and w pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import SequenceClassifierOutput

from cluster_sampling.embedder import Embedder, load_embedder
from workbench.errors import BadInput
from workbench.files import read_json, sha256_of_folder

# Centring with the statistics of a handful of clips may leave a spread of 0.
_SPREAD_FLOOR = 1e-4


class RewardModelConfig(PreTrainedConfig):
    """What a reward model is of, and how its raw rewards are standardised."""

    model_type = "musepainter_reward"

    def __init__(
        self,
        axis: str = "emo",
        embedding_width: int = 1024,
        hidden: int = 64,
        dropout: float = 0.1,
        hears: str = "both",
        snapshot_sha256: str = "",
        embedder_sha256: str = "",
        reward_mean: float = 0.0,
        reward_sd: float = 1.0,
        **kwargs: Any,
    ) -> None:
        self.axis = axis
        self.embedding_width = embedding_width
        self.hidden = hidden
        self.dropout = dropout
        self.hears = hears
        self.snapshot_sha256 = snapshot_sha256
        self.embedder_sha256 = embedder_sha256
        self.reward_mean = reward_mean
        self.reward_sd = reward_sd
        super().__init__(**{"num_labels": 1, **kwargs})


class ClipFeatures(NamedTuple):
    """What the towers heard and read of n clips; a row counts only where its flag is True."""

    music: Tensor
    """(n, d) float32 unit rows."""
    text: Tensor
    """(n, d) float32 unit rows."""
    has_music: Tensor
    """(n,) bool."""
    has_text: Tensor
    """(n,) bool."""

    def rows(self, index: Tensor) -> ClipFeatures:
        """The clips at `index` (m,) int64, in that order."""
        return ClipFeatures(*(part[index] for part in self))

    def to(self, device: torch.device | str) -> ClipFeatures:
        return ClipFeatures(*(part.to(device) for part in self))


class RewardModel(PreTrainedModel):
    """The reward of one axis. The towers are not part of its weights: `attach` brings them.

    `forward` takes features (the fast path, on which it is trained); `score` takes pictures.
    """

    config_class = RewardModelConfig
    base_model_prefix = "reward"
    main_input_name = "image"

    def __init__(self, config: RewardModelConfig) -> None:
        super().__init__(config)
        width = config.embedding_width
        self.null_music = nn.Parameter(torch.empty(width))
        self.null_text = nn.Parameter(torch.empty(width))
        self.music_scale = Centring(width)
        self.text_scale = Centring(width)
        self.image_scale = Centring(width)
        self.widen = nn.Linear(5 * width, config.hidden)
        self.drop = nn.Dropout(config.dropout)
        self.narrow = nn.Linear(config.hidden, 1)
        self._embedder: Embedder | None = None
        self.post_init()

    def forward(
        self,
        image: Tensor,
        music: Tensor,
        text: Tensor,
        has_music: Tensor,
        has_text: Tensor,
        **_unused: Any,
    ) -> SequenceClassifierOutput:
        """Raw rewards of n pictures, each for its clip: logits (n, 1).

        image, music, text: (n, d) float32 unit rows; has_music, has_text: (n,) bool. Further
        arguments that trainers pass (use_cache, attention_mask) have no meaning here.
        """
        seen = self.image_scale(image)
        heard = _known_or(self.null_music, self.music_scale(music), self._hears("music", has_music))
        read = _known_or(self.null_text, self.text_scale(text), self._hears("text", has_text))
        joined = torch.cat([heard, read, seen, heard * seen, read * seen], dim=-1)  # (n, 5 d)
        logits = self.narrow(self.drop(F.gelu(self.widen(joined))))
        return SequenceClassifierOutput(logits=logits)

    def score(self, images: Tensor, clips: ClipFeatures) -> Tensor:
        """Standardised rewards (n,): mean 0 and sd 1 over the pictures of the training split.

        images: (n, 3, h, w) float32 in [0, 1]; gradients reach them. clips: n rows. Needs `attach`.
        """
        return self.standardised(self.raw_score(images, clips))

    def raw_score(self, images: Tensor, clips: ClipFeatures) -> Tensor:
        """The reward f_k of Eq. 9 itself, (n,); arguments as for `score`."""
        features = self.embedder.image_features(images)
        rewards: Tensor = self(image=features, **clips._asdict()).logits.squeeze(-1)
        return rewards

    def standardised(self, raw: Tensor) -> Tensor:
        mean, sd = float(self.config.reward_mean), float(self.config.reward_sd)
        return (raw - mean) / sd

    @property
    def embedder(self) -> Embedder:
        if self._embedder is None:
            raise ValueError("this reward model has no embedder yet; call attach first")
        return self._embedder

    def attach(self, embedder: Embedder) -> None:
        """Give the model its towers, frozen. Raises BadInput when their width differs."""
        if embedder.dimension != self.config.embedding_width:
            raise BadInput(
                f"the embedder is {embedder.dimension} wide, the reward model was trained on "
                f"{self.config.embedding_width}; use the embedder of its training"
            )
        embedder.model.requires_grad_(False).eval()
        self._embedder = embedder

    def _hears(self, half: str, present: Tensor) -> Tensor:
        return present if self.config.hears in ("both", half) else torch.zeros_like(present)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            init.normal_(module.weight, std=module.in_features**-0.5)
            init.zeros_(module.bias)
        elif isinstance(module, Centring):
            init.zeros_(module.mean)
            init.ones_(module.spread)
        elif module is self:
            init.zeros_(self.null_music)
            init.zeros_(self.null_text)


class Centring(nn.Module):
    """(x - mean) / spread. Embeddings of one modality lie in a narrow cone; this opens it."""

    mean: Tensor
    spread: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(()))

    def fit(self, rows: Tensor) -> None:
        """Take mean (d,) and rms deviation () from rows (n, d); without rows nothing changes."""
        if len(rows):
            self.mean.copy_(rows.mean(dim=0))
            self.spread.copy_((rows - self.mean).square().mean().sqrt().clamp(min=_SPREAD_FLOOR))

    def forward(self, rows: Tensor) -> Tensor:
        return (rows - self.mean) / self.spread


def load_reward_model(
    folder: Path, embedder_folder: str | Path, *, device: str = "cpu"
) -> RewardModel:
    """Open a reward model for scoring: frozen, in evaluation mode, with its towers attached.

    Raises BadInput when `folder` holds no reward model or the embedder is another than the one
    that it was trained on (compared by hash).
    """
    config_file = folder / "config.json"
    found = read_json(config_file).get("model_type")
    if found != RewardModelConfig.model_type:
        raise BadInput(f"{config_file} is of type {found!r}, not {RewardModelConfig.model_type!r}")
    try:
        model, report = RewardModel.from_pretrained(
            folder, output_loading_info=True, local_files_only=True
        )
    except (OSError, RuntimeError, SafetensorError) as error:
        raise BadInput(f"the reward model in {folder} cannot be read: {error}") from None
    if report["missing_keys"] or report["mismatched_keys"]:
        raise BadInput(f"the weights in {folder} do not fit config.json; train it again")
    check_embedder(model.config, embedder_folder)
    model.to(device).requires_grad_(False).eval()
    model.attach(load_embedder(embedder_folder, device))
    return cast(RewardModel, model)


def check_embedder(config: RewardModelConfig, embedder_folder: str | Path) -> None:
    """Raises BadInput when the embedder in `embedder_folder` is not the one of the training."""
    found = embedder_hash(Path(embedder_folder))
    if found != config.embedder_sha256:
        raise BadInput(
            f"the embedder in {embedder_folder} has the hash {found[:12]}, the reward model "
            f"was trained on {config.embedder_sha256[:12]}; use that one or train it again"
        )


def embedder_hash(folder: Path) -> str:
    """Hash of an embedder's weights, sizes and tokenizer. Raises BadInput without the folder."""
    if not folder.is_dir():
        raise BadInput(f"the embedder {str(folder)!r} is no folder; choose a profile that has one")
    return sha256_of_folder(folder, suffixes=(".safetensors", ".json"))


def _known_or(null: Tensor, rows: Tensor, is_known: Tensor) -> Tensor:
    return torch.where(is_known.unsqueeze(-1), rows, null)
