"""Describe clips: key, tempo, metre, mood and the visual prompt, into Clip.descriptors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from pydantic import Field

from annotate_site.catalog.models import Clip
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Run
from annotate_site.jobs.runners.manifests import write_clips
from annotate_site.jobs.runners.steps import Step, step_folder
from generation.settings import DescribeSettings

IMPORTANT = ("again",)
LEFT_OUT = ()


class DescribeOptions(DescribeSettings):
    """What a person chooses before clips are described."""

    again: bool = Field(
        default=False, description="Describe clips anew that have descriptors already."
    )


Settings = DescribeOptions


def checked_inputs(options: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def prepare(run: Run) -> list[Step]:
    clips = Clip.objects.order_by("pk")
    if not run.options["again"]:
        clips = clips.filter(descriptors__isnull=True)
        if Clip.objects.exists() and not clips.exists():
            raise Refused(_("every clip is described; choose “again” to describe them anew"))
    manifest = run.folder / "clips.jsonl"
    write_clips(manifest, clips)
    output = step_folder(run, "describe") / "descriptors.jsonl"
    arguments = (
        "musepainter.py", "describe",
        "--manifest", str(manifest),
        "--max-duration-s", str(run.options["max_duration_s"]),
        "-o", str(output),
    )  # fmt: skip
    return [Step("describe", gettext_noop("listening to the clips"), arguments)]


def collect(run: Run) -> dict[str, Any]:
    described = 0
    failures = {}
    path = step_folder(run, "describe") / "descriptors.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        descriptors = json.loads(line)
        clip_id = descriptors.pop("clip_id")
        if "error" in descriptors:
            failures[clip_id] = descriptors["error"]
        else:
            described += Clip.objects.filter(pk=clip_id).update(descriptors=descriptors)
    return {"described": described, "failed": len(failures), "failures": failures}
