"""Every text that a page marks for translation has its German words, and they are compiled."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation

from annotate_site.annotation.axes import QUESTIONS
from annotate_site.annotation.page_words import page_words

SITE = Path(__file__).resolve().parents[2] / "annotate_site"
GERMAN = SITE / "locale" / "de" / "LC_MESSAGES"
NEEDS_GETTEXT = pytest.mark.skipif(
    shutil.which("msgfmt") is None, reason="GNU gettext is missing: apt-get install gettext"
)


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def messages(catalogue: Path) -> set[str]:
    """The original texts of a catalogue, one line each."""
    text = run("msgcat", "--no-wrap", "--no-location", catalogue)
    return set(re.findall(r'^msgid "(.+)"$', text, re.MULTILINE))


def collected(folder: Path) -> set[str]:
    """What makemessages finds in a copy of the site."""
    copy = folder / "annotate_site"
    wanted = shutil.ignore_patterns("*.mo", "demo", "vendor", "__pycache__")
    shutil.copytree(SITE, copy, ignore=wanted)
    script = (
        "import django; from django.conf import settings;"
        "settings.configure(USE_I18N=True); django.setup();"
        "from django.core.management import call_command;"
        "call_command('makemessages', locale=['de'], no_obsolete=True, verbosity=0)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=copy, check=True)
    return messages(copy / "locale" / "de" / "LC_MESSAGES" / "django.po")


@NEEDS_GETTEXT
def test_every_marked_text_is_in_the_german_catalogue(tmp_path: Path) -> None:
    assert sorted(collected(tmp_path) - messages(GERMAN / "django.po")) == []


@NEEDS_GETTEXT
@pytest.mark.parametrize("kind", ["--untranslated", "--only-fuzzy"])
def test_no_german_text_is_missing_or_doubtful(kind: str) -> None:
    assert run("msgattrib", kind, "--no-obsolete", GERMAN / "django.po") == ""


@NEEDS_GETTEXT
def test_the_compiled_catalogue_is_the_written_one(tmp_path: Path) -> None:
    run("msgfmt", "--check-format", "-o", tmp_path / "django.mo", GERMAN / "django.po")
    assert run("msgunfmt", GERMAN / "django.mo") == run("msgunfmt", tmp_path / "django.mo")


def test_the_questions_have_their_stress_in_every_language() -> None:
    with translation.override("de"):
        said = [
            (str(question.before), str(question.stress), str(question.after), question.text)
            for question in QUESTIONS.values()
        ]
    assert said[0] == (
        "Welches Bild passt besser zur ",
        "Stimmung",
        " der Musik?",
        "Welches Bild passt besser zur Stimmung der Musik?",
    )
    assert all(stress and "*" not in text for _, stress, _, text in said)


def test_the_words_of_the_scripts_keep_their_places_in_german() -> None:
    english = page_words()
    with translation.override("de"):
        german = page_words()
    places = {name: _places(words) for name, words in english.items()}
    assert {name: _places(words) for name, words in german.items()} == places


def _places(words: str | list[str]) -> list[set[str]]:
    texts = [words] if isinstance(words, str) else words
    return [set(re.findall(r"%\((\w+)\)s", text)) for text in texts]
