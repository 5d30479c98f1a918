"""How many comparisons a reward model needs, and what careless answers cost it.

    python -m benchmarks.learning_curves SNAPSHOT --axis emo --sizes 100,300,1000 \\
        --careless 0,0.3 --weighting on,off -o FOLDER

Trains on nested subsets of the train comparisons, once for each combination, with the pictures
encoded once. A careless annotator answers by lot; who is careless is drawn by the seed. Their
answers are in the train and validation votes; the test pairs stay as people judged them.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from matplotlib.figure import Figure

from cluster_sampling.embedder import load_embedder
from evaluation.reliability import estimate_reliability
from rlhf._features import Features, encode_preferences
from rlhf._intervals import Resampling
from rlhf._reward_report import measured
from rlhf._rewards import model_rewards, showings_of
from rlhf.preferences import Preferences, preferences_from_rows, read_preferences
from rlhf.quietness import only_our_bars
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import new_reward_model, new_trainer
from workbench.axes import Axis
from workbench.command_line import courteous
from workbench.errors import BadInput
from workbench.files import whole_file, whole_folder, write_json
from workbench.profiles import Profile, chosen_profile
from workbench.run_folder import started_run
from workbench.snapshots import Split, Vote, aggregate, open_snapshot

Weighting = Literal["on", "off"]

_LEARNED: tuple[Split, ...] = ("train", "validation")


@dataclass(frozen=True)
class Point:
    """One trained model, on the decided test pairs; the interval is of 95 %."""

    comparisons: int
    careless: float
    weighting: Weighting
    accuracy: float | None
    low: float | None
    high: float | None
    loss: float | None
    n_test: int


@dataclass(frozen=True)
class Plan:
    """What is varied: every size with every share of careless annotators and every weighting."""

    sizes: Sequence[int]
    careless: Sequence[float]
    weighting: Sequence[Weighting]


def learning_curves(
    snapshot_folder: Path, plan: Plan, settings: RewardSettings, profile: Profile
) -> list[Point]:
    """Train and measure every combination of `plan` on the axis of `settings`.

    Raises BadInput for a size that the train split does not have, and for a snapshot without
    test pairs.
    """
    preferences = read_preferences(open_snapshot(snapshot_folder), settings.axis)
    _refuse(preferences, plan)
    features = encode_preferences(load_embedder(profile.embedder), preferences)
    votes = [Vote(**row) for row in preferences.snapshot.judgements().to_pylist()]
    order = np.random.default_rng(settings.seed).permutation(
        sorted(pair.comparison_id for pair in preferences.pairs["train"])
    )
    points = []
    for share in plan.careless:
        cast = _with_careless(votes, share, preferences, settings.seed)
        for size in plan.sizes:
            for weighting in plan.weighting:
                taught = _taught(preferences, cast, set(order[:size].tolist()), weighting)
                points.append(_point(features, taught, settings, size, share, weighting))
    return points


def _refuse(preferences: Preferences, plan: Plan) -> None:
    available = len(preferences.pairs["train"])
    for size in plan.sizes:
        if not 2 <= size <= available:
            raise BadInput(
                f"size {size} will not do: the train split has {available} comparisons of "
                f"{preferences.axis}; give sizes from 2 to {available}"
            )
    for share in plan.careless:
        if not 0 <= share <= 1:
            raise BadInput(f"a careless share lies in [0, 1], not {share}")
    if not preferences.pairs["test"]:
        raise BadInput(f"{preferences.snapshot.folder} has no test pairs; take more clips")


def _with_careless(
    votes: Sequence[Vote], share: float, preferences: Preferences, seed: int
) -> list[Vote]:
    """The votes with all weights 1, those of the careless on learned clips drawn by lot."""
    rng = np.random.default_rng((seed, 1))
    names = sorted({vote.annotator for vote in votes})
    careless = set(rng.permutation(names)[: math.ceil(share * len(names))].tolist())
    splits = {name: clip.split for name, clip in preferences.clips.items()}
    lots = rng.integers(0, 2, len(votes))
    return [
        vote._replace(annotator_weight=1.0, choice="01"[lot])
        if vote.annotator in careless and splits.get(vote.clip_id) in _LEARNED
        else vote._replace(annotator_weight=1.0)
        for vote, lot in zip(votes, lots.tolist(), strict=True)
    ]


def _taught(
    preferences: Preferences, votes: Sequence[Vote], kept: set[str], weighting: Weighting
) -> Preferences:
    """The chosen train comparisons and all validation ones, judged by `votes`."""
    held = {pair.comparison_id for pair in preferences.pairs["validation"]}
    known = [vote for vote in votes if vote.comparison_id in kept | held]
    if weighting == "on":
        people = estimate_reliability(known)
        known = [vote._replace(annotator_weight=people[vote.annotator].weight) for vote in known]
    texts = {name: clip.text for name, clip in preferences.clips.items()}
    rows = [pair._asdict() for pair in aggregate(known, texts)[preferences.axis]]
    return replace(
        preferences,
        pairs={
            "train": preferences_from_rows(r for r in rows if r["comparison_id"] in kept),
            "validation": preferences_from_rows(r for r in rows if r["comparison_id"] in held),
            "test": preferences.pairs["test"],
        },
    )


def _point(
    features: Features,
    taught: Preferences,
    settings: RewardSettings,
    size: int,
    share: float,
    weighting: Weighting,
) -> Point:
    model = new_reward_model(features, taught, settings, "")
    with (
        tempfile.TemporaryDirectory() as folder,
        started_run(
            Path(folder) / "run", kind="reward", settings=settings, seed=settings.seed,
            show_progress=False,
        ) as run,
    ):  # fmt: skip
        new_trainer(model, features, taught, settings, run).train()
    showings = showings_of(pair for pairs in taught.pairs.values() for pair in pairs)
    rewards = model_rewards(model.cpu().eval(), features, showings)
    resampling = Resampling(settings.resamples, settings.seed)
    test = measured(rewards, taught, resampling).splits["test"]
    found = test.decided
    return Point(
        comparisons=size,
        careless=share,
        weighting=weighting,
        accuracy=found.accuracy if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        loss=test.loss,
        n_test=found.n if found else 0,
    )


def draw_curves(path: Path, points: Sequence[Point]) -> None:
    """Accuracy over the number of comparisons, one line for each kind of answers and weights."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for share, weighting in dict.fromkeys((p.careless, p.weighting) for p in points):
        line = [p for p in points if (p.careless, p.weighting) == (share, weighting)]
        line = sorted((p for p in line if p.accuracy is not None), key=lambda p: p.comparisons)
        sizes = [p.comparisons for p in line]
        (drawn,) = axes.plot(
            sizes,
            [p.accuracy for p in line],
            marker="o",
            linestyle="-" if weighting == "on" else "--",
            label=f"{share:.0%} careless, weights {weighting}",
        )
        axes.fill_between(
            sizes, [p.low for p in line], [p.high for p in line], color=drawn.get_color(), alpha=0.1
        )
    axes.axhline(0.5, color="0.6", linewidth=1, linestyle=":")
    axes.set(xscale="log", xlabel="comparisons learned from", ylabel="accuracy on decided pairs")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=130)


@courteous
def main(
    snapshot: Annotated[Path, typer.Argument(help="Folder of a preference snapshot.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder for the results.")],
    axis: Annotated[Axis, typer.Option(help="Axis that is learned.")],
    sizes: Annotated[str, typer.Option(help="Train comparisons.")] = "100,300,1000",
    careless: Annotated[str, typer.Option(help="Shares of careless annotators.")] = "0,0.3",
    weighting: Annotated[str, typer.Option(help="on, off or on,off.")] = "on,off",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    profile: Annotated[str, typer.Option(help="Which models to use.")] = "mini",
) -> None:
    """Learning curves of one axis, as results.json and curves.png."""
    only_our_bars()
    plan = Plan(
        _listed(sizes, "sizes", int, "whole numbers like 100,300"),
        _listed(careless, "careless", float, "shares like 0,0.3"),
        _listed(weighting, "weighting", _switch, "on, off or on,off"),
    )
    settings = RewardSettings(axis=axis, seed=seed)
    points = learning_curves(snapshot, plan, settings, chosen_profile(profile))
    with whole_folder(output) as partial:
        found = {"axis": axis, "seed": seed, "points": [asdict(point) for point in points]}
        write_json(partial / "results.json", found)
        draw_curves(partial / "curves.png", points)
    for point in points:
        accuracy = "–" if point.accuracy is None else f"{point.accuracy:.3f}"
        typer.echo(
            f"{point.comparisons:>6} comparisons, {point.careless:.0%} careless, weights "
            f"{point.weighting:<3}: {accuracy}"
        )


def _listed(text: str, name: str, kind: Callable[[str], Any], expected: str) -> list[Any]:
    """The parts of a comma-separated option. Raises BadInput for one that is not of `kind`."""
    try:
        return [kind(part.strip()) for part in text.split(",")]
    except ValueError:
        raise BadInput(f"--{name} {text!r} will not do; give {expected}") from None


def _switch(text: str) -> Weighting:
    if text not in ("on", "off"):
        raise ValueError(text)
    return text


if __name__ == "__main__":
    typer.run(main)
