from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.models import Identified


class AxisChoice(models.TextChoices):
    """The axes in the order in which they are asked."""

    EMO = "emo", "Emotional consistency"
    CON = "con", "Semantic content alignment"
    CRE = "cre", "Creative aesthetic appeal"


class Verdict(models.TextChoices):
    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    TIE = "tie", "Equal"
    CANNOT_TELL = "cannot_tell", "Cannot tell"


class Side(models.TextChoices):
    FIRST = "first", "First candidate"
    SECOND = "second", "Second candidate"


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


class Slot(models.Model):
    """One place for one annotator's view of a comparison."""

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="slots")
    index = models.PositiveSmallIntegerField()
    position = models.FloatField(help_text="The comparison's position, kept here for one index.")
    held_until = models.DateTimeField(null=True, blank=True, help_text="End of the current lease.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "index"], name="slot_once_per_index")
        ]
        indexes = [
            # Serves services.leases: the next free slot, lowest position first.
            models.Index(
                fields=["position", "index"],
                condition=Q(done_at__isnull=True),
                name="slot_open_by_position",
            )
        ]

    def __str__(self) -> str:
        return f"place {self.index} of {self.comparison_id}"


class Lease(Identified):
    """A slot handed to an annotator for a while: all that the browser ever names."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="leases")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="leases")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leases"
    )
    left = models.CharField(max_length=8, choices=Side.choices)
    opens_at = models.DateTimeField(
        help_text="No answer is accepted earlier: nobody can have listened long enough."
    )
    expires_at = models.DateTimeField()
    answered = models.PositiveSmallIntegerField(
        default=0, help_text="How many axes have an answer that is not undone."
    )
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text="Time of the newest answer; kept when it is undone."
    )
    completed_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(
        null=True, blank=True, help_text="When the slot went to somebody else after expiry."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "annotator"], name="lease_once_per_annotator"
            ),
            # However leases expire and come back, one slot is never answered twice.
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(lost_at__isnull=True),
                name="lease_one_holder_per_slot",
            ),
            models.CheckConstraint(
                condition=Q(answered__lte=len(AxisChoice)), name="lease_answers_at_most_all_axes"
            ),
        ]
        indexes = [
            # Serves services.leases: an annotator's unfinished lease.
            models.Index(
                fields=["annotator", "created_at"],
                condition=Q(completed_at__isnull=True, lost_at__isnull=True),
                name="lease_unfinished_by_person",
            ),
            # Serves services.judgements: the lease of an annotator's newest answer.
            models.Index(
                fields=["annotator", "answered_at"],
                condition=Q(answered__gt=0, lost_at__isnull=True),
                name="lease_answered_by_person",
            ),
        ]


class Judgement(Identified):
    """One annotator's answer to one comparison on one axis. Undone answers are kept."""

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="judgements")
    axis = models.CharField(max_length=3, choices=AxisChoice.choices)
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    strength = models.PositiveSmallIntegerField(null=True, blank=True)
    topic_position = models.PositiveSmallIntegerField(help_text="0 for the axis asked first.")
    response_ms = models.PositiveIntegerField(null=True, blank=True)
    listened_share = models.FloatField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "axis"],
                condition=Q(undone_at__isnull=True),
                name="judgement_once_per_lease_and_axis",
            ),
            models.CheckConstraint(
                condition=Q(axis__in=AxisChoice.values), name="judgement_axis_is_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="judgement_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=Q(listened_share__isnull=True)
                | Q(listened_share__gte=0, listened_share__lte=1),
                name="judgement_listened_share_is_a_share",
            ),
        ]
