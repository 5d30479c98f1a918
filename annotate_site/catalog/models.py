from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotate_site.core.models import Identified

# What the credits link to; other licences are shown as they are written.
_LICENCE_URLS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
}


class Clip(Identified):
    """A piece of music and what is known about it."""

    title = models.CharField(max_length=200)
    caption = models.TextField(blank=True, help_text="The text t that describes the music.")
    audio = models.FileField(upload_to="audio")
    sha256 = models.CharField(max_length=64, unique=True, help_text="Of the imported file.")
    duration_s = models.FloatField()
    loudness_lufs = models.FloatField(
        null=True, blank=True, help_text="Integrated loudness, EBU R 128; null until measured."
    )
    gain_db = models.FloatField(
        default=0.0, help_text="What playback adds, so that all clips are equally loud."
    )
    waveform = models.BinaryField(
        default=b"", help_text="Peaks of equal parts of the clip, a byte each; empty: not measured."
    )
    licence = models.CharField(max_length=100, blank=True)
    attribution = models.TextField(blank=True)
    descriptors = models.JSONField(
        null=True, blank=True, help_text="What `musepainter describe` found; null until it ran."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(duration_s__gt=0), name="clip_has_a_duration")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def visual_prompt(self) -> str:
        """What a painter is told of the clip; empty until it is described."""
        return str((self.descriptors or {}).get("visual_prompt", {}).get("prompt", ""))

    @property
    def duration_text(self) -> str:
        """Minutes and seconds: 0:59."""
        minutes, seconds = divmod(round(self.duration_s), 60)
        return f"{minutes}:{seconds:02d}"

    @property
    def licence_url(self) -> str:
        """Where the licence can be read; empty when that is not known."""
        return _LICENCE_URLS.get(self.licence, "")


class PainterKind(models.TextChoices):
    BUILT_IN = "built_in", _("Built in")
    BASE = "base", _("Base model")
    ADAPTED = "adapted", _("Base model with adapters")


class Painter(Identified):
    """Where candidates come from: a collection, a base pipeline, or one with adapters."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=16, choices=PainterKind.choices)
    generation = models.PositiveIntegerField(
        default=0, help_text="Higher is newer: decides whose image is a clip's original."
    )
    profile = models.CharField(max_length=32, blank=True)
    adapters = models.JSONField(
        default=dict, blank=True, help_text="Axis to the id of the refinement run and its weight."
    )
    model_sha256 = models.CharField(max_length=64, blank=True)
    credits = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class Candidate(Identified):
    """An image for a clip."""

    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="candidates")
    painter = models.ForeignKey(Painter, on_delete=models.PROTECT, related_name="candidates")
    image = models.FileField(upload_to="images")
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    prompt = models.TextField(blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    title = models.CharField(max_length=200, blank=True)
    attribution = models.TextField(blank=True)
    is_sensitive = models.BooleanField(
        default=False, help_text="May upset: shown blurred until the annotator wants to see it."
    )
    run_id = models.UUIDField(null=True, blank=True, help_text="The run that painted it.")

    class Meta:
        constraints = [
            # Importing or publishing twice changes nothing.
            models.UniqueConstraint(
                fields=["clip", "painter", "sha256"], name="candidate_once_per_clip_and_painter"
            )
        ]

    def __str__(self) -> str:
        return self.title or f"{self.painter_id} for {self.clip_id}"
