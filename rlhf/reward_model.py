"""f_k(clip, text, image) of Eq. 9: the towers of a backbone and small heads that learn one axis.

Letters in shapes: n pictures, d embedding width, s music width, v level width, m heads, k of them
that are asked, h and w pixels, l tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils import SAFE_WEIGHTS_NAME, ModelOutput

from cluster_sampling.embedder import Embedder
from cluster_sampling.preprocessing import normalised
from rlhf._backbone import check_backbone, open_backbone, take_learned
from rlhf._backbone import embedder_hash as embedder_hash
from rlhf._heads import Clips, Heads, SideBySide
from rlhf._reward_config import RewardModelConfig
from rlhf._unfreezing import learning_parameters, recompute_blocks
from workbench.errors import BadInput
from workbench.files import read_json

# Centring with the statistics of a handful of clips may leave a spread of 0.
_SPREAD_FLOOR = 1e-4
# A column by itself is a plain statistic on a scale of about 1. One that hardly moves in training,
# like a colour that no picture has, would count hundredfold in the first picture that has it.
_COLUMN_FLOOR = 0.02
# Under this name the weights of the backbone that learned lie in the model's own.
_TOWERS = "towers"


class ClipFeatures(NamedTuple):
    """What the towers heard and read of n clips; a row counts only where its flag is True."""

    music: Tensor
    """(n, s) float32 unit rows."""
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


class Others(NamedTuple):
    """What a picture would be worth for other clips, and how much of that does not count."""

    heard: Tensor
    """(m, 1, r), as `RewardModel.typical_of` gives it."""
    share: float
    """In [0, 1]. 1 leaves what is special to the clip: a picture that pleases with any music
    earns nothing."""


@dataclass
class RewardOutput(ModelOutput):
    """What trainers take, and what every head said."""

    logits: Tensor | None = None
    """(n, 1) raw rewards: the mean of the heads that are asked."""
    by_head: Tensor | None = None
    """(n, m) raw rewards, the judges' last."""


class RewardModel(PreTrainedModel):
    """The reward of one axis. Of the towers only what learned is part of its weights: `attach`
    brings them.

    It is an ensemble of m heads. The last `judges` of them are never asked for a reward: they
    watch whether those that are asked are being exploited (Coste et al. 2024).

    `forward` takes features (the fast path, on which frozen towers are trained) or what the towers
    take; `score` takes pictures.
    """

    config_class = RewardModelConfig
    _keys_to_ignore_on_load_unexpected = [rf"^{_TOWERS}\."]
    base_model_prefix = "reward"
    main_input_name = "image"

    def __init__(self, config: RewardModelConfig) -> None:
        super().__init__(config)
        width = config.embedding_width
        self.null_music = nn.Parameter(torch.empty(config.music_width))
        self.null_text = nn.Parameter(torch.empty(width))
        self.music_scale = Centring(config.music_width)
        self.text_scale = Centring(width)
        self.image_scale = Centring(config.level_width)
        self.heads = Heads(
            config.heads,
            clip_width=config.music_width + width,
            image_width=config.read_width,
            hidden=config.hidden,
            rank=config.rank,
            dropout=config.dropout,
            input_dropout=config.input_dropout,
        )
        self._embedder: Embedder | None = None
        self._learning: dict[str, nn.Parameter] = {}
        self.post_init()

    def forward(
        self,
        image: Tensor,
        music: Tensor,
        text: Tensor,
        has_music: Tensor,
        has_text: Tensor,
        others: Others | None = None,
        shown: Tensor | None = None,
        **_unused: Any,
    ) -> RewardOutput:
        """Raw rewards of n pictures, each for its clip.

        image: (n, v) float32 levels, see `Embedder.levels_of`, or what they are read from, see
        `Embedder.read_square`; music: (n, s), text: (n, d), float32 unit rows, or text as tokens
        (n, l), see `Embedder.read_text`; has_music, has_text: (n,) bool. others: what is taken off;
        the mean and sd of rewards over the training pictures remain about what they were. shown:
        (2, n) int64, the row of `image` and that of the clips that each reward is of, where
        pictures or clips come more than once. Further arguments that trainers pass (use_cache,
        attention_mask) have no meaning here.
        """
        if image.dtype == torch.uint8:
            image = self.embedder.levels_of(normalised(image / 255))
        if text.dtype == torch.int64:
            text = self.embedder.texts_of(text)
        seen = self.image_scale(image, last=self.config.read_width)
        clips = self._clips(music, text, has_music, has_text)
        if others is None:
            by_head = self.heads(clips, seen, shown=shown)
        else:
            by_head = self.heads(clips, seen, others.heard, others.share, shown)
            by_head = by_head + others.share * by_head.new_tensor(self.config.head_means)
        return RewardOutput(
            logits=by_head[:, : self.n_asked].mean(dim=1, keepdim=True), by_head=by_head
        )

    @torch.no_grad()
    def typical_of(self, clips: ClipFeatures) -> Tensor:
        """What the heads hear of these clips on average, (m, 1, r), for `Others`."""
        heard: Tensor = self.heads.typical(self._clips(*clips))
        return heard

    def _clips(self, music: Tensor, text: Tensor, has_music: Tensor, has_text: Tensor) -> Clips:
        """Centred rows of both halves, (n, 2d), with zeros and a gap where one is not known."""
        known = (self._hears("music", has_music), self._hears("text", has_text))
        halves = (self.music_scale(music), self.text_scale(text))
        rows = [half * is_known.unsqueeze(-1) for half, is_known in zip(halves, known, strict=True)]
        return Clips(
            torch.cat(rows, dim=-1),
            1 - torch.stack(known, dim=-1).to(music.dtype),
            torch.block_diag(self.null_music, self.null_text),
        )

    @property
    def n_asked(self) -> int:
        """k, how many heads are asked for rewards; without any judge it is all of them."""
        return int(self.config.heads) - int(self.config.judges)

    def score(
        self,
        images: Tensor,
        clips: ClipFeatures,
        *,
        caution: float = 0.0,
        others: Others | None = None,
    ) -> Tensor:
        """Standardised rewards (n,): mean 0 and sd 1 over the pictures of the training split.

        images: (n, 3, h, w) float32 in [0, 1]; gradients reach them. clips: n rows. caution: how
        many sd of the k heads' standardised rewards are subtracted, which takes away what only
        some of them believe. others: see `Others`. Needs `attach`.
        """
        return self.score_of(self.said(images, clips, others), caution=caution)

    def score_of(self, said: RewardOutput, *, caution: float = 0.0) -> Tensor:
        """`score` of pictures that the model was asked about already."""
        reward = self.standardised(torch.as_tensor(said.logits).squeeze(-1))
        if not caution:
            return reward
        heads = self.standardised_by_head(torch.as_tensor(said.by_head))[:, : self.n_asked]
        # Not torch.std, whose gradient is NaN where all heads agree.
        spread = (heads.var(dim=1, correction=0) + _SPREAD_FLOOR**2).sqrt()
        return reward - caution * spread

    def least_score(
        self, images: Tensor, clips: ClipFeatures, *, others: Others | None = None
    ) -> Tensor:
        """Standardised rewards (n,) by the least pleased of the k heads; arguments as for `score`.

        Only what all heads believe in can raise it (Coste et al. 2024, worst-case optimisation).
        """
        return self.least_score_of(self.said(images, clips, others))

    def least_score_of(self, said: RewardOutput) -> Tensor:
        """`least_score` of pictures that the model was asked about already."""
        by_head = torch.as_tensor(said.by_head)
        return self.standardised_by_head(by_head)[:, : self.n_asked].amin(dim=1)

    def judge(self, images: Tensor, clips: ClipFeatures, *, others: Others | None = None) -> Tensor:
        """Standardised rewards (n,) by the judges alone; arguments as for `score`.

        Raises ValueError for a model without judges.
        """
        if not self.config.judges:
            raise ValueError("this reward model has no judges; train it with judges >= 1")
        return self.judged(torch.as_tensor(self.said(images, clips, others).by_head))

    def judged(self, by_head: Tensor) -> Tensor:
        """(n, m) raw rewards of all heads -> (n,) standardised rewards by the judges alone."""
        return self.standardised_by_head(by_head)[:, self.n_asked :].mean(dim=1)

    def raw_score(self, images: Tensor, clips: ClipFeatures) -> Tensor:
        """The reward f_k of Eq. 9 itself, (n,); arguments as for `score`."""
        return torch.as_tensor(self.said(images, clips).logits).squeeze(-1)

    def standardised(self, raw: Tensor) -> Tensor:
        mean, sd = float(self.config.reward_mean), float(self.config.reward_sd)
        return (raw - mean) / sd

    def standardised_by_head(self, raw: Tensor) -> Tensor:
        """(n, m) raw rewards of all heads, each brought to mean 0 and sd 1 of its own."""
        means, sds = raw.new_tensor(self.config.head_means), raw.new_tensor(self.config.head_sds)
        return (raw - means) / sds

    def said(
        self, images: Tensor, clips: ClipFeatures, others: Others | None = None
    ) -> RewardOutput:
        """What all heads say of pictures; arguments as for `score`."""
        levels = self.embedder.image_levels(images)
        said: RewardOutput = self(image=levels, others=others, **clips._asdict())
        return said

    def learn_towers(self, *, saves_memory: bool = False) -> None:
        """Let learn of the backbone what the configuration says; saves_memory: recompute the rest
        of what a block did when going back. Needs `attach`.
        """
        for parameter in self.tower_parameters:
            parameter.requires_grad_(True)
        if saves_memory:
            recompute_blocks(self.embedder.model)

    @property
    def tower_parameters(self) -> list[nn.Parameter]:
        """What learns besides the heads."""
        return list(self._learning.values())

    @property
    def embedder(self) -> Embedder:
        if self._embedder is None:
            raise ValueError("this reward model has no embedder yet; call attach first")
        return self._embedder

    def attach(self, embedder: Embedder) -> None:
        """Give the model its towers, frozen; with room for what is to learn, if anything is.

        Raises BadInput when their width differs, and as `learning_parameters` does.
        """
        given = (embedder.dimension, embedder.level_width, embedder.music_width)
        config = self.config
        wanted = (config.embedding_width, config.level_width, config.music_width)
        if given != wanted:
            raise BadInput(
                "the backbone is {} wide (levels {}, music {}), the reward model was trained on {} "
                "(levels {}, music {}); use the one of its training".format(*given, *wanted)
            )
        self._learning = learning_parameters(embedder.model, config)
        embedder.model.eval()
        self._embedder = embedder
        if config.is_tuned:
            embedder.origin = ()
            self.towers = embedder.model
            frozen = self.towers.state_dict().keys() - self._learning.keys()
            self._keys_to_ignore_on_save = {f"{_TOWERS}.{name}" for name in frozen}

    def take_towers(self, folder: Path) -> None:
        """Bring the backbone to where it learned to be, from the folder of a saved model."""
        weights = folder / SAFE_WEIGHTS_NAME
        take_learned(self.towers, set(self._learning), weights, f"{_TOWERS}.")

    def _hears(self, half: str, present: Tensor) -> Tensor:
        return present if self.config.hears in ("both", half) else torch.zeros_like(present)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, SideBySide):
            init.normal_(module.weight, std=module.weight.shape[1] ** -0.5)
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
        self.register_buffer("spread", torch.ones(width))

    def fit(self, rows: Tensor, blocks: Sequence[int] | None = None) -> None:
        """Take the mean (d,) of rows (n, d), and their rms deviation over each block of columns.

        blocks: how many columns each has, adding to d; one block when left out. Columns of a block
        keep their proportions. Without rows nothing changes.
        """
        if not len(rows):
            return
        self.mean.copy_(rows.mean(dim=0))
        parts = (rows - self.mean).split(list(blocks or [rows.shape[1]]), dim=1)
        spreads = [
            part.square()
            .mean()
            .sqrt()
            .clamp(min=_COLUMN_FLOOR if part.shape[1] == 1 else _SPREAD_FLOOR)
            for part in parts
        ]
        widths = torch.tensor([part.shape[1] for part in parts])
        self.spread.copy_(torch.stack(spreads).cpu().repeat_interleave(widths))

    def forward(self, rows: Tensor, last: int | None = None) -> Tensor:
        """last: how many of the last columns to return; all when left out."""
        first = len(self.mean) - last if last else 0
        return (rows[:, first:] - self.mean[first:]) / self.spread[first:]


def load_reward_model(
    folder: Path,
    embedder_folder: str | Path,
    *,
    device: str = "cpu",
    embedder: Embedder | None = None,
) -> RewardModel:
    """Open a reward model for scoring: frozen, in evaluation mode, with its towers attached.

    embedder: one that is open already; it is shared where it is what the model needs.

    Raises BadInput when `folder` holds no reward model, and when the embedder or the backbone is
    missing or another than the one that it was trained on (compared by hash).
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
    check_backbone(model.config.backbone, model.config.backbone_sha256)
    model.to(device).requires_grad_(False).eval()
    if embedder is None or not model.config.sees_by(embedder):
        embedder = open_backbone(model.config, embedder_folder, device)
    model.attach(embedder)
    if model.config.is_tuned:
        model.take_towers(folder)
        model.to(device)
    return cast(RewardModel, model)


def check_embedder(config: RewardModelConfig, embedder_folder: str | Path) -> None:
    """Raises BadInput when the embedder in `embedder_folder` is not the one of the training."""
    found = embedder_hash(Path(embedder_folder))
    if found != config.embedder_sha256:
        raise BadInput(
            f"the embedder in {embedder_folder} has the hash {found[:12]}, the reward model "
            f"was trained on {config.embedder_sha256[:12]}; use that one or train it again"
        )
