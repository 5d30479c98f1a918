"""How a project asks, and what it tells its annotators."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate_site.core.models import Identified

MOST_OVERLAP = 50


class TopicOrder(models.TextChoices):
    FIXED = "fixed", _("Feeling, content, appeal")
    RANDOM = "random", _("Another order for each annotator")


class PairingPolicy(models.TextChoices):
    """Which comparisons of a triplet are published."""

    ALL = "all", _("All three pairs of a triplet")
    ORIGINAL = "original", _("The original against the positive and the negative")
    HARD = "hard", _("The original against the positive only")


def usual_overlap() -> int:
    return int(settings.OVERLAP)


def usual_listen_s() -> float:
    return float(settings.LISTEN_SECONDS)


def _overlap() -> models.PositiveSmallIntegerField[int, int]:
    return models.PositiveSmallIntegerField(
        default=usual_overlap,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_OVERLAP)],
        help_text="How many annotators judge each comparison on this axis.",
    )


def _share(default: float, help_text: str) -> models.FloatField[float, float]:
    return models.FloatField(
        default=default,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=help_text,
    )


class Project(models.Model):
    """The one project of an installation: a single row, made when it is first asked for."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    title = models.CharField(max_length=100, default="MusePainter")
    questions = models.JSONField(
        default=dict,
        blank=True,
        help_text="Axis to label, question, definition and example; left out, the built-in words.",
    )
    overlap_emo = _overlap()
    overlap_con = _overlap()
    overlap_cre = _overlap()
    extends = models.BooleanField(
        default=False,
        help_text="Ask two more people, up to the limit, where the votes are not clear 2 to 1.",
    )
    most_overlap = models.PositiveSmallIntegerField(
        default=7, validators=[MinValueValidator(1), MaxValueValidator(MOST_OVERLAP)]
    )
    pairing = models.CharField(
        max_length=16, choices=PairingPolicy.choices, default=PairingPolicy.ALL
    )
    listen_s = models.FloatField(
        default=usual_listen_s,
        validators=[MinValueValidator(0), MaxValueValidator(600)],
        help_text="Seconds of different music to hear before the first answer.",
    )
    topic_order = models.CharField(
        max_length=8, choices=TopicOrder.choices, default=TopicOrder.FIXED
    )
    shows_caption = models.BooleanField(default=True, help_text="The clip's caption on the page.")
    practice_pairs = models.PositiveSmallIntegerField(default=10)
    qualification_pairs = models.PositiveSmallIntegerField(default=10)
    qualify_share = _share(0.8, "Right answers that pass the test.")
    gold_warm_up = models.PositiveSmallIntegerField(
        default=50, help_text="Comparisons of an annotator during which gold comes more often."
    )
    gold_share_warm_up = _share(0.1, "Gold among comparisons at the beginning.")
    gold_share = _share(0.05, "Gold among comparisons later.")
    repeat_share = _share(0.03, "Own comparisons shown again with swapped sides.")
    gold_least = _share(0.7, "An annotator below it over the window is paused for review.")
    gold_window = models.PositiveSmallIntegerField(default=10)
    daily_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="Comparisons a day for each annotator; empty: no limit."
    )
    pay_per_comparison = models.DecimalField(
        max_digits=8, decimal_places=3, default=0, help_text="For the forecast of cost."
    )
    currency = models.CharField(max_length=8, default="EUR")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="project_only_one")]

    def __str__(self) -> str:
        return self.title


class DocumentKind(models.TextChoices):
    CONSENT = "consent", _("Consent")
    INSTRUCTIONS = "instructions", _("Instructions")


class Document(Identified):
    """One version of a text in Markdown. Versions are never changed; a newer one replaces them."""

    kind = models.CharField(max_length=16, choices=DocumentKind.choices)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=8, default="en")
    text = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version", "language"], name="document_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version} ({self.language})"
