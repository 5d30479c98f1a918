from __future__ import annotations

from django.conf import settings
from django.db import models


class Tally(models.Model):
    """What somebody has had in the loop and how far down the queue they are: nobody counts leases.

    A trigger on the leases keeps the numbers (migration 0005_loop_tallies), whoever changes them;
    `queue_position` belongs to services.taking.
    """

    annotator = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="tally"
    )
    handed = models.PositiveIntegerField(default=0, help_text="Comparisons that were handed out.")
    judged = models.PositiveIntegerField(default=0, help_text="Comparisons that are complete.")
    day = models.DateField(null=True, help_text="The day that `today` counts.")
    today = models.PositiveIntegerField(default=0, help_text="Comparisons completed on `day`.")
    queue_position = models.FloatField(
        null=True,
        help_text="Of comparisons below it that nobody ever held, this person has seen all.",
    )

    def __str__(self) -> str:
        return f"{self.judged} of {self.annotator_id}"
