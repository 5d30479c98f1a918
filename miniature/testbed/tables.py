"""The results of a run as tables of words, for the terminal and for report.md alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from miniature.testbed.results import Ground, LessonResult, Results, RoundResult
from miniature.testbed.stages import summed
from miniature.testbed.targets import (
    Target,
    diversity_kept,
    errors_above_zero,
    points_lost,
    targets_of,
)
from workbench.axes import AXES
from workbench.measures import Estimate
from workbench.tables import Table, gain, share


def tables_of(results: Results) -> Iterator[Table]:
    """One set of tables for each round, then the base, the demands and the costs."""
    for one in results.rounds:
        yield quality_table(one)
        yield effect_table(one)
        yield truth_table(one)
        yield likeness_table(one, results.ground)
        yield people_table(one)
    yield ground_table(results.ground)
    yield target_table(targets_of(results))
    yield cost_table(results)


def quality_table(one: RoundResult) -> Table:
    rows = [
        [
            name if name == axis else f"{name} on {axis}",
            share(quality.accuracy),
            share(quality.ceiling),
            _ratio(quality.ratio) if quality.ratio else "-",
            share(quality.true_order),
            str(quality.n),
        ]
        for name, lesson in one.lessons.items()
        for axis, quality in lesson.quality.items()
    ]
    head = ("reward", "accuracy", "noise ceiling", "ratio", "true order", "pairs")
    return Table(
        f"Round {one.number}: rewards on held-out pairs "
        f"({one.comparisons} comparisons, {one.votes} votes)",
        head,
        rows,
        "accuracy: share of pairs ordered as the votes did; ceiling: the same by the true order; "
        "true order: share ordered truly, whatever was voted.",
    )


def effect_table(one: RoundResult) -> Table:
    rows = []
    for name, lesson in one.lessons.items():
        cells = [
            f"{share(lesson.effects[axis].win_rate)}, {gain(lesson.effects[axis].gain)}"
            for axis in AXES
        ]
        rows.append([name, *cells])
    return Table(
        f"Round {one.number}: effect of each adapter on held-out clips",
        ("adapter", *(f"gold {axis}" for axis in AXES)),
        rows,
        "win rate over the base on the same prompts and noise, and mean gain in sd of the base.",
    )


def truth_table(one: RoundResult) -> Table:
    rows = [_truth_row(name, lesson) for name, lesson in one.lessons.items()]
    return Table(
        f"Round {one.number}: proxy, truth and control",
        (
            "adapter",
            "proxy gain",
            "gold gain",
            "gap",
            "gap of the last round's",
            "gain of control",
            "above control",
        ),
        rows,
        "gains over the base in sd; gap: proxy less gold, also of the last round's adapter as this "
        "round's reward sees it. control: the same reward, refined towards other clips' music and "
        "captions; u_cre is the same for all clips, so shuffling them is no control for it.",
    )


def likeness_table(one: RoundResult, ground: Ground) -> Table:
    rows = []
    for name, lesson in one.lessons.items():
        lost, kept = points_lost(ground, lesson), diversity_kept(ground, lesson)
        shares = [
            f"{kept[what]:.0%}" if what in kept else "-"
            for what in ("across prompts", "within a prompt")
        ]
        rows.append([name, f"{lost['scene']:+.1f}", f"{lost['palette']:+.1f}", *shares])
    return Table(
        f"Round {one.number}: what the adapters cost",
        ("adapter", "scene points lost", "palette points lost", "diversity across", "within"),
        rows,
        "adherence by the inspector, which nothing ever optimises; diversity as a share of the "
        "base's, by mean distance of embeddings.",
    )


def people_table(one: RoundResult) -> Table:
    rows = [
        [
            person.name,
            person.character,
            f"{person.found.accuracy:.2f}",
            f"{person.found.weight:.2f}",
            str(person.found.answers),
        ]
        for person in one.people
    ]
    return Table(
        f"Round {one.number}: people",
        ("annotator", "truly", "estimated accuracy", "weight", "answers"),
        rows,
        "accuracy and weight are estimated from the votes alone (one-coin Dawid-Skene).",
    )


def ground_table(ground: Ground) -> Table:
    likeness, diversity = ground.likeness, ground.likeness.diversity
    rows = [
        [
            axis,
            f"{ground.gold[axis]:+.2f}",
            f"{ground.gold_sd[axis]:.2f}",
            f"{ground.singles.constant[row]:+.2f}",
            f"{ground.singles.picture[row]:+.2f}",
        ]
        for row, axis in enumerate(AXES)
    ]
    within = "" if diversity.within is None else f", within a prompt {diversity.within:.3f}"
    return Table(
        "The base painter on held-out clips",
        ("gold", "mean", "sd", "best constant picture", "best single picture"),
        rows,
        f"adherence: scene {likeness.scene:.0%}, palette {likeness.palette:.0%}; mean distance "
        f"across prompts {diversity.across:.3f}{within}. Constant: one colour for all clips; "
        "single: one of its own pictures shown for all clips.",
    )


def target_table(targets: Sequence[Target]) -> Table:
    rows = [
        [one.about, f"{one.measured:.3g}", f"{one.wanted:.3g}", "yes" if one.is_met else "NO"]
        for one in targets
    ]
    met = sum(one.is_met for one in targets)
    return Table(
        f"Demands: {met} of {len(targets)} met", ("demand", "measured", "bound", "met"), rows
    )


def cost_table(results: Results) -> Table:
    rows = [
        [stage, f"{cost.seconds:.1f}", f"{cost.peak_mib:.0f}"]
        for stage, cost in summed(results.costs).items()
    ]
    total = sum(cost.seconds for cost in results.costs.values())
    peak = max((cost.peak_mib for cost in results.costs.values()), default=0.0)
    rows.append(["together", f"{total:.1f}", f"{peak:.0f}"])
    lanes = results.settings.lane_count
    note = f"Seconds of each stage; up to {lanes} stages passed side by side." if lanes > 1 else ""
    return Table("Time and memory", ("stage", "seconds", "peak MiB"), rows, note)


def _truth_row(name: str, lesson: LessonResult) -> list[str]:
    followed = lesson.followed
    row = [name, gain(followed.proxy_gain), gain(followed.gold_gain), gain(followed.gap)]
    row.append(gain(lesson.hindsight.gap) if lesson.hindsight else "-")
    if lesson.control is None:
        return [*row, "-", "-"]
    axis = next((axis for axis in AXES if axis == name), None)
    gains, surplus = [], []
    for aim in (axis,) if axis else AXES:
        prefix = "" if axis else f"{aim} "
        found = lesson.control.surplus[aim]
        gains.append(prefix + gain(lesson.control.effects[aim].gain))
        surplus.append(f"{prefix}{gain(found)}, {errors_above_zero(found):.1f} errors")
    return [*row, "; ".join(gains), "; ".join(surplus)]


def _ratio(found: Estimate) -> str:
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
