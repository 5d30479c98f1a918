from __future__ import annotations

from django.db import models


class Report(models.Model):
    """The newest figures of quality, kept because they take longer than a page may."""

    include_simulated = models.BooleanField(unique=True)
    as_of = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    figures = models.JSONField(help_text="As in measures.report.Figures.")

    def __str__(self) -> str:
        return f"quality at {self.as_of:%Y-%m-%d %H:%M}"
