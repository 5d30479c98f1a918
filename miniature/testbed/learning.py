"""What a round learns: snapshots, reward models and adapters, by the packages themselves."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evaluation.reliability import Reliability
from generation.adapters import AdapterChoice
from miniature.testbed.material import Bed, Material
from miniature.testbed.preference_folders import Collection, pooled, write_preferences
from miniature.testbed.settings import CLIP_AXES, FUSED
from miniature.testbed.votes import reliabilities, weighted
from rlhf.refine_settings import Targets
from rlhf.refinement import has_checkpoint, refine
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


def learn(bed: Bed, number: int, material: Material) -> Learned:
    """Round `number`: one reward model and adapter for each lesson, with their controls."""
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
    rewards = {
        lesson: _reward(bed, number, lesson, axis, source)
        for lesson, axis in settings.lessons().items()
    }
    lessons = [
        _lesson(bed, number, lesson, axis, _Taught(source, rewards))
        for lesson, axis in settings.lessons().items()
    ]
    return Learned(snapshot, people, lessons)


class _Taught(NamedTuple):
    """What refinements start from: a snapshot and the reward runs on it, by lesson."""

    snapshot: Path
    rewards: dict[str, Path]


class _Refinement(NamedTuple):
    """One adapter to be made."""

    stage: str
    place: Path
    axis: Axis
    snapshot: Path
    reward: Path
    guards: list[Path]
    targets: Targets


def _reward(bed: Bed, number: int, name: str, axis: Axis, snapshot: Path) -> Path:
    return bed.stages.once(
        f"round {number} / reward / {name}",
        bed.folder / f"round-{number}" / "reward" / name,
        lambda place: train_reward(
            snapshot,
            place,
            bed.settings.reward_settings(axis),
            bed.atelier.profile,
            show_progress=bed.show_progress,
        ),
    )


def _lesson(bed: Bed, number: int, name: str, axis: Axis, taught: _Taught) -> Lesson:
    folder, at = bed.folder / f"round-{number}", f"round {number}"
    reward = taught.rewards[name]
    guards = [run for other, run in taught.rewards.items() if other != name]
    common = (axis, taught.snapshot, reward, guards if bed.settings.guards else [])
    place, stage = folder / "refined" / name, f"{at} / refine / {name}"
    refined = _refined(bed, _Refinement(stage, place, *common, "own"))
    control = None
    if bed.settings.controls and (name in CLIP_AXES or name == FUSED):
        place, stage = folder / "control" / name, f"{at} / control / {name}"
        control = _refined(bed, _Refinement(stage, place, *common, "shuffled"))
    return Lesson(name, axis, reward, refined, control)


def _refined(bed: Bed, wanted: _Refinement) -> Path:
    def work(output: Path) -> None:
        resume = has_checkpoint(output)
        if not resume:
            shutil.rmtree(output, ignore_errors=True)
        refine(
            wanted.snapshot,
            wanted.reward,
            output,
            bed.settings.refine_settings(wanted.axis, wanted.targets),
            bed.atelier.profile,
            guards=wanted.guards,
            # What an unfit reward does to the painter is among the things to be measured here.
            force=True,
            resume=resume,
            show_progress=bed.show_progress,
        )

    return bed.stages.once(wanted.stage, wanted.place, work, keeps_leftover=True)
