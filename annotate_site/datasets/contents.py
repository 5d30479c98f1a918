"""What goes into a snapshot, as sorted rows: the same judgements and seed give the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from annotate_site.annotation.models import Adjudication, Judgement
from annotate_site.catalog.models import Candidate, Clip
from annotate_site.datasets.agreement import Agreement, agreement_by_axis
from annotate_site.datasets.votes import vote_of
from workbench.axes import AXES, Axis
from workbench.snapshot_writing import SplitPairs, pairs_by_split
from workbench.snapshots import Split, Vote, assign_splits


class Contents(NamedTuple):
    votes: list[Vote]
    clips: list[Clip]
    candidates: list[Candidate]
    splits: dict[str, Split]
    """Of every clip, by its id as text."""
    pairs: SplitPairs
    agreement: dict[Axis, Agreement | None]
    settled: dict[Axis, int]
    """Comparisons of these on which a manager has ruled; the votes stay as they are."""


def gather(judgements: Iterable[Judgement], *, seed: int, kept: Mapping[str, Split]) -> Contents:
    """All rows that `judgements` ask for. Clips of `kept`, an earlier version's, never move.

    The clips are those that were judged and those that a judged picture was painted for. The
    judged ones get their splits first, so that the others cannot leave a split without pairs.
    """
    votes = sorted(
        map(vote_of, judgements), key=lambda v: (v.comparison_id, v.axis, v.judgement_id)
    )
    shown = {image for vote in votes for image in (vote.image_0, vote.image_1)}
    candidates = list(Candidate.objects.filter(id__in=shown).select_related("painter"))
    judged = {vote.clip_id for vote in votes}
    clip_ids = judged | {str(candidate.clip_id) for candidate in candidates}
    clips = list(Clip.objects.filter(id__in=clip_ids))
    kept = dict(kept) | assign_splits(judged, seed=seed, kept=kept)
    splits = assign_splits(clip_ids, seed=seed, kept=kept)
    prompts = {str(clip.id): clip.caption for clip in clips}
    return Contents(
        votes=votes,
        clips=sorted(clips, key=lambda clip: str(clip.id)),
        candidates=sorted(candidates, key=lambda candidate: str(candidate.id)),
        splits=splits,
        pairs=pairs_by_split(votes, prompts, splits),
        agreement=agreement_by_axis(votes),
        settled=_settled({vote.comparison_id for vote in votes}),
    )


def _settled(comparisons: set[str]) -> dict[Axis, int]:
    ruled = Counter(
        axis
        for axis, comparison in Adjudication.objects.values_list("axis", "comparison_id")
        if str(comparison) in comparisons
    )
    return {axis: ruled[axis] for axis in AXES}


def counts_of(contents: Contents) -> dict[str, Any]:
    """The numbers that the site's pages, the manifest and the card show."""
    votes = contents.votes
    by_axis = Counter(vote.axis for vote in votes)
    by_choice = Counter((vote.axis, vote.choice) for vote in votes)
    return {
        "judgements": len(votes),
        "comparisons": len({vote.comparison_id for vote in votes}),
        "annotators": len({vote.annotator for vote in votes}),
        "simulated_judgements": sum(vote.is_simulated for vote in votes),
        "clips": len(contents.clips),
        "images": len(contents.candidates),
        "axes": {
            axis: {
                "judgements": by_axis[axis],
                "ties": by_choice[axis, "tie"],
                "cannot_tell": by_choice[axis, "cannot_tell"],
                "pairs": {split: len(rows) for split, rows in contents.pairs[axis].items()},
            }
            for axis in AXES
        },
    }
