"""What a run measures, as it is kept in results.json."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from rlhf.effects.frechet import Frechet
from rlhf.effects.material import Lineage
from rlhf.effects.settings import EffectsSettings
from workbench.axes import Axis
from workbench.measures import Diversity, Effect, Estimate

ExhibitKind = Literal["adapter", "control", "mixture", "best_of"]


@dataclass(frozen=True)
class AxisEffect:
    """An effect on one axis over the base, on the same prompts and noise."""

    judged: Effect
    """By the judges: heads that nothing was optimised against or chosen by."""
    asked: Effect
    """By the heads that are asked for rewards, which taught the adapter or chose the picture."""


@dataclass(frozen=True)
class Drift:
    """How far pictures lie from the base's, by their embeddings."""

    frechet: Frechet
    paired: Estimate
    """Mean cosine distance to the base's picture of the same prompt and noise."""


@dataclass(frozen=True)
class Likeness:
    """Whether a painter still paints what it is told, and still paints different things."""

    diversity: Diversity
    adherence: Estimate
    """Mean share of the other prompts that fit a picture worse than its own; chance is 1/2."""


@dataclass(frozen=True)
class DiversityKept:
    """Diversity over that of the base; None where the base has none."""

    across: float | None
    within: float | None


@dataclass(frozen=True)
class Exhibit:
    """One way to get pictures, beside the base painter."""

    name: str
    kind: ExhibitKind
    effects: dict[Axis, AxisEffect]
    """A row of the effect matrix."""
    likeness: Likeness
    diversity_kept: DiversityKept
    adherence_change: Estimate
    """Adherence less that of the base's picture of the same prompt and noise."""
    drift: Drift
    axis: Axis | None = None
    """That of the adapter, or of the reward that chose; a mixture has none."""
    cost: int = 1
    """Pictures painted for each picture that is kept."""
    over_best_of: Effect | None = None
    """An adapter against best-of-n by its own axis, as the judges see it; in sd of the base."""
    at_equal_cost: Effect | None = None
    """The same with the best of as many pictures by the adapter, kept by the same reward."""
    over_control: Effect | None = None
    """An adapter against its shuffled control on its own axis, as the judges see it."""


@dataclass(frozen=True)
class Ground:
    """The base painter, which all else is measured against."""

    likeness: Likeness
    floor: Drift | None
    """The base against itself on other noise, so much is no drift; None without a second set."""


@dataclass(frozen=True)
class CurvePoint:
    """Gains by the judges over the base at one weight of one adapter, in sd of the base."""

    weight: float
    gains: dict[Axis, Estimate]


@dataclass(frozen=True)
class Results:
    """Everything that one run measured."""

    settings: EffectsSettings
    profile: str
    steps: int
    guidance: float
    n: int
    """Pictures by each painter."""
    n_clips: int
    n_curve: int
    """Pictures at each weight, and those that proved weight 0 to be the base bit for bit."""
    ground: Ground
    exhibits: list[Exhibit]
    curves: dict[Axis, list[CurvePoint]]
    lineage: dict[Axis, Lineage]
    strangers: list[Axis]
    """Axes whose reward model learned on another snapshot than the one that holds clips out."""
    cut_prompts: dict[str, str]
    """Prompts that exceed the painter's context, with the end that it never reads."""
    hashes: dict[str, str]

    @property
    def controls(self) -> list[Axis]:
        """Those whose adapter is laid beside a shuffled control."""
        return [shown.axis for shown in self.exhibits if shown.kind == "control" and shown.axis]

    @property
    def axes(self) -> list[Axis]:
        """Those that are measured."""
        return list(self.exhibits[0].effects)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "settings": self.settings.model_dump(mode="json")}
