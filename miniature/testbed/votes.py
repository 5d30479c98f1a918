"""Votes of simulated people, with sides as they saw them, and what the truth was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evaluation.reliability import Reliability, estimate_reliability
from miniature import gold
from miniature.annotators import SimulatedAnnotator, Verdict
from miniature.testbed.comparisons import Comparison
from workbench.axes import AXES, Axis
from workbench.errors import BadInput
from workbench.files import whole_file
from workbench.snapshots import JUDGEMENT_SCHEMA, Choice, Vote, write_table

Floats = NDArray[np.float64]
Sides = tuple[Literal["0", "1"], Literal["0", "1"]]

_FIRST_VOTE_AT = datetime(2026, 1, 1, tzinfo=UTC)
_RESPONSE_MS = 4_000


class Truth(NamedTuple):
    """What the people go by and no learner sees."""

    utilities: Mapping[tuple[str, str], Floats]
    """(3,) gold utilities in the order of AXES, by clip and picture."""

    def margin(self, axis: Axis, clip_id: str, image_0: str, image_1: str) -> float:
        """Utility of image 0 less that of image 1, for a clip."""
        first, second = (self.utilities[clip_id, image] for image in (image_0, image_1))
        return float((first - second)[AXES.index(axis)])


def truth_of(
    comparisons: Sequence[Comparison],
    truths: Mapping[str, gold.Truth],
    pictures: Mapping[str, NDArray[np.uint8]],
) -> Truth:
    """Gold utilities of every picture for every clip that it is compared for, each once.

    A picture is looked at once, whatever the clips it is shown for.
    """
    shown = sorted(
        {(one.clip_id, image) for one in comparisons for image in (one.image_0, one.image_1)}
    )
    rows = {image: row for row, image in enumerate(sorted({image for _, image in shown}))}
    seen = gold.see(np.stack([pictures[image] for image in rows]))
    index = np.array([rows[image] for _, image in shown])
    utilities = gold.worth(
        gold.Seen(*(part[index] for part in seen)), [truths[clip] for clip, _ in shown]
    )
    return Truth(dict(zip(shown, utilities, strict=True)))


def cast_votes(
    comparisons: Sequence[Comparison],
    truth: Truth,
    people: Sequence[SimulatedAnnotator],
    *,
    votes_per_comparison: int,
    seed: int,
) -> list[Vote]:
    """Every comparison judged on every axis by as many different people, about equally busy.

    Each person sees left and right, and the axes, in an order of chance.
    Raises BadInput for fewer people than votes per comparison.
    """
    if len(people) < votes_per_comparison:
        raise BadInput(
            f"{votes_per_comparison} votes on each comparison need as many people, not "
            f"{len(people)}; ask for more annotators"
        )
    rng = np.random.default_rng(seed)
    desk = _desk(people, rng)
    votes: list[Vote] = []
    for comparison in comparisons:
        sitting: list[SimulatedAnnotator] = []
        while len(sitting) < votes_per_comparison:
            if (person := next(desk)) not in sitting:
                sitting.append(person)
        for person in sitting:
            votes += _sitting(comparison, truth, person, rng, first=len(votes))
    return votes


def weighted(votes: Sequence[Vote], people: Mapping[str, Reliability]) -> list[Vote]:
    """The votes with the weights of those who cast them."""
    return [vote._replace(annotator_weight=people[vote.annotator].weight) for vote in votes]


def reliabilities(votes: Sequence[Vote], *, are_weighted: bool) -> dict[str, Reliability]:
    """What the votes say of each person; without weighting everybody has the weight 1."""
    found = estimate_reliability(votes)
    if are_weighted:
        return found
    return {name: replace(one, weight=1.0) for name, one in found.items()}


def write_votes(path: Path, votes: Sequence[Vote]) -> None:
    with whole_file(path) as partial:
        write_table(partial, [vote._asdict() for vote in votes], JUDGEMENT_SCHEMA)


def read_votes(path: Path) -> list[Vote]:
    return [Vote(**row) for row in pq.read_table(path).to_pylist()]


def write_truth(path: Path, comparisons: Sequence[Comparison], truth: Truth) -> None:
    """Keep comparisons with the gold utilities of what they show."""
    shown = list(truth.utilities)
    with whole_file(path) as partial:
        np.savez(
            partial,
            comparisons=np.array(comparisons, dtype=np.str_),
            shown=np.array(shown, dtype=np.str_),
            utilities=np.stack([truth.utilities[pair] for pair in shown]),
        )


def read_truth(path: Path) -> tuple[list[Comparison], Truth]:
    with np.load(path, allow_pickle=False) as content:
        comparisons = [Comparison(*row) for row in content["comparisons"].tolist()]
        shown = [(clip, image) for clip, image in content["shown"].tolist()]
        return comparisons, Truth(dict(zip(shown, content["utilities"], strict=True)))


def _desk(
    people: Sequence[SimulatedAnnotator], rng: np.random.Generator
) -> Iterator[SimulatedAnnotator]:
    """Everybody once in an order of chance, then everybody again, for ever."""
    while True:
        yield from (people[number] for number in rng.permutation(len(people)))


def _sitting(
    comparison: Comparison,
    truth: Truth,
    person: SimulatedAnnotator,
    rng: np.random.Generator,
    *,
    first: int,
) -> Iterator[Vote]:
    """One person judges one comparison on all axes; `first` numbers the votes."""
    sides: Sides = ("0", "1") if rng.random() < 0.5 else ("1", "0")
    utilities = {
        "0": truth.utilities[comparison.clip_id, comparison.image_0],
        "1": truth.utilities[comparison.clip_id, comparison.image_1],
    }
    for position, topic in enumerate(rng.permutation(len(AXES)).tolist()):
        left, right = (float(utilities[side][topic]) for side in sides)
        verdict = person.judge(AXES[topic], left, right, rng)
        yield Vote(
            judgement_id=f"{comparison.comparison_id}/{AXES[topic]}/{person.name}",
            comparison_id=comparison.comparison_id,
            comparison_kind=comparison.kind,
            clip_id=comparison.clip_id,
            image_0=comparison.image_0,
            image_1=comparison.image_1,
            annotator=person.name,
            is_simulated=True,
            annotator_weight=1.0,
            axis=AXES[topic],
            choice=choice_of(verdict, sides),
            strength=None,
            left_image=sides[0],
            topic_position=position,
            response_ms=round(_RESPONSE_MS * rng.lognormal(0, 0.5)),
            listened_share=1.0,
            judged_at=_FIRST_VOTE_AT + timedelta(seconds=first + position),
        )


def choice_of(verdict: Verdict, sides: Sides) -> Choice:
    """The verdict with its sides undone."""
    choices: dict[Verdict, Choice] = {
        "left": sides[0],
        "right": sides[1],
        "tie": "tie",
        "cannot_tell": "cannot_tell",
    }
    return choices[verdict]
