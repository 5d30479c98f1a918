"""What keeps answers good: known answers, skipped content, disagreements that a person settled."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate_site.annotation.models.choices import AxisChoice, Purpose, Side
from annotate_site.annotation.models.comparisons import Comparison
from annotate_site.annotation.models.judgements import Lease
from annotate_site.core.models import Identified


class GoldSource(models.TextChoices):
    UNANIMOUS = "unanimous", _("Annotators agreed unanimously")
    CORRUPTED = "corrupted", _("One picture is a corrupted copy, or of foreign music")


class GoldQuestion(Identified):
    """A comparison whose answer is known, for practice, for the test, or asked silently."""

    comparison = models.OneToOneField(Comparison, on_delete=models.PROTECT, related_name="gold")
    use = models.CharField(
        max_length=16,
        choices=[
            (purpose.value, purpose.label)
            for purpose in (Purpose.PRACTICE, Purpose.QUALIFICATION, Purpose.GOLD)
        ],
    )
    source = models.CharField(max_length=16, choices=GoldSource.choices)
    explanation = models.TextField(
        blank=True, help_text="Shown after a practice answer: why the better picture is better."
    )
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"known answer {str(self.pk)[:8]}"


class GoldAnswer(models.Model):
    """The known answer on one axis. Beauty has none, so `cre` is refused."""

    question = models.ForeignKey(GoldQuestion, on_delete=models.CASCADE, related_name="answers")
    axis = models.CharField(
        max_length=3, choices=[choice for choice in AxisChoice.choices if choice[0] != "cre"]
    )
    better = models.CharField(max_length=8, choices=Side.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "axis"], name="gold_answer_once_per_axis"),
            models.CheckConstraint(
                condition=Q(axis__in=[AxisChoice.EMO, AxisChoice.CON]),
                name="gold_answer_never_on_beauty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.axis}: {self.better}"


class SkipReason(models.TextChoices):
    NO_SOUND = "no_sound", _("I cannot hear the music")
    NO_PICTURE = "no_picture", _("A picture is missing or broken")
    UPSETTING = "upsetting", _("A picture or the music upsets me")
    TWINS = "twins", _("Both pictures are the same")
    OTHER = "other", _("Something else")


class Skip(Identified):
    """An annotator passed over a comparison, and why; a manager looks at it."""

    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="skip")
    reason = models.CharField(max_length=16, choices=SkipReason.choices)
    note = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )


class Adjudication(Identified):
    """A manager's verdict where annotators disagree."""

    comparison = models.ForeignKey(
        Comparison, on_delete=models.PROTECT, related_name="adjudications"
    )
    axis = models.CharField(max_length=3, choices=AxisChoice.choices)
    verdict = models.CharField(
        max_length=8,
        choices=[*Side.choices, ("tie", _("Equal")), ("none", _("Cannot be told"))],
    )
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "axis"], name="adjudication_once_per_comparison_and_axis"
            )
        ]
