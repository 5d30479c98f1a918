from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Comparison, Slot, Triplet
from annotate_site.catalog.models import Candidate
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.runners import sample
from annotate_site.jobs.runners.steps import step_folder
from annotate_site.jobs.services import launch_run
from tests.factories.catalog import CandidateFactory
from workbench.files import write_json
from workbench.manifests import ClipEntry, ImageEntry, read_manifest

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(manager: Person) -> Run:
    launched = launch_run(kind=RunKind.SAMPLE, options={"seed": 5}, inputs={}, by=manager)
    launched.folder.mkdir(parents=True)
    return launched


def _sample(run: Run, rows: list[tuple[Candidate, Candidate, Candidate]]) -> None:
    """What `musepainter sample` leaves."""
    folder = step_folder(run, "sample")
    folder.mkdir()
    columns = ("original_id", "positive_id", "negative_id")
    table = [
        {name: str(candidate.pk) for name, candidate in zip(columns, row, strict=True)}
        | {
            "clip_id": str(row[0].clip_id),
            "clip_cluster": 0,
            "negative_cluster": 1,
            "similarity_original": 0.5,
            "similarity_positive": 0.4,
            "similarity_negative": 0.1,
        }
        for row in rows
    ]
    schema = None if table else pa.schema([("clip_id", pa.string())])
    pq.write_table(pa.Table.from_pylist(table, schema=schema), folder / "triplets.parquet")
    write_json(folder / "run.json", {"counts": {"clips": 1, "triplets": len(rows)}})


def test_prepare_embeds_every_candidate_and_its_clip(run: Run) -> None:
    candidates = CandidateFactory.create_batch(3)
    embed, choose = sample.prepare(run)
    images = read_manifest(run.folder / "images.jsonl", ImageEntry)
    assert {image.image_id for image in images} == {str(c.pk) for c in candidates}
    assert {Path(image.image) for image in images} == {Path(c.image.path) for c in candidates}
    clips = read_manifest(run.folder / "clips.jsonl", ClipEntry)
    assert {clip.clip_id for clip in clips} == {str(c.clip_id) for c in candidates}
    assert embed.arguments[-1] == choose.arguments[2] == str(step_folder(run, "embed"))
    assert choose.arguments[3:] == (
        "-k", "2", "-o", str(step_folder(run, "sample")), "--per-clip", "20", "--seed", "5",
    )  # fmt: skip


def test_prepare_refuses_a_site_without_pictures(run: Run) -> None:
    with pytest.raises(Refused, match="there is no candidate picture yet"):
        sample.prepare(run)


@pytest.mark.parametrize(("n_clips", "k"), [(1, 2), (9, 3), (3628, 60)])
def test_clusters_for_is_the_square_root(n_clips: int, k: int) -> None:
    assert sample.clusters_for(n_clips) == k


@pytest.mark.parametrize(("n_clips", "per_clip"), [(1, 60), (9, 7), (60, 1), (3628, 1)])
def test_triplets_for_is_more_where_clips_are_few(n_clips: int, per_clip: int) -> None:
    assert sample.triplets_for(n_clips) == per_clip


def test_collect_publishes_comparisons_with_their_slots(run: Run) -> None:
    original, positive, negative = CandidateFactory.create_batch(3)
    _sample(run, [(original, positive, negative)])
    results = sample.collect(run)
    assert results["published"] == {"triplets": 1, "comparisons": 3, "slots": 9}
    assert Triplet.objects.get().run_id == run.pk
    assert (Comparison.objects.count(), Slot.objects.count()) == (3, 9)


def test_collect_refuses_an_empty_sample(run: Run) -> None:
    _sample(run, [])
    with pytest.raises(Refused, match="no triplet could be chosen"):
        sample.collect(run)
