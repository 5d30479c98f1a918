"""Once round the circle at the smallest size, with everything real: the runs that a manager's
clicks launch, in subprocesses, on the demo's music and paintings and the shipped models."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from annotate_site.accounts.models import Person, Role
from annotate_site.accounts.services import create_person
from annotate_site.annotation.models import Comparison, Judgement, Slot
from annotate_site.annotation.services import next_lease
from annotate_site.catalog.models import Candidate, Clip, Painter, PainterKind
from annotate_site.catalog.services import load_demo
from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.services import snapshot_folder
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.runners.execution import Pace, execute_run
from annotate_site.jobs.services import launch_run
from workbench.axes import AXES
from workbench.snapshots import SPLITS, open_snapshot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True),
]


def carried_out(kind: RunKind, by: Person, inputs: dict[str, Any], **options: Any) -> Run:
    """Launch a run as the site does and let it end; it must succeed."""
    run = launch_run(kind=kind, options=options, inputs=inputs, by=by)
    execute_run(run_id=run.pk, is_worker_stopping=lambda: False, pace=Pace(poll_s=0.1))
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.SUCCEEDED, "")
    return run


def test_circle_goes_round_from_music_to_new_candidates_in_the_queue() -> None:
    manager = create_person(username="manager", role=Role.MANAGER).person
    load_demo()

    carried_out(RunKind.DESCRIBE, manager, {})
    assert not Clip.objects.filter(descriptors=None).exists()

    carried_out(RunKind.SAMPLE, manager, {}, per_clip=2)
    first_comparisons = set(Comparison.objects.values_list("pk", flat=True))
    assert first_comparisons

    carried_out(RunKind.SIMULATE, manager, {}, judgements=120, annotators=4)
    assert Judgement.objects.count() == 120
    assert not Judgement.objects.filter(lease__annotator__is_simulated=False).exists()

    taken = carried_out(RunKind.SNAPSHOT, manager, {}, include_simulated=True)
    snapshot = Snapshot.objects.get(pk=taken.results["snapshot"])
    opened = open_snapshot(snapshot_folder(snapshot))
    assert opened.sha256 == snapshot.sha256
    assert opened.judgements().num_rows == 120
    for axis in AXES:
        assert sum(opened.pairs(axis, split).num_rows for split in SPLITS) > 0

    rewards = {
        axis: carried_out(
            RunKind.REWARD, manager, {"snapshot": str(snapshot.pk)}, axis=axis, epochs=2
        )
        for axis in AXES
    }
    # Two epochs on a hundred votes make no fit model; it is the way round that is tried here.
    refinement = carried_out(
        RunKind.REFINE,
        manager,
        {"reward": str(rewards["emo"].pk)},
        axis="emo",
        steps=2,
        use_although_unfit=True,
    )

    carried_out(
        RunKind.PAINT, manager, {"adapters": {"emo": str(refinement.pk)}}, per_clip=1, steps=4
    )
    painter = Painter.objects.get(kind=PainterKind.ADAPTED)
    painted = Candidate.objects.filter(painter=painter)
    assert painted.count() == Clip.objects.count()
    assert painter.adapters["emo"]["run"] == str(refinement.pk)

    carried_out(RunKind.SAMPLE, manager, {}, per_clip=2, seed=1)
    fresh = Comparison.objects.exclude(pk__in=first_comparisons)
    newest = set(painted.values_list("pk", flat=True))
    assert {c.triplet.original_id for c in fresh.select_related("triplet")} <= newest
    assert Slot.objects.filter(comparison__in=fresh, done_at=None).exists()

    newcomer = create_person(username="annotator", role=Role.ANNOTATOR).person
    offered = set()
    while lease := next_lease(annotator=newcomer, now=timezone.now()):
        offered |= {lease.comparison.first_id, lease.comparison.second_id}
        type(lease).objects.filter(pk=lease.pk).update(
            answered=len(lease.axes), answered_at=timezone.now(), completed_at=timezone.now()
        )
    assert offered & newest
