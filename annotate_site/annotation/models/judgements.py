from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from annotate_site.annotation.models.choices import AxisChoice, Purpose, Side, Verdict
from annotate_site.annotation.models.comparisons import Comparison
from annotate_site.core.models import Identified


def all_axes() -> list[str]:
    return list(AxisChoice.values)


# `held_until` of a place that was given back, or added when many have gone past it.
GIVEN_BACK = datetime(1970, 1, 1, tzinfo=UTC)


class Slot(models.Model):
    """One place for one annotator's view of a comparison."""

    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="slots")
    index = models.PositiveSmallIntegerField()
    axes = ArrayField(
        models.CharField(max_length=3),
        default=all_axes,
        help_text="What is asked here: all axes, or those that further votes are wanted on.",
    )
    position = models.FloatField(help_text="The comparison's position, kept here for one index.")
    held_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="End of the current lease; null when nobody ever held it.",
    )
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "index"], name="slot_once_per_index"),
            models.CheckConstraint(
                condition=Q(axes__len__gte=1, axes__contained_by=AxisChoice.values),
                name="slot_asks_known_axes",
            ),
        ]
        indexes = [
            # Both serve services.taking: first what came back, then what nobody ever held.
            models.Index(
                fields=["held_until"],
                condition=Q(done_at__isnull=True, held_until__isnull=False),
                name="slot_held_until",
            ),
            models.Index(
                fields=["position", "index"],
                condition=Q(done_at__isnull=True, held_until__isnull=True),
                name="slot_untouched_by_position",
            ),
        ]

    def __str__(self) -> str:
        return f"place {self.index} of {self.comparison_id}"


class Lease(Identified):
    """A slot handed to an annotator for a while: all that the browser ever names."""

    slot = models.ForeignKey(
        Slot,
        on_delete=models.PROTECT,
        null=True,
        related_name="leases",
        help_text="Null for everything but work: nobody competes for a place there.",
    )
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="leases")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leases"
    )
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.WORK)
    axes = ArrayField(
        models.CharField(max_length=3),
        default=all_axes,
        help_text="The axes in the order in which this annotator is asked.",
    )
    left = models.CharField(max_length=8, choices=Side.choices)
    opens_at = models.DateTimeField(
        help_text="No answer is accepted earlier: nobody can have listened long enough."
    )
    expires_at = models.DateTimeField()
    is_ahead = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Fetched before it is shown; `opens_at` is set when its turn comes.",
    )
    answered = models.PositiveSmallIntegerField(
        default=0, help_text="How many axes have an answer that is not undone."
    )
    answered_at = models.DateTimeField(
        null=True, blank=True, help_text="Time of the newest answer; kept when it is undone."
    )
    completed_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the slot went to somebody else: after expiry, or because it was skipped.",
    )

    class Meta:
        constraints = [
            # Nobody sees a pair twice, except as a planned repeat, and that once.
            models.UniqueConstraint(
                fields=["comparison", "annotator"],
                condition=~Q(purpose=Purpose.REPEAT),
                name="lease_once_per_annotator",
            ),
            models.UniqueConstraint(
                fields=["comparison", "annotator"],
                condition=Q(purpose=Purpose.REPEAT),
                name="lease_repeated_once_per_annotator",
            ),
            models.CheckConstraint(
                condition=Q(slot__isnull=False, purpose=Purpose.WORK)
                | Q(slot__isnull=True) & ~Q(purpose=Purpose.WORK),
                name="lease_has_a_slot_for_work_only",
            ),
            # However leases expire and come back, one slot is never answered twice.
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(lost_at__isnull=True),
                name="lease_one_holder_per_slot",
            ),
            # However many windows ask at once, one comparison is handed out (services.taking).
            models.UniqueConstraint(
                fields=["annotator"],
                condition=Q(
                    answered_at__isnull=True,
                    lost_at__isnull=True,
                    purpose__in=[Purpose.WORK, Purpose.GOLD, Purpose.REPEAT],
                ),
                name="lease_one_untouched_per_annotator",
            ),
            models.CheckConstraint(
                condition=Q(answered__lte=len(AxisChoice)), name="lease_answers_at_most_all_axes"
            ),
            models.CheckConstraint(
                condition=Q(axes__len__gte=1, axes__contained_by=AxisChoice.values),
                name="lease_asks_known_axes",
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
    instructions_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the instructions in force when it was given."
    )
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
