from __future__ import annotations

import re
from pathlib import Path

from django.utils import translation

import annotate_site
from annotate_site.quality.log_words import ACTIONS, action_words

SITE = Path(annotate_site.__file__).parent
# As they stand where audit.record is called: `person.paused`, in quotes.
SPOKEN = re.compile(r'"((?:cohort|comparison|document|gold|invitation|person|project)\.[a-z_]+)"')


def test_every_action_of_the_log_has_words_in_both_languages() -> None:
    spoken = {
        action
        for path in SITE.rglob("*.py")
        if path.name not in {"log_words.py", "urls.py"} and "migrations" not in path.parts
        for action in SPOKEN.findall(path.read_text())
        if not action.endswith(".html")
    }
    assert spoken == set(ACTIONS)
    with translation.override("de"):
        assert [action for action, words in ACTIONS.items() if action_words(action) == words] == []


def test_an_action_of_before_is_shown_as_it_was_stored() -> None:
    assert action_words("moon.painted") == "moon.painted"
