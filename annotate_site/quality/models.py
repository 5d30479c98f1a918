from __future__ import annotations

from django.conf import settings
from django.db import models

from annotate_site.annotation.models import AxisChoice, Comparison
from annotate_site.core.models import Identified


class Report(models.Model):
    """The newest figures of quality, kept because they take longer than a page may."""

    include_simulated = models.BooleanField(unique=True)
    as_of = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    figures = models.JSONField(help_text="As in measures.report.Figures.")

    def __str__(self) -> str:
        return f"quality at {self.as_of:%Y-%m-%d %H:%M}"


class Referral(Identified):
    """A comparison that a manager wants settled although its votes alone do not call for it."""

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="referrals")
    axis = models.CharField(max_length=3, choices=AxisChoice.choices)
    referred_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "axis"], name="referral_once_per_comparison_and_axis"
            )
        ]

    def __str__(self) -> str:
        return f"{self.axis} of {self.comparison_id}"
