"""The table of run kinds; a new kind is a new module and a line here."""

from __future__ import annotations

from annotate_site.jobs.models import RunKind
from annotate_site.jobs.runners import (
    describe,
    paint,
    refine,
    reward,
    sample,
    simulate,
    snapshot,
)
from annotate_site.jobs.runners.steps import Runner

RUNNERS: dict[RunKind, Runner] = {
    RunKind.DESCRIBE: describe,
    RunKind.PAINT: paint,
    RunKind.SAMPLE: sample,
    RunKind.SNAPSHOT: snapshot,
    RunKind.REWARD: reward,
    RunKind.REFINE: refine,
    RunKind.SIMULATE: simulate,
}
