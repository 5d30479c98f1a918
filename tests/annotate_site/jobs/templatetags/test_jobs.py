from __future__ import annotations

import pytest
from django.utils import translation

from annotate_site.jobs.templatetags.jobs import stage_words


@pytest.mark.parametrize(
    ("stage", "german"),
    [
        ("", ""),
        ("starting", "beginnt"),
        ("painting · round 3", "malt · round 3"),
        ("1 of 2: embedding music and pictures", "1 von 2: bettet Musik und Bilder ein"),
        ("2 of 2: %s {} · 100 %", "2 von 2: %s {} · 100 %"),
    ],
)
def test_stage_words_translates_what_is_known_and_leaves_the_rest(stage: str, german: str) -> None:
    assert stage_words(stage) == stage
    with translation.override("de"):
        assert stage_words(stage) == german
