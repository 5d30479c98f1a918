"""May a painter be refined by this reward model? The verdict, and the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rlhf._correlation import Correlation
from rlhf._intervals import Accuracy
from workbench.axes import Axis
from workbench.errors import BadInput
from workbench.files import read_json

CHANCE = 0.5
TWIN_ABOVE = 0.95
"""Two axes that correlate more than this are one axis under two names."""

_FEWEST_CLIPS = 2


@dataclass(frozen=True)
class Fitness:
    verdict: Literal["fit", "unfit"]
    reasons: list[str]
    """Why it is unfit; empty when it is fit."""


def judge_fitness(decided: Accuracy | None, beside: Mapping[Axis, Correlation]) -> Fitness:
    """Unfit: not surely above chance on unseen clips, or the twin of another axis' model.

    `decided`: on the test pairs without a tie, None without any. `beside`: correlations with the
    models of other axes, by axis.
    """
    reasons = [*_doubts(decided), *_twins(beside)]
    return Fitness("unfit" if reasons else "fit", reasons)


def check_fitness(reward_run: Path, *, force: bool) -> dict[str, Any]:
    """What to note of the verdict on a reward model, and whether it was overruled.

    Raises BadInput for an unfit model, or for one without a verdict, unless `force`.
    """
    fitness = read_json(reward_run / "metrics.json").get("fitness")
    if fitness is None and not force:
        raise BadInput(
            f"{reward_run}/metrics.json holds no verdict on the reward model's fitness; train it "
            "again, or use it all the same with --force"
        )
    if fitness is not None and fitness["verdict"] != "fit" and not force:
        raise BadInput(
            f"the reward model in {reward_run} is unfit: {'; '.join(fitness['reasons'])}; gather "
            "more judgements, or use it all the same with --force"
        )
    return {"reward_fitness": fitness, "force": force}


def _doubts(decided: Accuracy | None) -> list[str]:
    if decided is None:
        return ["no test pair was decided, so nothing shows that it beats chance"]
    if decided.n_clips < _FEWEST_CLIPS:
        return ["all decided test pairs are of one clip, which says nothing of others"]
    if decided.low <= CHANCE:
        return [
            f"its accuracy on {decided.n} decided test pairs, {decided.accuracy:.2f} "
            f"[{decided.low:.2f}, {decided.high:.2f}], does not exclude chance ({CHANCE:.2f})"
        ]
    return []


def _twins(beside: Mapping[Axis, Correlation]) -> list[str]:
    return [
        f"it ranks pictures {'as' if found.spearman > 0 else 'just against what'} the {axis} model "
        f"does (Spearman {found.spearman:+.2f} on {found.n} pictures; beyond {TWIN_ABOVE} two axes "
        "are one)"
        for axis, found in beside.items()
        if found.spearman is not None and abs(found.spearman) > TWIN_ABOVE
    ]
