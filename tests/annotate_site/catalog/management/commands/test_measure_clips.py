from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.factories.catalog import ClipFactory

pytestmark = pytest.mark.django_db


def test_measure_clips_counts_what_it_did_and_is_safe_to_repeat() -> None:
    ClipFactory.create_batch(2)
    said = []
    for _ in range(2):
        out = StringIO()
        call_command("measure_clips", stdout=out)
        said.append(out.getvalue())
    assert said == ["2 measured, 0 failed\n", "0 measured, 0 failed\n"]


def test_measure_clips_names_what_is_broken() -> None:
    clip = ClipFactory(title="Torn")
    Path(clip.audio.path).write_bytes(b"no sound")
    err = StringIO()
    with pytest.raises(CommandError, match="0 measured, 1 failed"):
        call_command("measure_clips", stderr=err)
    assert err.getvalue().startswith("failed: “Torn”: ")
