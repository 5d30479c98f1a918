"""Choose comparisons: embed clips and candidates, cluster, pick triplets, queue their pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field

from annotate_site.annotation.services import TripletRow, current_project, publish_triplets
from annotate_site.annotation.services.comparisons import overlap_of
from annotate_site.catalog.selectors import candidates_for_sampling
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Run
from annotate_site.jobs.runners.manifests import write_clips, write_images
from annotate_site.jobs.runners.steps import Step, step_folder
from workbench.files import read_json

IMPORTANT = ("k", "per_clip", "seed")
LEFT_OUT = ()

_TRIPLETS_WORTH_A_SESSION = 60


class SampleOptions(BaseModel):
    """What a person chooses before comparisons are chosen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: int | None = Field(
        default=None,
        ge=2,
        le=65_536,
        description="Clusters of clips. Left out: the square root of the number of clips.",
    )
    per_clip: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Triplets for each clip. Left out: 1 as in the paper, more if clips are few.",
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="Seed of clusters and negatives.")


Settings = SampleOptions


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def prepare(run: Run) -> list[Step]:
    candidates = list(candidates_for_sampling())
    clips = {candidate.clip_id: candidate.clip for candidate in candidates}
    write_images(run.folder / "images.jsonl", candidates)
    write_clips(run.folder / "clips.jsonl", clips.values())
    features = step_folder(run, "embed")
    embed = (
        "musepainter.py", "embed",
        "--clips", str(run.folder / "clips.jsonl"),
        "--images", str(run.folder / "images.jsonl"),
        "-o", str(features),
    )  # fmt: skip
    sample = (
        "musepainter.py", "sample", str(features),
        "-k", str(run.options["k"] or clusters_for(len(clips))),
        "-o", str(step_folder(run, "sample")),
        "--per-clip", str(run.options["per_clip"] or triplets_for(len(clips))),
        "--seed", str(run.options["seed"]),
    )  # fmt: skip
    return [
        Step("embed", gettext_noop("embedding music and pictures"), embed),
        Step("sample", gettext_noop("clustering and choosing triplets"), sample),
    ]


def clusters_for(n_clips: int) -> int:
    return max(2, round(math.sqrt(n_clips)))


def triplets_for(n_clips: int) -> int:
    """One for each clip, or as many as make a first session of judging worth sitting down for."""
    return max(1, math.ceil(_TRIPLETS_WORTH_A_SESSION / n_clips))


def collect(run: Run) -> dict[str, Any]:
    table = pq.read_table(step_folder(run, "sample") / "triplets.parquet")
    rows = [_triplet_row(row) for row in table.to_pylist()]
    if not rows:
        raise Refused(_("no triplet could be chosen; add clips or pictures, or lower k"))
    project = current_project()
    published = publish_triplets(
        run_id=run.pk,
        rows=rows,
        overlap=overlap_of(project),
        seed=run.options["seed"],
        pairing=project.pairing,
    )
    facts = read_json(step_folder(run, "sample") / "run.json")
    return {**facts["counts"], "published": published._asdict()}


def _triplet_row(row: Mapping[str, Any]) -> TripletRow:
    return TripletRow(
        UUID(row["clip_id"]),
        UUID(row["original_id"]),
        UUID(row["positive_id"]),
        UUID(row["negative_id"]),
        row["similarity_original"],
        row["similarity_positive"],
        row["similarity_negative"],
    )
