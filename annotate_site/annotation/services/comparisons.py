"""From the triplets of a sampling run to comparisons that wait for annotators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from annotate_site.annotation.models import (
    MOST_OVERLAP,
    AxisChoice,
    Comparison,
    ComparisonKind,
    PairingPolicy,
    Project,
    Slot,
    Triplet,
)
from annotate_site.annotation.services.queue import walk_queue_anew
from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.exceptions import Refused

_BATCH = 1000
_KINDS: dict[str, set[ComparisonKind]] = {
    PairingPolicy.ALL: set(ComparisonKind),
    PairingPolicy.ORIGINAL: {ComparisonKind.ORIGINAL_POSITIVE, ComparisonKind.ORIGINAL_NEGATIVE},
    PairingPolicy.HARD: {ComparisonKind.ORIGINAL_POSITIVE},
}


class TripletRow(NamedTuple):
    """A row of a sampling run's triplets.parquet; similarities are audio-to-image cosines."""

    clip_id: UUID
    original_id: UUID
    positive_id: UUID
    negative_id: UUID
    similarity_original: float
    similarity_positive: float
    similarity_negative: float


class PublishedTriplets(NamedTuple):
    """How many rows are new; what existed before is kept as it was."""

    triplets: int
    comparisons: int
    slots: int


class _Pair(NamedTuple):
    """The key of a comparison: `first` has the smaller id."""

    clip_id: UUID
    first_id: UUID
    second_id: UUID


def overlap_of(project: Project) -> dict[str, int]:
    """How many annotators the project wants on each axis."""
    return {axis: getattr(project, f"overlap_{axis}") for axis in AxisChoice.values}


@transaction.atomic
def publish_triplets(
    *,
    run_id: UUID,
    rows: Iterable[TripletRow],
    overlap: int | Mapping[str, int],
    seed: int,
    pairing: str = PairingPolicy.ALL,
) -> PublishedTriplets:
    """Make the comparisons of each triplet that `pairing` wants, with their slots.

    Each axis is asked in `overlap` slots, of that axis where it is a mapping: 3, 3 and 5 make three
    slots that ask all and two that ask the last one alone. A comparison's place in the queue and
    its left side depend on `seed` and the pair alone. Publishing again changes nothing.
    """
    rows = list(rows)
    asked = _axes_by_slot(overlap)
    _refuse_bad_rows(rows)
    triplets, n_triplets = _publish(run_id, rows)
    made = _made_comparisons(triplets, seed, _KINDS[pairing])
    slots = [
        Slot(comparison=comparison, index=index, position=comparison.position, axes=axes)
        for comparison in made
        for index, axes in enumerate(asked)
    ]
    Slot.objects.bulk_create(slots, batch_size=_BATCH)
    walk_queue_anew()
    return PublishedTriplets(n_triplets, len(made), len(slots))


def _axes_by_slot(overlap: int | Mapping[str, int]) -> list[list[str]]:
    """What each slot of a comparison asks, those that ask most first."""
    wanted = dict.fromkeys(AxisChoice.values, overlap) if isinstance(overlap, int) else overlap
    for count in wanted.values():
        if not 1 <= count <= MOST_OVERLAP:
            raise Refused(f"overlap {count} is not from 1 to {MOST_OVERLAP}")
    return [
        [axis for axis in AxisChoice.values if wanted.get(axis, 0) > index]
        for index in range(max(wanted.values()))
    ]


def _refuse_bad_rows(rows: list[TripletRow]) -> None:
    for row in rows:
        if len({row.original_id, row.positive_id, row.negative_id}) < 3:
            raise Refused(f"the triplet of clip {row.clip_id} names one candidate twice")
    clips = {row.clip_id for row in rows}
    _refuse_missing("clip", clips, set(Clip.objects.in_bulk(clips)))
    candidates = {
        candidate
        for row in rows
        for candidate in (row.original_id, row.positive_id, row.negative_id)
    }
    _refuse_missing("candidate", candidates, set(Candidate.objects.in_bulk(candidates)))


def _refuse_missing(what: str, wanted: set[UUID], known: set[UUID]) -> None:
    missing = sorted(wanted - known)
    if missing:
        raise Refused(f"{what} {missing[0]} is not in the catalogue ({len(missing)} missing)")


def _publish(run_id: UUID, rows: list[TripletRow]) -> tuple[list[Triplet], int]:
    """The triplets of the rows in their order, and how many of them are new."""
    known = {_key(triplet): triplet for triplet in Triplet.objects.filter(run_id=run_id)}
    wanted = {_key(triplet): triplet for triplet in (_triplet(run_id, row) for row in rows)}
    new = [triplet for key, triplet in wanted.items() if key not in known]
    Triplet.objects.bulk_create(new, batch_size=_BATCH)
    return [known.get(key, triplet) for key, triplet in wanted.items()], len(new)


def _key(triplet: Triplet) -> tuple[UUID, UUID, UUID, UUID]:
    return triplet.clip_id, triplet.original_id, triplet.positive_id, triplet.negative_id


def _triplet(run_id: UUID, row: TripletRow) -> Triplet:
    return Triplet(
        run_id=run_id,
        clip_id=row.clip_id,
        original_id=row.original_id,
        positive_id=row.positive_id,
        negative_id=row.negative_id,
        similarities={
            "original": row.similarity_original,
            "positive": row.similarity_positive,
            "negative": row.similarity_negative,
        },
    )


def _made_comparisons(
    triplets: list[Triplet], seed: int, kinds: set[ComparisonKind]
) -> list[Comparison]:
    """Insert the comparisons of these kinds that do not exist yet, and return these."""
    wanted: dict[_Pair, Comparison] = {}
    for comparison in (made for triplet in triplets for made in _comparisons(triplet, seed)):
        if comparison.kind in kinds:
            wanted.setdefault(_pair(comparison), comparison)
    # Whoever publishes the same pair at the same moment wins or loses it as a whole.
    Comparison.objects.bulk_create(wanted.values(), ignore_conflicts=True, batch_size=_BATCH)
    return list(Comparison.objects.filter(pk__in=[comparison.pk for comparison in wanted.values()]))


def _pair(comparison: Comparison) -> _Pair:
    return _Pair(comparison.clip_id, comparison.first_id, comparison.second_id)


def _comparisons(triplet: Triplet, seed: int) -> Iterator[Comparison]:
    original, positive, negative = triplet.original_id, triplet.positive_id, triplet.negative_id
    for kind, one, other in (
        (ComparisonKind.ORIGINAL_POSITIVE, original, positive),
        (ComparisonKind.ORIGINAL_NEGATIVE, original, negative),
        (ComparisonKind.POSITIVE_NEGATIVE, positive, negative),
    ):
        pair = _Pair(triplet.clip_id, min(one, other), max(one, other))
        rng = Random(f"{seed} {pair.clip_id} {pair.first_id} {pair.second_id}")
        yield Comparison(
            **pair._asdict(),
            triplet=triplet,
            kind=kind,
            position=rng.random(),
            even_shows_first_left=rng.random() < 0.5,
        )
