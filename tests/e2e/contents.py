"""Something of everything that pages show, for tests that look at all of them."""

from __future__ import annotations

from django.utils import timezone

from annotate_site.annotation.models import Comparison, GoldAnswer, GoldQuestion, Skip
from annotate_site.annotation.services.documents import publish_default_documents
from annotate_site.jobs.models import Run, RunKind
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import (
    NOON,
    ComparisonFactory,
    LeaseFactory,
    SlotFactory,
    completed_lease,
)
from tests.factories.catalog import CandidateFactory
from tests.factories.jobs import RoundFactory, RunFactory
from workbench.files import write_json


def filled() -> Comparison:
    """What the pages of the project show: votes, known answers, skips, texts.

    The comparison that comes back has votes that are all alike.
    """
    disputed, alike, skipped = (ComparisonFactory(overlap=0) for _ in range(3))
    for index, verdict in enumerate(("left", "right", "tie")):
        completed_lease(comparison=disputed, index=index, verdicts={"emo": verdict})
        completed_lease(comparison=alike, index=index)
    flagged = PersonFactory(username="lefty", weight=0)
    for _ in range(15):
        completed_lease(annotator=flagged)
    lease = LeaseFactory(slot=SlotFactory(comparison=skipped), annotator=flagged, lost_at=NOON)
    Skip.objects.create(lease=lease, reason="upsetting", note="so dark")
    known = GoldQuestion.objects.create(comparison=disputed, use="gold", source="unanimous")
    GoldAnswer.objects.create(question=known, axis="emo", better="first")
    publish_default_documents()
    return alike


def trained(seed: int) -> Run:
    """A finished reward run with curves and with a comparison on which it is alone."""
    measured = {"n": 1234, "accuracy": 0.71, "accuracy_low": 0.6, "accuracy_high": 0.8}
    run = RunFactory(
        kind=RunKind.REWARD,
        options={"axis": "emo", "seed": seed},
        results={
            "snapshot_sha256": f"{seed}" * 64,
            "splits": {"train": measured, "test": measured},
            "calibration": {"ece_before": 0.2, "ece_after": 0.05, "temperature": 1.5},
        },
        finished=True,
    )
    chosen = CandidateFactory()
    alone = {
        "comparison_id": "c",
        "clip_id": str(chosen.clip_id),
        "kind": "orig/pos",
        "split": "test",
        "chosen": str(chosen.pk),
        "rejected": str(CandidateFactory(clip=chosen.clip).pk),
        "n_votes": 3,
        "voted": 1.0,
        "predicted": 0.08,
    }
    folder = run.folder / "train"
    folder.mkdir(parents=True)
    write_json(folder / "disagreements.json", {"disagreements": [alone]})
    lines = [f'{{"step": {n}, "eval_loss": {1 / n}}}\n' for n in range(1, 9)]
    (folder / "metrics.jsonl").write_text("".join(lines))
    return run


def launched() -> list[Run]:
    """A run in each state: failed, ended, going on and waiting."""
    round_ = RoundFactory()
    return [
        RunFactory(state="failed", failure="the painter ran out of paint", round=round_),
        RunFactory(
            finished=True,
            state="succeeded",
            round=round_,
            results={"described": 3, "failed": 0},
            options={"seed": 1},
        ),
        RunFactory(state="running", stage="describing", step=3, total=9, started_at=timezone.now()),
        RunFactory(),
    ]
