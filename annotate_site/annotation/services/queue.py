"""How far down the queue each annotator is (Tally.queue_position)."""

from __future__ import annotations

from annotate_site.annotation.models import Tally


def walk_queue_anew() -> None:
    """Let everybody look from the beginning: comparisons have come that they may have gone past."""
    Tally.objects.update(queue_position=None)  # All, so that each is locked until it is seen.
