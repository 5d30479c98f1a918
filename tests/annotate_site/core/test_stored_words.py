from __future__ import annotations

import pytest
from django.utils import translation

from annotate_site.core.stored_words import retold
from annotate_site.jobs.failure_words import FAILURES

KNOWN = ("choose %(what)s first", "the circle has no step %(step)s")


@pytest.mark.parametrize(
    ("stored", "german"),
    [
        ("choose a snapshot first", "wähle erst a snapshot"),
        ("the circle has no step 'x.*'", "der Kreis hat keinen Schritt 'x.*'"),
        ("choose 100 % of\ntwo lines first", "wähle erst 100 % of\ntwo lines"),
        ("something else", "something else"),
        ("choose first", "choose first"),
        ("", ""),
    ],
)
def test_retold_keeps_values_and_leaves_what_it_does_not_know(stored: str, german: str) -> None:
    assert retold(stored, KNOWN) == stored
    with translation.override("de"):
        assert retold(stored, KNOWN) == german


def test_retold_knows_a_place_that_is_named_twice() -> None:
    known = ("%(axis)s has a weight but no adapter; choose a refinement of %(axis)s",)
    stored = known[0] % {"axis": "emo"}
    with translation.override("de"):
        assert retold(stored, known) == (
            "emo hat ein Gewicht, aber keinen Adapter; wähle eine Verfeinerung von emo"
        )
        other = "emo has a weight but no adapter; choose a refinement of con"
        assert retold(other, known) == other


@pytest.mark.parametrize("original", FAILURES)
def test_every_known_failure_is_told_in_german(original: str) -> None:
    values = dict.fromkeys(("id", "n", "code", "signal", "snapshot", "state", "reasons"), "7")
    with translation.override("de"):
        assert retold(original % values, FAILURES) == translation.gettext(original) % values
        assert translation.gettext(original) != original
