"""One round of the loop, measured against the truth on held-out clips."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from generation.adapters import AdapterChoice
from miniature.testbed.exhibitions import (
    Exhibition,
    Hall,
    adherence_of,
    best_singles,
    diversity_of,
    exhibit,
    proxy_of,
    read_exhibition,
)
from miniature.testbed.learning import Learned, Lesson
from miniature.testbed.material import Bed, Material
from miniature.testbed.results import (
    Control,
    CurvePoint,
    Ground,
    LessonResult,
    Likeness,
    Overoptimisation,
    Person,
    RoundResult,
)
from miniature.testbed.rewards import RewardQuality, reward_quality
from miniature.testbed.settings import FUSED
from miniature.testbed.stages import Stage
from rlhf.refine_settings import Targets
from rlhf.refinement import kept_adapters, saved_step
from rlhf.reward_model import RewardModel, load_reward_model
from workbench.axes import AXES, Axis
from workbench.measures import ClipBootstrap, Effect, Estimate, effect, spread
from workbench.snapshots import open_snapshot

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Yardstick:
    """The base painter in the hall: what every round is measured against."""

    bed: Bed
    hall: Hall
    base: Exhibition

    def bootstrap(self, hall: Hall) -> ClipBootstrap:
        return ClipBootstrap(
            hall.owners, resamples=self.bed.settings.resamples, seed=self.bed.settings.seed
        )

    def shown(self, stage: Stage) -> Exhibition:
        """What a painter shows; painted once."""
        self.bed.do([stage])
        return read_exhibition(stage.place)


def base_show(bed: Bed, hall: Hall) -> Stage:
    """The base painter's pictures."""
    work = partial(exhibit, hall=hall, adapter=None)
    return Stage("start / show / base", bed.folder / "base.npz", work)


def stand_on(bed: Bed, hall: Hall) -> Yardstick:
    """Hang the base painter's pictures."""
    stage = base_show(bed, hall)
    bed.do([stage])
    return Yardstick(bed, hall, read_exhibition(stage.place))


def shows_of(yardstick: Yardstick, number: int, lesson: Lesson, targets: Targets) -> list[Stage]:
    """All that a finished adapter of a lesson has to paint, or that of its control."""
    if targets == "own":
        curve = _curve_shows(yardstick, number, lesson)
        return [_show(yardstick, number, lesson.name, lesson.adapter), *curve.values()]
    control = lesson.control_adapter
    return [_show(yardstick, number, _control_name(lesson), control)] if control else []


def ground_of(yardstick: Yardstick) -> Ground:
    hall, base = yardstick.hall, yardstick.base
    return Ground(
        gold=_means(base),
        gold_sd={axis: spread(base.gold[:, row]) for row, axis in enumerate(AXES)},
        likeness=_likeness(hall, base),
        singles=best_singles(hall, base),
    )


def measure(yardstick: Yardstick, number: int, material: Material, learned: Learned) -> RoundResult:
    """Everything that round `number` is judged by."""
    characters = {person.name: person.character for person in yardstick.bed.people}
    return RoundResult(
        number=number,
        comparisons=len({vote.comparison_id for vote in material.votes}),
        votes=len(material.votes),
        people=[
            Person(name=name, character=characters[name], found=found)
            for name, found in learned.people.items()
        ],
        lessons={
            lesson.name: _lesson_result(yardstick, number, material, learned, lesson)
            for lesson in learned.lessons
        },
    )


def aims_of(lesson: str) -> tuple[Axis, ...]:
    """The gold axes that a lesson is meant to raise."""
    return AXES if lesson == FUSED else tuple(axis for axis in AXES if axis == lesson)


def _lesson_result(
    yardstick: Yardstick, number: int, material: Material, learned: Learned, lesson: Lesson
) -> LessonResult:
    hall, embedder = yardstick.hall, yardstick.bed.atelier.profile.embedder
    model = load_reward_model(lesson.reward / "model", embedder)
    after = yardstick.shown(_show(yardstick, number, lesson.name, lesson.adapter))
    return LessonResult(
        quality=_quality(yardstick, material, learned.snapshot, lesson, model),
        effects=_effects(yardstick, after),
        gold=_means(after),
        followed=_followed(yardstick, hall, yardstick.base, after, lesson, model),
        hindsight=_hindsight(yardstick, number, lesson, model),
        likeness=_likeness(hall, after),
        control=_control(yardstick, number, after, lesson),
        curve=_curve(yardstick, number, after, lesson, model),
    )


def _show(yardstick: Yardstick, number: int, name: str, adapter: AdapterChoice) -> Stage:
    work = partial(exhibit, hall=yardstick.hall, adapter=adapter)
    return Stage(f"round {number} / show / {name}", _place(yardstick, number, name), work)


def _control_name(lesson: Lesson) -> str:
    return f"control of {lesson.name}"


def _quality(
    yardstick: Yardstick, material: Material, snapshot: Path, lesson: Lesson, model: RewardModel
) -> dict[Axis, RewardQuality]:
    opened = open_snapshot(snapshot, check_hashes=False)
    settings = yardstick.bed.settings
    return {
        axis: reward_quality(
            model,
            opened,
            axis,
            material.embeddings,
            material.truth,
            resamples=settings.resamples,
            seed=settings.seed,
        )
        for axis in aims_of(lesson.name)
    }


def _effects(yardstick: Yardstick, after: Exhibition) -> dict[Axis, Effect]:
    bootstrap = yardstick.bootstrap(yardstick.hall)
    return {
        axis: effect(yardstick.base.gold[:, row], after.gold[:, row], bootstrap)
        for row, axis in enumerate(AXES)
    }


def _followed(
    yardstick: Yardstick,
    hall: Hall,
    base: Exhibition,
    after: Exhibition,
    lesson: Lesson,
    model: RewardModel,
) -> Overoptimisation:
    """`base` and `after` hang in `hall`."""
    before, now = proxy_of(model, hall, base), proxy_of(model, hall, after)
    proxy = (now - before) / spread(before)
    gold = _gains(base, after, aims_of(lesson.name))
    bootstrap = yardstick.bootstrap(hall)
    return Overoptimisation(
        proxy_gain=bootstrap.mean(proxy),
        gold_gain=bootstrap.mean(gold),
        gap=bootstrap.mean(proxy - gold),
    )


def _hindsight(
    yardstick: Yardstick, number: int, lesson: Lesson, model: RewardModel
) -> Overoptimisation | None:
    """Whether votes on an adapter's pictures taught the reward what it had overrated in them."""
    if number == 1:
        return None
    earlier = read_exhibition(_place(yardstick, number - 1, lesson.name))
    return _followed(yardstick, yardstick.hall, yardstick.base, earlier, lesson, model)


def _place(yardstick: Yardstick, number: int, name: str) -> Path:
    file = f"{name.replace(' ', '-')}.npz"
    return yardstick.bed.folder / f"round-{number}" / "shown" / file


def _control(
    yardstick: Yardstick, number: int, after: Exhibition, lesson: Lesson
) -> Control | None:
    if lesson.control_adapter is None:
        return None
    name = _control_name(lesson)
    shown = yardstick.shown(_show(yardstick, number, name, lesson.control_adapter))
    return Control(effects=_effects(yardstick, shown), surplus=_surplus(yardstick, after, shown))


def _surplus(yardstick: Yardstick, after: Exhibition, control: Exhibition) -> dict[Axis, Estimate]:
    bootstrap = yardstick.bootstrap(yardstick.hall)
    return {
        axis: bootstrap.mean(
            _gains(yardstick.base, after, (axis,)) - _gains(yardstick.base, control, (axis,))
        )
        for axis in AXES
    }


def _curve(
    yardstick: Yardstick, number: int, last: Exhibition, lesson: Lesson, model: RewardModel
) -> list[CurvePoint]:
    """From the base on, also past the saved step, on fewer clips with one picture each."""
    settings = yardstick.bed.settings
    if not settings.curve_every:
        return []
    hall = yardstick.hall.small(settings.curve_clips)
    base = yardstick.base.small(yardstick.hall, settings.curve_clips)
    stages = _curve_shows(yardstick, number, lesson)
    shown = {step: yardstick.shown(stage) for step, stage in stages.items()}
    saved = saved_step(lesson.refined)
    shown |= {0: base, saved: last.small(yardstick.hall, len(hall.clips))}
    points = []
    for step, one in sorted(shown.items()):
        followed = _followed(yardstick, hall, base, one, lesson, model)
        points.append(CurvePoint(step=step, proxy=followed.proxy_gain, gold=followed.gold_gain))
    return points


def _curve_shows(yardstick: Yardstick, number: int, lesson: Lesson) -> dict[int, Stage]:
    """What is painted for the curve, by step; the saved step hangs in the hall anyway."""
    hall = yardstick.hall.small(yardstick.bed.settings.curve_clips)
    folder, saved = yardstick.bed.folder / f"round-{number}" / "curve", saved_step(lesson.refined)
    return {
        step: Stage(
            f"round {number} / curve / {lesson.name} of step {step}",
            folder / f"{lesson.name}-{step}.npz",
            partial(exhibit, hall=hall, adapter=AdapterChoice(lesson.axis, adapter)),
        )
        for step, adapter in kept_adapters(lesson.refined).items()
        if step != saved
    }


def _gains(base: Exhibition, after: Exhibition, axes: tuple[Axis, ...]) -> Floats:
    """(n,) gold gained over the base, in sd of the base's gold, mean over `axes`."""
    rows = [AXES.index(axis) for axis in axes]
    scale = np.array([spread(base.gold[:, row]) for row in rows])
    return np.asarray(((after.gold - base.gold)[:, rows] / scale).mean(axis=1))


def _means(shown: Exhibition) -> dict[Axis, float]:
    return {axis: float(shown.gold[:, row].mean()) for row, axis in enumerate(AXES)}


def _likeness(hall: Hall, shown: Exhibition) -> Likeness:
    seen = adherence_of(hall, shown)
    return Likeness(scene=seen.scene, palette=seen.palette, diversity=diversity_of(hall, shown))
