from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotate_site.core.models import Identified


class RunKind(models.TextChoices):
    DESCRIBE = "describe", _("Describe clips")
    PAINT = "paint", _("Paint candidates")
    SAMPLE = "sample", _("Choose comparisons")
    SNAPSHOT = "snapshot", _("Take a snapshot")
    REWARD = "reward", _("Train a reward model")
    REFINE = "refine", _("Refine the painter")
    SIMULATE = "simulate", _("Simulate annotators")


class RunState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    CANCELLING = "cancelling", _("Cancelling")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


FINISHED_STATES = (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)


class Round(Identified):
    """Once round the circle: the runs that belong together."""

    number = models.PositiveIntegerField(unique=True)

    def __str__(self) -> str:
        return f"Round {self.number}"


class Run(Identified):
    """Anything long that is launched and watched. Its files lie under RUNS_ROOT/id."""

    kind = models.CharField(max_length=16, choices=RunKind.choices)
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.QUEUED)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, related_name="runs")
    options = models.JSONField(default=dict, help_text="The launch form's validated values.")
    inputs = models.JSONField(
        default=dict, help_text="Ids of what goes in: snapshot, reward run, adapters."
    )
    results = models.JSONField(
        default=dict, help_text="What came out: counts, hashes, measured quality."
    )
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=100, blank=True)
    step = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)

    class Meta:
        indexes = [
            # Serves selectors.newest_runs, and the newest of one kind.
            models.Index(fields=["-created_at"], name="run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.id)[:8]}"

    @property
    def folder(self) -> Path:
        return Path(settings.RUNS_ROOT) / str(self.id)

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED_STATES
