from __future__ import annotations

import csv
import io
import json
import zipfile
from random import Random

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Cohort, Person, Role
from annotate_site.accounts.services import create_token
from annotate_site.annotation.models import GIVEN_BACK, Judgement, Lease, Purpose, Skip
from annotate_site.annotation.services import current_project
from annotate_site.annotation.services.documents import publish_document
from annotate_site.core import audit
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import LeaseFactory, completed_lease

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse"
WORK, EXPORT, DELETE = "/you/", "/you/export/", "/you/delete/"


@pytest.fixture
def person() -> Person:
    return PersonFactory(username="ada")


@pytest.fixture
def browser(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("count", [1, 3])
def test_your_work_takes_the_same_number_of_queries(
    person, browser, count, django_assert_num_queries: DjangoAssertNumQueries
):
    for _ in range(count):
        completed_lease(annotator=person)
    current_project()  # Its row is made when it is first asked for.

    # Session, person, versions of the texts, leases, answers by axis, median, project, agreement.
    with django_assert_num_queries(8):
        browser.get(WORK)


def test_your_work_shows_own_numbers_and_nobody_elses(person, browser):
    completed_lease(annotator=person)
    for _ in range(3):
        completed_lease()
    page = browser.get(WORK).content.decode()
    assert '<b id="own-comparisons">1</b>' in page
    assert "2.5 s" in page
    assert "painter-" not in page


def test_your_work_shows_the_code_once_it_is_earned(person, browser):
    cohort = Cohort.objects.create(name="a", completion_code="C0DE", comparisons_due=2)
    Person.objects.filter(pk=person.pk).update(cohort=cohort)
    completed_lease(annotator=person)
    page = browser.get(WORK).content.decode()
    assert "after one more comparison" in page
    assert "C0DE" not in page
    completed_lease(annotator=person)
    assert '<p class="code" id="completion-code">C0DE</p>' in browser.get(WORK).content.decode()


def test_your_work_leads_to_the_texts_that_there_are(browser):
    assert "/welcome/consent/" not in browser.get(WORK).content.decode()
    publish_document(kind="consent", texts={"en": "x"}, by=None)
    assert "/welcome/consent/" in browser.get(WORK).content.decode()


def exported(client: Client) -> dict[str, str]:
    answer = client.get(EXPORT)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith('attachment; filename="musepainter-my-data-')
    assert answer.streaming
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_holds_all_about_the_person_and_nothing_of_others(person, browser):
    Person.objects.filter(pk=person.pk).update(external_id="p-1")
    lease = completed_lease(annotator=person)
    stranger = completed_lease()
    skipped = LeaseFactory(annotator=person)
    Skip.objects.create(lease=skipped, reason="other", note='=HYPERLINK("x"), "ü"\n')
    Skip.objects.create(lease=LeaseFactory(), reason="other", note="not mine")
    plain = create_token(person=person, days=1)
    create_token(person=stranger.annotator, days=1)
    audit.record(actor=None, action="person.paused", subject=person)
    audit.record(actor=None, action="person.paused", subject=stranger.annotator)
    files = exported(browser)
    account = json.loads(files["account.json"])
    assert (account["username"], account["external_id"]) == ("ada", "p-1")
    assert account["pseudonym"] == str(person.pseudonym)
    answers = rows(files["answers.csv"])
    assert [row["axis"] for row in answers] == ["emo", "con", "cre"]
    assert answers[0]["left_picture"] == str(lease.comparison.first_id)
    assert [json.loads(line)["axis"] for line in files["answers.json"].splitlines()] == [
        row["axis"] for row in answers
    ]
    (skip,) = rows(files["skips.csv"])
    assert skip["note"] == '\'=HYPERLINK("x"), "ü"\n'
    assert [row["action"] for row in rows(files["events.csv"])] == ["person.paused"]
    assert len(rows(files["tokens.csv"])) == 1
    everything = "".join(files.values())
    for secret in (plain, person.password, str(stranger.comparison_id), "painter-", "not mine"):
        assert secret not in everything


def test_the_export_does_not_tell_known_answers_from_work(person, browser):
    lease = completed_lease(annotator=person)
    Lease.objects.filter(pk=lease.pk).update(slot=None, purpose=Purpose.GOLD)
    files = exported(browser)
    assert {row["part_of"] for row in rows(files["answers.csv"])} == {"work"}
    assert "gold" not in "".join(files.values())


def test_the_export_of_a_newcomer_is_a_whole_zip(browser):
    files = exported(browser)
    assert files["answers.csv"] == ""
    assert "What this site stores about you" in files["README.txt"]


def test_the_export_explains_itself_in_the_language_of_the_page(browser):
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert "Was diese Website über dich speichert" in exported(browser)["README.txt"]


def test_a_large_export_comes_in_pieces(person, browser):
    lease = completed_lease(annotator=person)
    rng = Random(1)
    facts = {"lease": lease, "axis": "emo", "verdict": "left", "topic_position": 0}
    Judgement.objects.bulk_create(
        Judgement(**facts, undone_at=lease.opens_at, response_ms=rng.randrange(10**6))
        for _ in range(8_000)
    )
    pieces = list(browser.get(EXPORT))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 200_000


def delete(client: Client, **fields: str):
    return client.post(DELETE, {"password": PASSWORD, "answers": "keep"} | fields)


def test_deleting_the_account_says_goodbye_and_keeps_nameless_answers(person, browser):
    lease = completed_lease(annotator=person)
    waiting = LeaseFactory(annotator=person, slot__held_until=lease.expires_at)
    Skip.objects.create(lease=waiting, reason="other", note="call me on 555")
    page = browser.get(DELETE).content.decode()
    assert "Your answers stay, under a random number" in page
    assert delete(browser)["Location"] == "/goodbye/"
    person.refresh_from_db()
    assert person.username.startswith("deleted-")
    assert (person.weight, person.is_active) == (1.0, False)
    assert lease.judgements.count() == 3
    waiting.refresh_from_db()
    assert (waiting.lost_at is not None, waiting.slot.held_until) == (True, GIVEN_BACK)
    assert Skip.objects.get().note == ""
    assert browser.get(WORK)["Location"] == f"/sign-in/?next={WORK}"
    assert "Your account is gone" in browser.get("/goodbye/").content.decode()


def test_withdrawn_answers_weigh_nothing(person, browser):
    delete(browser, answers="withdraw")
    person.refresh_from_db()
    assert person.weight == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "wrong"},
        {"password": ""},
        {"password": "x" * 5_000},
        {"password": "\0"},
        {"answers": ""},
        {"answers": "burn"},
    ],
)
def test_deletion_wants_the_password_and_a_choice(person, browser, fields):
    assert delete(browser, **fields).status_code == 200
    person.refresh_from_db()
    assert (person.username, person.deleted_at) == ("ada", None)


def test_guessing_the_password_on_an_open_screen_is_slowed_down(person, browser):
    for _ in range(10):
        delete(browser, password="wrong")
    assert "Too many wrong passwords" in delete(browser).content.decode()
    person.refresh_from_db()
    assert person.deleted_at is None


def test_looking_at_the_page_or_a_forged_form_deletes_nothing(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    client.get(DELETE, {"password": PASSWORD, "answers": "keep"})
    assert delete(client).status_code == 403
    person.refresh_from_db()
    assert person.deleted_at is None


def test_the_last_admin_is_told_why_the_account_stays():
    admin = PersonFactory(role=Role.ADMIN)
    client = Client()
    client.force_login(admin)
    assert "You are the only admin" in delete(client).content.decode()
    admin.refresh_from_db()
    assert admin.deleted_at is None


def test_own_pages_are_for_people_with_an_account():
    for page in (WORK, EXPORT, DELETE):
        assert Client().get(page)["Location"] == f"/sign-in/?next={page}"
