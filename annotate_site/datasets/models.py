from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotate_site.core.models import Identified


class SnapshotState(models.TextChoices):
    BUILDING = "building", _("Building")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Snapshot(Identified):
    """An immutable preference dataset; its folder lies under SNAPSHOTS_ROOT/name/version."""

    name = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    state = models.CharField(
        max_length=16, choices=SnapshotState.choices, default=SnapshotState.BUILDING
    )
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)
    filters = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of its manifest.json.")
    seed = models.BigIntegerField(default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    failure = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="snapshot_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"
