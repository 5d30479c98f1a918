"""Loudness and outline of clips, for those that came before they were measured at import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from annotate_site.catalog.loudness import measured
from annotate_site.catalog.media_files import media_path
from annotate_site.catalog.models import Clip


class MeasuredClip(NamedTuple):
    clip: Clip
    problem: str
    """Why it could not be measured; empty when it was."""


def measure_clip(clip: Clip) -> None:
    """Measure the stored file anew."""
    measures = measured(media_path(str(clip.audio.name)))
    clip.loudness_lufs, clip.gain_db, clip.waveform = measures
    clip.save(update_fields=["loudness_lufs", "gain_db", "waveform"])


def measure_unmeasured() -> Iterator[MeasuredClip]:
    """Measure all clips that have not been, one by one; a broken file does not stop the others."""
    for clip in Clip.objects.filter(waveform=b"").order_by("created_at"):
        try:
            measure_clip(clip)
        except (OSError, RuntimeError) as error:  # soundfile's errors are RuntimeErrors.
            yield MeasuredClip(clip, str(error))
        else:
            yield MeasuredClip(clip, "")
