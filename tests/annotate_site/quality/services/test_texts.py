from __future__ import annotations

import pytest

from annotate_site.annotation.models import Document
from annotate_site.annotation.services.documents import newest_versions
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from annotate_site.quality.selectors.texts import diff_lines, texts_to_edit
from annotate_site.quality.services.texts import publish_text, texts_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_published():
    Document.objects.all().delete()


def test_versions_follow_each_other_in_all_languages(manager) -> None:
    publish_text(kind="consent", texts={"en": "Yes?", "de": "Ja?"}, based_on=0, by=manager)
    publish_text(kind="consent", texts={"en": "Yes?\r\nNo?", "de": ""}, based_on=1, by=manager)
    assert texts_of("consent", 1) == {"de": "Ja?\n", "en": "Yes?\n"}
    assert texts_of("consent", 2) == {"en": "Yes?\nNo?\n"}
    assert [event.action for event in AuditEvent.objects.all()] == ["document.published"] * 2
    newest, texts = texts_to_edit("consent")
    assert (newest, texts["en"], texts["de"]) == (2, "Yes?\nNo?\n", "")


def test_a_version_that_somebody_else_has_replaced_is_refused(manager) -> None:
    publish_text(kind="consent", texts={"en": "Yes?"}, based_on=0, by=manager)
    with pytest.raises(Refused, match="version 1 has been published since you opened version 0"):
        publish_text(kind="consent", texts={"en": "Maybe?"}, based_on=0, by=manager)
    assert newest_versions() == {"consent": 1}


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("poem", {"en": "Roses"}),
        ("consent", {"en": "   "}),
        ("consent", {"en": "x" * 50_001}),
        ("consent", {"en": "a\0b"}),
        ("consent", {}),
    ],
)
def test_senseless_texts_are_refused(manager, kind, texts) -> None:
    with pytest.raises(Refused):
        publish_text(kind=kind, texts=texts, based_on=0, by=manager)
    assert Document.objects.count() == 0


def test_the_same_text_is_no_new_version(manager) -> None:
    publish_text(kind="consent", texts={"en": "Yes?"}, based_on=0, by=manager)
    with pytest.raises(Refused, match="nothing has changed"):
        publish_text(kind="consent", texts={"en": "Yes?  "}, based_on=1, by=manager)


def test_differences_are_told_line_by_line() -> None:
    assert diff_lines("one\ntwo\nthree\n", "one\n2\nthree\nfour\n") == [
        ("", "one"),
        ("del", "two"),
        ("ins", "2"),
        ("", "three"),
        ("ins", "four"),
    ]
