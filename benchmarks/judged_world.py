"""The pictures of a testbed judged anew: as many comparisons and careless people as one asks for.

    bed/round-1/snapshot    clips with their splits, pictures
    bed/round-1/features    what triplets are chosen by

Votes are simulated, so a bed of a few hundred clips gives comparisons by the thousand; no picture
is painted. A careless person answers by lot, always; nobody else is worse than usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from evaluation.reliability import estimate_reliability
from miniature import gold
from miniature.annotators import SimulatedAnnotator, cohort
from miniature.testbed.clips import learning_clips
from miniature.testbed.comparisons import Comparison, choose_comparisons
from miniature.testbed.painting import MANIFEST, read_pictures
from miniature.testbed.settings import LoopSettings
from miniature.testbed.votes import Truth, cast_votes, truth_of, weighted
from rlhf.preferences import (
    Preference,
    Preferences,
    preferences_from_rows,
    read_preferences,
)
from workbench.axes import Axis
from workbench.errors import BadInput
from workbench.files import read_json
from workbench.manifests import ImageEntry, read_manifest
from workbench.snapshots import SPLITS, Split, aggregate, open_snapshot

Weighting = Literal["on", "off"]

PEOPLE = 20
VOTES = 3
# Enough to tell models apart; more only take longer to judge.
_MOST_TEST = 2_000


@dataclass(frozen=True)
class JudgedWorld:
    """Comparisons of one axis by split, and what is true of them. The test pairs are the same for
    everybody who learns: careful people judged them.
    """

    preferences: Preferences
    comparisons: Mapping[Split, Sequence[Comparison]]
    truth: Truth
    seed: int

    @property
    def everything(self) -> Preferences:
        """A pair of every comparison, whatever anybody says of it: what is to be encoded."""
        pairs: dict[Split, list[Preference]] = {
            split: [
                Preference(one.comparison_id, one.clip_id, one.image_0, one.image_1, 1.0, 1, 1.0)
                for one in part
            ]
            for split, part in self.comparisons.items()
        }
        return replace(self.preferences, pairs=pairs)

    def taught(self, size: int, careless: float, weighting: Weighting) -> Preferences:
        """The first `size` train comparisons, and as large a share of the validation ones.

        Nested: more comparisons hold the fewer. Weights are estimated from these votes alone.
        """
        share = size / len(self.comparisons["train"])
        held = round(share * len(self.comparisons["validation"]))
        kept: dict[Split, Sequence[Comparison]] = {
            "train": self.comparisons["train"][:size],
            "validation": self.comparisons["validation"][:held],
        }
        votes = cast_votes(
            [*kept["train"], *kept["validation"]],
            self.truth,
            people(careless, self.seed),
            votes_per_comparison=VOTES,
            seed=self.seed,
        )
        if weighting == "on":
            votes = weighted(votes, estimate_reliability(votes))
        return with_pairs(self.preferences, kept, votes)


def open_world(bed: Path, axis: Axis, *, train: int, seed: int) -> JudgedWorld:
    """Draw `train` train comparisons, and of the other splits what comes with them.

    Raises BadInput for a folder without a first round, and when its pictures give too few.
    """
    facts = read_json(bed / "run.json")
    preferences = read_preferences(open_snapshot(bed / "round-1" / "snapshot"), axis)
    drawn = _drawn(bed / "round-1" / "features", preferences, train, seed)
    compared = [one for split in SPLITS for one in drawn[split]]
    wanted = {image for one in compared for image in (one.image_0, one.image_1)}
    images = read_manifest(bed / "round-1" / "candidates" / MANIFEST, ImageEntry)
    pictures = read_pictures([entry for entry in images if entry.image_id in wanted])
    clips = learning_clips(facts["settings"]["seed"], facts["settings"]["clips"])
    points = {clip.clip_id: gold.truth_of(clip.point) for clip in clips}
    truth = truth_of(compared, points, pictures)
    careful = cast_votes(
        drawn["test"], truth, people(0.0, seed), votes_per_comparison=VOTES, seed=seed + 1
    )
    judged = with_pairs(preferences, {"test": drawn["test"]}, careful)
    return JudgedWorld(judged, drawn, truth, seed)


def people(careless: float, seed: int) -> list[SimulatedAnnotator]:
    """Twenty people, of whom the first answer by lot; the others are the same for every share."""
    usual = cohort(PEOPLE, seed, careless_share=0.0, adversaries=0)
    return [
        replace(one, character="careless", lapse_rate=1.0)
        if number < round(careless * PEOPLE)
        else one
        for number, one in enumerate(usual)
    ]


def with_pairs(
    preferences: Preferences, comparisons: Mapping[Split, Sequence[Comparison]], votes: Any
) -> Preferences:
    """`preferences` with the pairs of these splits as `votes` have them."""
    texts = {name: clip.text for name, clip in preferences.clips.items()}
    rows = {
        pair.comparison_id: pair._asdict() for pair in aggregate(votes, texts)[preferences.axis]
    }
    judged = {
        split: preferences_from_rows(
            rows[one.comparison_id] for one in part if one.comparison_id in rows
        )
        for split, part in comparisons.items()
    }
    return replace(preferences, pairs={**preferences.pairs, **judged})


def _drawn(
    features: Path, preferences: Preferences, train: int, seed: int
) -> dict[Split, list[Comparison]]:
    """Comparisons in an order of chance."""
    splits = {name: clip.split for name, clip in preferences.clips.items()}
    share = sum(split == "train" for split in splits.values()) / len(splits)
    # Clips take turns, so every split gets its share; a few more for clips without a split.
    count = round(1.02 * train / share) + len(splits)
    found = choose_comparisons(features, LoopSettings(seed=seed, comparisons=count), 0)
    order = np.random.default_rng(seed).permutation(len(found)).tolist()
    drawn: dict[Split, list[Comparison]] = {split: [] for split in SPLITS}
    for number in order:
        if split := splits.get(found[number].clip_id):
            drawn[split].append(found[number])
    if len(drawn["train"]) < train or not drawn["test"]:
        raise BadInput(
            f"{features} gives {len(drawn['train'])} train and {len(drawn['test'])} test "
            f"comparisons, not {train} and some; ask for fewer or take a larger testbed"
        )
    rest = len(drawn["validation"]) * train // len(drawn["train"])
    return {
        "train": drawn["train"][:train],
        "validation": drawn["validation"][:rest],
        "test": drawn["test"][:_MOST_TEST],
    }
