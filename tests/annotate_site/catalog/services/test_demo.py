from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from annotate_site.catalog.models import Candidate, Clip, Painter
from annotate_site.catalog.services import load_demo

pytestmark = pytest.mark.django_db

DEMO = Path(settings.SITE_DIR) / "catalog" / "demo"


def test_load_demo_brings_real_music_and_pictures() -> None:
    assert load_demo() == (9, 9, 22, 22)
    painter = Painter.objects.get()
    assert (painter.name, painter.kind, painter.generation) == ("old masters", "built_in", 0)
    licences = Counter(Clip.objects.values_list("licence", flat=True))
    assert licences == {"Public domain": 4, "CC0-1.0": 3, "CC-BY-3.0": 2}
    for clip in Clip.objects.all():
        assert 12 < clip.duration_s < 62
        assert len(clip.caption) > 80
        assert "http" in clip.attribution
        assert clip.candidates.count() in {2, 3}
    for candidate in Candidate.objects.all():
        assert 300 <= max(candidate.width, candidate.height) <= 800
        assert candidate.title
        assert candidate.attribution


def test_load_demo_twice_changes_nothing_and_is_quick() -> None:
    load_demo()
    start = time.monotonic()
    assert load_demo() == (9, 0, 22, 0)
    assert time.monotonic() - start < 3


def test_every_demo_file_has_its_licence_line() -> None:
    lines = (DEMO / "LICENCES.md").read_text(encoding="utf-8")
    files = [*(DEMO / "music").iterdir(), *(DEMO / "pictures").iterdir()]
    assert len(files) == 31
    for path in files:
        assert f"| {path.relative_to(DEMO).as_posix()} |" in lines


def test_demo_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 5_000_000
