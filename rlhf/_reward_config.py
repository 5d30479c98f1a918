"""What a reward model's config.json holds."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedConfig

from cluster_sampling.embedder import Embedder, Precision


class RewardModelConfig(PreTrainedConfig):
    """What a reward model is of, and how its raw rewards are standardised."""

    model_type = "musepainter_reward"

    def __init__(
        self,
        axis: str = "emo",
        embedding_width: int = 1024,
        music_width: int | None = None,
        level_width: int = 15_104,
        look_width: int = 0,
        reads: str = "levels",
        hears: str = "both",
        heads: int = 6,
        judges: int = 2,
        hidden: int = 64,
        rank: int = 16,
        dropout: float = 0.3,
        input_dropout: float = 0.5,
        snapshot_sha256: str = "",
        embedder_sha256: str = "",
        backbone: str = "",
        backbone_sha256: str = "",
        unfrozen: str = "none",
        lora_rank: int = 16,
        last_blocks: int = 2,
        learns: str = "both",
        precision: Precision = "fp32",
        reward_mean: float = 0.0,
        reward_sd: float = 1.0,
        head_means: list[float] | None = None,
        head_sds: list[float] | None = None,
        **kwargs: Any,
    ) -> None:
        self.axis = axis
        self.embedding_width = embedding_width
        self.music_width = music_width or embedding_width
        self.level_width = level_width
        self.look_width = look_width
        self.reads = reads
        self.hears = hears
        self.heads = heads
        self.judges = judges
        self.hidden = hidden
        self.rank = rank
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.snapshot_sha256 = snapshot_sha256
        self.embedder_sha256 = embedder_sha256
        self.backbone = backbone
        self.backbone_sha256 = backbone_sha256
        self.unfrozen = unfrozen
        self.lora_rank = lora_rank
        self.last_blocks = last_blocks
        self.learns = learns
        self.precision: Precision = precision
        self.reward_mean = reward_mean
        self.reward_sd = reward_sd
        self.head_means = head_means or [0.0] * heads
        self.head_sds = head_sds or [1.0] * heads
        super().__init__(**{"num_labels": 1, **kwargs})

    @property
    def read_width(self) -> int:
        """How many of the last columns of an image's levels are read."""
        if self.reads == "embedding":
            return self.embedding_width
        return self.level_width - (self.look_width if self.reads == "levels" else 0)

    @property
    def is_tuned(self) -> bool:
        """Whether some of the backbone learned as well."""
        return self.unfrozen != "none"

    @property
    def has_own_towers(self) -> bool:
        """Whether features by the embedder are of no use to it."""
        return bool(self.backbone) or self.is_tuned or self.precision != "fp32"

    def sees_as(self, other: RewardModelConfig) -> bool:
        """Whether features for one model are features for the other."""
        return self._towers == other._towers and not (self.is_tuned or other.is_tuned)

    def sees_by(self, embedder: Embedder) -> bool:
        """Whether the model can share `embedder` with others."""
        return self._towers == embedder.origin and not self.is_tuned

    @property
    def _towers(self) -> tuple[str, ...]:
        """As `open_backbone` notes it."""
        return self.embedder_sha256, self.backbone_sha256, self.precision
