"""What a round learns: snapshots, reward models and adapters, by the packages themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from evaluation.reliability import Reliability
from generation.adapters import AdapterChoice
from miniature.testbed.material import Bed, Material
from miniature.testbed.painting import Atelier
from miniature.testbed.preference_folders import Collection, pooled, write_preferences
from miniature.testbed.settings import CLIP_AXES, FUSED
from miniature.testbed.stages import Stage
from miniature.testbed.votes import reliabilities, weighted
from rlhf.refine_settings import RefineSettings, Targets
from rlhf.refinement import has_checkpoint, refine
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import train_reward
from workbench.axes import Axis


@dataclass(frozen=True)
class Lesson:
    """One reward model and what was refined by it.

    name: an axis, or "fused". axis: the one under which its files go.
    """

    name: str
    axis: Axis
    reward: Path
    refined: Path
    control: Path | None
    """Refined by the same reward towards other clips' music and captions."""

    @property
    def adapter(self) -> AdapterChoice:
        return AdapterChoice(self.axis, self.refined / "adapter")

    @property
    def control_adapter(self) -> AdapterChoice | None:
        return AdapterChoice(self.axis, self.control / "adapter") if self.control else None


@dataclass(frozen=True)
class Learned:
    """The snapshot of all votes so far, who cast them, and what was learned."""

    snapshot: Path
    people: dict[str, Reliability]
    lessons: list[Lesson]


def learn(
    bed: Bed,
    number: int,
    material: Material,
    afterwards: Callable[[Lesson, Targets], Sequence[Stage]],
) -> Learned:
    """Round `number`: one reward model and adapter for each lesson, with their controls.

    afterwards: what is to be done with an adapter as soon as it is there, or with that of the
    control when its targets are shuffled.
    """
    folder, settings = bed.folder / f"round-{number}", bed.settings
    people = reliabilities(material.votes, are_weighted=settings.weighting == "on")
    votes = weighted(material.votes, people)
    collection = Collection(bed.clip_folder, bed.clips, material.images, votes, settings.seed)
    name = f"testbed-{settings.seed}-round-{number}"
    snapshot = bed.stages.once(
        f"round {number} / judge / snapshot",
        folder / "snapshot",
        lambda place: write_preferences(collection, place, name=name),
    )
    source = snapshot
    if settings.reward == FUSED:
        fused = collection._replace(votes=pooled(votes, settings.lessons()[FUSED]))
        source = bed.stages.once(
            f"round {number} / judge / pooled snapshot",
            folder / "snapshot-pooled",
            lambda place: write_preferences(fused, place, name=f"{name}-pooled"),
        )
    lessons = [_lesson(bed, number, *named) for named in settings.lessons().items()]
    bed.do(_reward(bed, number, lesson, source) for lesson in lessons)
    taught = _Taught(number, source, lessons, afterwards)
    bed.do([*_refinements(bed, taught, "own"), *_refinements(bed, taught, "shuffled")])
    return Learned(snapshot, people, lessons)


class _Taught(NamedTuple):
    """What the refinements of a round start from: a snapshot and the reward runs on it."""

    number: int
    snapshot: Path
    lessons: list[Lesson]
    afterwards: Callable[[Lesson, Targets], Sequence[Stage]]


def _lesson(bed: Bed, number: int, name: str, axis: Axis) -> Lesson:
    """Where everything of it is going to be."""
    folder = bed.folder / f"round-{number}"
    has_control = bed.settings.controls and (name in CLIP_AXES or name == FUSED)
    control = folder / "control" / name if has_control else None
    return Lesson(name, axis, folder / "reward" / name, folder / "refined" / name, control)


def _reward(bed: Bed, number: int, lesson: Lesson, snapshot: Path) -> Stage:
    return Stage(
        f"round {number} / reward / {lesson.name}",
        lesson.reward,
        partial(_train, snapshot=snapshot, settings=bed.settings.reward_settings(lesson.axis)),
    )


def _refinements(bed: Bed, taught: _Taught, targets: Targets) -> Iterator[Stage]:
    """One adapter of each lesson, or of each that has a control."""
    what = "refine" if targets == "own" else "control"
    for lesson in taught.lessons:
        place = lesson.refined if targets == "own" else lesson.control
        if place is None:
            continue
        others = [other.reward for other in taught.lessons if other is not lesson]
        work = partial(
            _refine,
            snapshot=taught.snapshot,
            reward=lesson.reward,
            guards=others if bed.settings.guards else [],
            settings=bed.settings.refine_settings(lesson.axis, targets),
        )
        yield Stage(
            f"round {taught.number} / {what} / {lesson.name}",
            place,
            work,
            keeps_leftover=True,
            then=partial(taught.afterwards, lesson, targets),
        )


def _train(place: Path, atelier: Atelier, *, snapshot: Path, settings: RewardSettings) -> None:
    train_reward(snapshot, place, settings, atelier.profile, show_progress=atelier.show_progress)


def _refine(
    place: Path,
    atelier: Atelier,
    *,
    snapshot: Path,
    reward: Path,
    guards: Sequence[Path],
    settings: RefineSettings,
) -> None:
    resume = has_checkpoint(place)
    if not resume:
        shutil.rmtree(place, ignore_errors=True)
    refine(
        snapshot,
        reward,
        place,
        settings,
        atelier.profile,
        guards=guards,
        # What an unfit reward does to the painter is among the things to be measured here.
        force=True,
        resume=resume,
        show_progress=atelier.show_progress,
    )
