from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Identified(models.Model):
    """A row whose id may be shown: it tells nothing about order or number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class AuditEvent(models.Model):
    """Who changed what, and when. Rows are only ever added."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Null: the site itself.",
    )
    action = models.CharField(max_length=64, help_text="As in `project.changed`.")
    subject = models.CharField(max_length=200, help_text="What it was done to, in words.")
    subject_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.action}: {self.subject}"
