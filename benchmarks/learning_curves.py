"""How many comparisons a reward model needs, and what careless answers cost it.

    musepainter testbed -o BED        # or any testbed that was run before
    python -m benchmarks.learning_curves BED --axis emo -o FOLDER

In the miniature world, where the truth is known: learning curves over the number of comparisons,
each judged by three careful people; and at one number, careless people among them, with and without
weights for annotators. Pictures are encoded once. Seeds differ in comparisons, people, votes and
training; intervals are Student's over seeds.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import t as student

from benchmarks.judged_world import JudgedWorld, Weighting, open_world
from benchmarks.measuring import store
from cluster_sampling.embedder import load_embedder
from miniature.testbed.measures import order_points
from rlhf._features import Features, encode_preferences
from rlhf._rewards import Showing, model_rewards, showings_of
from rlhf.preferences import Preferences
from rlhf.quietness import only_our_bars
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import new_reward_model, new_trainer
from workbench.axes import Axis
from workbench.command_line import courteous
from workbench.errors import BadInput
from workbench.files import whole_file, whole_folder
from workbench.profiles import Profile, chosen_profile
from workbench.run_folder import started_run

_STEPS_A_PASS = 32


class Case(NamedTuple):
    """What a model is taught on."""

    comparisons: int
    careless: float
    weighting: Weighting


@dataclass(frozen=True)
class Point:
    """One trained model, on test pairs of clips that it never saw."""

    seed: int
    comparisons: int
    careless: float
    weighting: Weighting
    accuracy: float
    """Share of the decided pairs that the model orders as careful people did."""
    ceiling: float
    """The same of the true order."""
    true_order: float
    """Share that the model orders truly."""
    n_test: int

    @property
    def case(self) -> Case:
        return Case(self.comparisons, self.careless, self.weighting)


@dataclass(frozen=True)
class Plan:
    """Every size with careful people; at one size, every share with and without weights."""

    sizes: Sequence[int]
    careless: Sequence[float]
    at: int

    def cases(self) -> list[Case]:
        curve = [Case(size, 0.0, "off") for size in self.sizes]
        shares = sorted({0.0, *self.careless}) if self.careless else []
        robust = [Case(self.at, share, way) for share in shares for way in ("off", "on")]
        return list(dict.fromkeys([*curve, *robust]))


@dataclass(frozen=True)
class Mean:
    """Mean over seeds with its 95 % interval; None with one seed."""

    value: float
    low: float | None
    high: float | None


def learning_curves(
    bed: Path,
    plan: Plan,
    settings: RewardSettings,
    profile: Profile,
    seeds: Sequence[int],
    told: Callable[[Point], None] = lambda point: None,
) -> list[Point]:
    """Train and measure every case of `plan` with every seed, on the axis of `settings`.

    told: hears of every point as soon as it is measured. Raises BadInput for sizes and shares that
    will not do, and for a bed whose pictures give too few comparisons.
    """
    _refuse(plan)
    embedder = load_embedder(profile.embedder)
    points = []
    for seed in seeds:
        most = max(case.comparisons for case in plan.cases())
        world = open_world(bed, settings.axis, train=most, seed=seed)
        features = encode_preferences(embedder, world.everything)
        for case in plan.cases():
            own = settings_of(settings, seed, case.comparisons)
            points.append(_point(features, world, own, case))
            told(points[-1])
    return points


def settings_of(settings: RewardSettings, seed: int, comparisons: int) -> RewardSettings:
    """Batches grow with what there is to learn, so that all take at most about as many steps."""
    batch = max(settings.batch_size, comparisons // _STEPS_A_PASS)
    return settings.model_copy(update={"seed": seed, "batch_size": batch})


def _refuse(plan: Plan) -> None:
    for size in (*plan.sizes, plan.at):
        if size < 10:
            raise BadInput(f"size {size} will not do; give at least 10 comparisons")
    for share in plan.careless:
        if not 0 <= share <= 1:
            raise BadInput(f"a careless share lies in [0, 1], not {share}")


def _point(features: Features, world: JudgedWorld, settings: RewardSettings, case: Case) -> Point:
    taught = world.taught(*case)
    model = new_reward_model(features, taught, settings, "")
    with (
        tempfile.TemporaryDirectory() as folder,
        started_run(
            Path(folder) / "run", kind="reward", settings=settings, seed=settings.seed,
            show_progress=False,
        ) as run,
    ):  # fmt: skip
        new_trainer(model, features, taught, settings, run).train()
    rewards = model_rewards(model.cpu().eval(), features, showings_of(taught.pairs["test"]))
    return _measured(rewards, taught, world, case)


def _measured(
    rewards: dict[Showing, float], taught: Preferences, world: JudgedWorld, case: Case
) -> Point:
    pairs = [pair for pair in taught.pairs["test"] if pair.label > 0.5]
    rows = [(pair.clip_id, pair.chosen, pair.rejected) for pair in pairs]
    said = np.array([rewards[Showing(c, one)] - rewards[Showing(c, two)] for c, one, two in rows])
    gold = np.array([world.truth.margin(taught.axis, *row) for row in rows])
    voted = np.ones(len(rows))
    return Point(
        world.seed,
        *case,
        accuracy=float(order_points(said, voted).mean()),
        ceiling=float(order_points(gold, voted).mean()),
        true_order=float(order_points(said, (np.sign(gold) + 1) / 2)[gold != 0].mean()),
        n_test=len(rows),
    )


def mean_of(values: Sequence[float]) -> Mean:
    """Mean and Student's interval of one value from each seed."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return Mean(mean, None, None)
    half = float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / math.sqrt(n))
    return Mean(mean, mean - half, mean + half)


def summary(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Each case over its seeds."""
    cases = dict.fromkeys(point.case for point in points)
    return [
        {
            **case._asdict(),
            "seeds": sum(p.case == case for p in points),
            "accuracy over the noise ceiling": asdict(_mean(points, case, ratio)),
            "true order": asdict(_mean(points, case, true_order)),
        }
        for case in cases
    ]


def regained(points: Sequence[Point], share: float, of: Callable[[Point], float]) -> float | None:
    """What weighting wins back of what `share` careless people cost, both as means over seeds.

    None where they cost nothing.
    """
    (size,) = {point.comparisons for point in points if point.weighting == "on"}
    careful, off, on = (
        _mean(points, Case(size, *how), of).value
        for how in ((0.0, "off"), (share, "off"), (share, "on"))
    )
    return (on - off) / (careful - off) if careful > off else None


def ratio(point: Point) -> float:
    return point.accuracy / point.ceiling


def true_order(point: Point) -> float:
    return point.true_order


def _mean(points: Sequence[Point], case: Case, of: Callable[[Point], float]) -> Mean:
    return mean_of([of(point) for point in points if point.case == case])


def draw_curves(path: Path, points: Sequence[Point], at: int) -> None:
    """The learning curve, and beside it what careless people cost."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    sizes = sorted({p.comparisons for p in points if not p.careless and p.weighting == "off"})
    curve = [Case(size, 0.0, "off") for size in sizes]
    _line(left, points, curve, sizes, "careful people")
    left.set(xscale="log", xlabel="comparisons of three votes", ylabel="true order found")
    left.set_xticks(sizes, [f"{size:,}" for size in sizes], minor=False)
    left.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    shares = sorted({p.careless for p in points if p.comparisons == at})
    for way in ("off", "on"):
        cases = [Case(at, share, way) for share in shares]
        _line(right, points, cases, [100 * share for share in shares], f"weights {way}")
    right.set(xlabel=f"careless people among those of {at:,} comparisons (%)")
    right.set_xticks([100 * share for share in shares])
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.2)
    right.legend(frameon=False, fontsize=8)
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=130)


def _line(
    axes: Axes, points: Sequence[Point], cases: Sequence[Case], x: Sequence[float], label: str
) -> None:
    """Means over seeds with a point for each seed: three seeds make no honest band."""
    found = {case: [p.true_order for p in points if p.case == case] for case in cases}
    known = [(at, found[case]) for at, case in zip(x, cases, strict=True) if found[case]]
    (drawn,) = axes.plot(
        [at for at, _ in known],
        [mean_of(each).value for _, each in known],
        marker="o",
        markersize=4,
        label=label,
    )
    for at, each in known:
        axes.scatter([at] * len(each), each, s=8, alpha=0.4, color=drawn.get_color())


@courteous
def main(
    bed: Annotated[Path, typer.Argument(help="Folder of a testbed run.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder for the results.")],
    axis: Annotated[Axis, typer.Option(help="Axis that is learned.")],
    sizes: Annotated[str, typer.Option(help="Comparisons.")] = "100,300,1000,3000,10000",
    careless: Annotated[str, typer.Option(help="Shares of careless people.")] = "0.1,0.2,0.3",
    at: Annotated[int, typer.Option(help="Comparisons with careless people.")] = 2000,
    seeds: Annotated[str, typer.Option(help="One run of everything for each.")] = "0,1,2",
    profile: Annotated[str, typer.Option(help="Which models to use.")] = "mini",
) -> None:
    """Learning curves of one axis, as results.json and curves.png."""
    only_our_bars()
    plan = Plan(
        _listed(sizes, "sizes", int, "whole numbers like 100,300"),
        _listed(careless, "careless", float, "shares like 0.1,0.3"),
        at,
    )
    points = learning_curves(
        bed,
        plan,
        RewardSettings(axis=axis),
        chosen_profile(profile),
        _listed(seeds, "seeds", int, "whole numbers like 0,1,2"),
        _tell,
    )
    write_results(output, axis, plan, points)


def write_results(output: Path, axis: Axis, plan: Plan, points: Sequence[Point]) -> None:
    """results.json and curves.png, whole or not at all."""
    with whole_folder(output) as partial:
        found = {
            "axis": axis,
            "points": [asdict(point) for point in points],
            "over seeds": summary(points),
            "regained by weights": {
                f"{share:.0%} careless": {
                    "accuracy over the noise ceiling": regained(points, share, ratio),
                    "true order": regained(points, share, true_order),
                }
                for share in plan.careless
            },
        }
        store("results", found, partial)
        draw_curves(partial / "curves.png", points, plan.at)


def _tell(point: Point) -> None:
    typer.echo(
        f"seed {point.seed}: {point.comparisons:>6} comparisons, {point.careless:.0%} careless, "
        f"weights {point.weighting:<3}: true order {point.true_order:.3f}, accuracy over ceiling "
        f"{ratio(point):.3f}"
    )


def _listed(text: str, name: str, kind: Callable[[str], Any], expected: str) -> list[Any]:
    """The parts of a comma-separated option. Raises BadInput for one that is not of `kind`."""
    try:
        return [kind(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError:
        raise BadInput(f"--{name} {text!r} will not do; give {expected}") from None


if __name__ == "__main__":
    typer.run(main)
