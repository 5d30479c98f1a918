"""What a round gathers: candidates, their embeddings, comparisons and votes, added to the earlier.

round-N/painted/      pictures as arrays, part by part
round-N/candidates/   pictures and images.jsonl
round-N/features/     as `musepainter embed` writes them
round-N/levels.npz    what reward models read of each picture
round-N/truth.npz     gold utilities of what is compared; people and measures read it, nobody else
round-N/votes.parquet rows of judgements.parquet, all of weight 1
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from cluster_sampling.embedder import load_embedder
from cluster_sampling.embedding_run import embed_manifests
from cluster_sampling.features import Modality, load_features
from cluster_sampling.settings import EmbedSettings
from generation.adapters import AdapterChoice
from miniature import gold
from miniature.annotators import SimulatedAnnotator, cohort
from miniature.testbed import clips as world
from miniature.testbed import painting
from miniature.testbed.clips import WorldClip
from miniature.testbed.comparisons import Comparison, choose_comparisons
from miniature.testbed.painting import Atelier
from miniature.testbed.rewards import Embeddings, Rows
from miniature.testbed.settings import LoopSettings
from miniature.testbed.stages import Crew, Stage, Stages
from miniature.testbed.votes import (
    Truth,
    cast_votes,
    read_truth,
    read_votes,
    truth_of,
    write_truth,
    write_votes,
)
from workbench.errors import BadInput
from workbench.files import whole_file
from workbench.manifests import ImageEntry, read_manifest
from workbench.snapshots import Vote


@dataclass(frozen=True)
class Bed:
    """What all rounds of a run share."""

    settings: LoopSettings
    folder: Path
    stages: Stages
    crew: Crew
    atelier: Atelier
    clips: Sequence[WorldClip]
    people: Sequence[SimulatedAnnotator]

    @property
    def clip_folder(self) -> Path:
        return self.folder / "clips"

    def do(self, stages: Iterable[Stage]) -> None:
        """Stages that do not need each other, as many at a time as the run has lanes."""
        self.stages.all(stages, self.crew)


@dataclass(frozen=True)
class Material:
    """Everything that was painted, compared and judged up to a round."""

    images: Sequence[ImageEntry] = ()
    votes: Sequence[Vote] = ()
    truth: Truth = field(default_factory=lambda: Truth({}))
    embeddings: Embeddings = field(default_factory=lambda: Embeddings({}, {}, {}))

    def joined(self, other: Material) -> Material:
        ours, theirs = self.embeddings, other.embeddings
        return Material(
            [*self.images, *other.images],
            [*self.votes, *other.votes],
            Truth({**self.truth.utilities, **other.truth.utilities}),
            Embeddings(
                {**ours.music, **theirs.music},
                {**ours.text, **theirs.text},
                {**ours.images, **theirs.images},
            ),
        )


def people_of(settings: LoopSettings) -> list[SimulatedAnnotator]:
    """The cohort of a run. Raises BadInput for people that do not add up."""
    try:
        return cohort(
            settings.annotators,
            settings.seed,
            careless_share=settings.careless,
            adversaries=settings.adversaries,
        )
    except ValueError as error:
        raise BadInput(f"{error}; change annotators, careless or adversaries") from None


def gather(bed: Bed, number: int, adapters: Mapping[str, AdapterChoice]) -> Material:
    """Round `number`: pictures by the base painter and `adapters`, judged by everybody."""
    folder = bed.folder / f"round-{number}"
    parts = candidate_stages(bed, number, adapters)
    bed.do(parts)
    candidates = bed.stages.once(
        _candidates_name(number),
        folder / "candidates",
        lambda place: painting.write_candidates(
            place, _entries(bed, number, adapters), [part.place for part in parts]
        ),
    )
    features = bed.stages.once(
        f"round {number} / judge / embed",
        folder / "features",
        lambda place: _embed(bed, candidates, place),
    )
    images = read_manifest(candidates / painting.MANIFEST, ImageEntry)
    levels = bed.stages.once(
        f"round {number} / judge / levels",
        folder / "levels.npz",
        lambda place: _read_levels(bed, images, place),
    )
    truth_file = bed.stages.once(
        f"round {number} / judge / compare",
        folder / "truth.npz",
        lambda place: _choose(bed, features, images, number, place),
    )
    comparisons, truth = read_truth(truth_file)
    votes = bed.stages.once(
        f"round {number} / judge / vote",
        folder / "votes.parquet",
        lambda place: write_votes(place, _votes(bed, comparisons, truth, number)),
    )
    return Material(images, read_votes(votes), truth, _embeddings(features, levels))


def candidate_stages(bed: Bed, number: int, adapters: Mapping[str, AdapterChoice]) -> list[Stage]:
    """Painting the candidates of round `number`, in parts; nothing when all are written."""
    if _candidates_name(number) in bed.stages.costs:
        return []
    entries = _entries(bed, number, adapters)
    return [
        Stage(
            f"round {number} / paint / {name} from {start}",
            bed.folder / f"round-{number}" / "painted" / f"{name}-{start}.npz",
            partial(painting.paint_part, tasks=tasks, adapter=adapters.get(name)),
        )
        for name, start, tasks in painting.parts_of(entries)
    ]


def _candidates_name(number: int) -> str:
    return f"round {number} / paint / candidates"


def _entries(bed: Bed, number: int, adapters: Mapping[str, AdapterChoice]) -> list[ImageEntry]:
    return painting.candidates(
        bed.clips,
        [painting.BASE, *adapters],
        per_clip=bed.settings.candidates_per_clip,
        number=number,
        seed=bed.settings.seed,
    )


def _embed(bed: Bed, candidates: Path, place: Path) -> None:
    embed_manifests(
        bed.clip_folder / world.MANIFEST,
        candidates / painting.MANIFEST,
        place,
        EmbedSettings(embedder=Path(bed.atelier.profile.embedder)),
    )


def _choose(
    bed: Bed, features: Path, images: Sequence[ImageEntry], number: int, place: Path
) -> None:
    comparisons = choose_comparisons(features, bed.settings, number)
    truths = {clip.clip_id: gold.truth_of(clip.point) for clip in bed.clips}
    truth = truth_of(comparisons, truths, painting.read_pictures(images))
    write_truth(place, comparisons, truth)


def _votes(bed: Bed, comparisons: Sequence[Comparison], truth: Truth, number: int) -> list[Vote]:
    return cast_votes(
        comparisons,
        truth,
        bed.people,
        votes_per_comparison=bed.settings.votes_per_comparison,
        seed=bed.settings.seed + number,
    )


def _read_levels(bed: Bed, images: Sequence[ImageEntry], place: Path) -> None:
    embedder = load_embedder(bed.atelier.profile.embedder)
    rows = embedder.embed_image_levels([entry.image for entry in images])
    with whole_file(place) as partial:
        np.savez(partial, ids=np.array([entry.image_id for entry in images]), rows=rows)


def _embeddings(features: Path, levels: Path) -> Embeddings:
    def rows(modality: Modality) -> Rows:
        found = load_features(features, modality)
        return dict(zip(found.ids, found.rows, strict=True))

    with np.load(levels, allow_pickle=False) as content:
        seen = dict(zip(content["ids"].tolist(), content["rows"], strict=True))
    return Embeddings(rows("audio"), rows("text"), seen)
