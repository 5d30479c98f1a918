from __future__ import annotations

from pathlib import Path

import pytest

from annotate_site.catalog.loudness import BARS
from annotate_site.catalog.models import Clip
from annotate_site.catalog.services import import_clip, load_demo, measure_unmeasured
from tests.factories.catalog import ClipFactory, sound

pytestmark = pytest.mark.django_db


def test_import_clip_measures_loudness_and_outline(tmp_path: Path) -> None:
    path = tmp_path / "song.flac"
    path.write_bytes(sound(kind="FLAC"))
    clip = Clip.objects.get(pk=import_clip(path=path, title="Song").pk)
    # A tone of 220 Hz with peak 0.3, on one channel.
    assert clip.loudness_lufs == pytest.approx(-14.3, abs=0.5)
    assert clip.gain_db == pytest.approx(-23 - clip.loudness_lufs, abs=0.01)
    assert len(clip.waveform) == BARS


def test_measure_unmeasured_goes_on_after_a_broken_file() -> None:
    broken, good = ClipFactory(), ClipFactory()
    Path(broken.audio.path).write_bytes(b"RIFF")
    missing = ClipFactory()
    Path(missing.audio.path).unlink()

    results = {found.clip: bool(found.problem) for found in measure_unmeasured()}

    assert results == {broken: True, good: False, missing: True}
    good.refresh_from_db()
    assert len(good.waveform) == BARS
    assert [found.clip for found in measure_unmeasured()] == [broken, missing]


def test_load_demo_measures_clips_that_an_older_version_brought() -> None:
    load_demo()
    Clip.objects.update(waveform=b"", loudness_lufs=None, gain_db=0)

    load_demo()

    assert [clip.title for clip in Clip.objects.filter(waveform=b"")] == []
    assert {-30 < clip.loudness_lufs < -5 for clip in Clip.objects.all()} == {True}
