from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.models import Identified


class Triplet(Identified):
    """One original, positive and negative for a clip, chosen by a sampling run."""

    run_id = models.UUIDField(help_text="The sampling run that chose it.", db_index=True)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="triplets")
    original = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    positive = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    negative = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    similarities = models.JSONField(
        default=dict, help_text="Audio-to-image cosine of original, positive and negative."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run_id", "clip", "original", "positive", "negative"],
                name="triplet_once_per_run",
            )
        ]


class ComparisonKind(models.TextChoices):
    ORIGINAL_POSITIVE = "orig/pos", "original and positive"
    ORIGINAL_NEGATIVE = "orig/neg", "original and negative"
    POSITIVE_NEGATIVE = "pos/neg", "positive and negative"


class Comparison(Identified):
    """Two candidates shown for a clip. `first` has the smaller id, so a pair exists only once."""

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="comparisons")
    first = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="+")
    triplet = models.ForeignKey(
        Triplet, on_delete=models.PROTECT, null=True, related_name="comparisons"
    )
    kind = models.CharField(max_length=16, choices=ComparisonKind.choices)
    position = models.FloatField(help_text="Lower is handed out earlier; seeded at random.")
    even_shows_first_left = models.BooleanField(
        help_text="Slots of even index show `first` on the left, odd ones `second`; else reversed."
    )
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clip", "first", "second"], name="comparison_once_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="comparison_pair_in_order"
            ),
        ]
