from __future__ import annotations

import pytest

from annotate_site.catalog.models import Clip


@pytest.mark.parametrize(
    ("duration_s", "text"), [(1.2, "0:01"), (59.6, "1:00"), (61.0, "1:01"), (900.0, "15:00")]
)
def test_clip_duration_text(duration_s: float, text: str) -> None:
    assert Clip(duration_s=duration_s).duration_text == text


def test_clip_licence_url_is_empty_for_licences_of_ones_own() -> None:
    assert Clip(licence="ask me").licence_url == ""
    assert Clip(licence="CC0-1.0").licence_url == (
        "https://creativecommons.org/publicdomain/zero/1.0/"
    )
