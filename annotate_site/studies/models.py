from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotate_site.catalog.models import Candidate, Clip
from annotate_site.core.models import Identified


class Study(Identified):
    """A Likert user study: people rate single images for a clip on named scales (section 4)."""

    title = models.CharField(max_length=200)
    questions = models.JSONField(default=list, help_text="The dimensions that are rated.")
    lowest = models.SmallIntegerField(default=1)
    highest = models.SmallIntegerField(default=10)
    is_open = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lowest__lt=F("highest")), name="study_scale_has_two_ends"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Rating(Identified):
    """One person's rating of one image for one clip on one question of a study."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="ratings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT)
    question = models.PositiveSmallIntegerField()
    value = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "person", "clip", "candidate", "question"], name="rating_once"
            )
        ]
