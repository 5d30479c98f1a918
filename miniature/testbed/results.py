"""What a testbed run measures, as it is kept in results.json."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from evaluation.reliability import Reliability
from miniature.annotators import Character
from miniature.testbed.exhibitions import Singles
from miniature.testbed.rewards import RewardQuality
from miniature.testbed.settings import LoopSettings
from miniature.testbed.stages import Cost
from workbench.axes import Axis
from workbench.measures import Diversity, Effect, Estimate


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Person(_Result):
    """A simulated annotator beside what the votes say of it."""

    name: str
    character: Character
    found: Reliability


class Overoptimisation(_Result):
    """What an adapter did to the reward that it followed, and to the truth."""

    proxy_gain: Estimate = Field(description="In sd of the base's rewards.")
    gold_gain: Estimate = Field(description="In sd of the base's gold; of all axes when fused.")
    gap: Estimate = Field(description="proxy_gain - gold_gain, picture by picture.")


class CurvePoint(_Result):
    """Gains over the base after so many steps of refinement, in sd."""

    step: int
    proxy: Estimate
    gold: Estimate


class Control(_Result):
    """The same reward, refined towards the music and captions of other clips."""

    effects: dict[Axis, Effect]
    surplus: dict[Axis, Estimate] = Field(
        description="Gain of the adapter less that of its control, in sd of the base's gold."
    )


class Likeness(_Result):
    """Whether a painter still paints what it is told, and still paints different things."""

    scene: float = Field(description="Share of pictures whose scene the inspector recognises.")
    palette: float
    diversity: Diversity


class LessonResult(_Result):
    """One reward model and its adapter."""

    quality: dict[Axis, RewardQuality] = Field(
        description="On the votes of its axis; on those of each axis when fused."
    )
    effects: dict[Axis, Effect] = Field(description="A row of the effect matrix.")
    gold: dict[Axis, float] = Field(description="Mean gold of the adapter's pictures.")
    followed: Overoptimisation
    hindsight: Overoptimisation | None = Field(
        description="The last round's adapter in the eyes of this round's reward model."
    )
    likeness: Likeness
    control: Control | None
    curve: list[CurvePoint]


class RoundResult(_Result):
    """One round; all votes up to it are learned from."""

    number: int
    comparisons: int = Field(description="Up to and with this round.")
    votes: int
    people: list[Person]
    lessons: dict[str, LessonResult]


class Ground(_Result):
    """The base painter, which all rounds are measured against."""

    gold: dict[Axis, float]
    gold_sd: dict[Axis, float]
    likeness: Likeness
    singles: Singles


class Results(_Result):
    """Everything that one run measured."""

    settings: LoopSettings
    inputs: dict[str, str] = Field(description="Hashes of painter and embedder.")
    ground: Ground
    rounds: list[RoundResult]
    costs: dict[str, Cost]
