from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from annotate_site.accounts.models import Person, Standing
from annotate_site.annotation.models import Judgement, Lease, Project, Purpose
from annotate_site.annotation.onboarding.tone import tone
from annotate_site.annotation.services.documents import publish_document
from annotate_site.annotation.services.training import training_lease
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, GoldQuestionFactory, completed_lease

pytestmark = pytest.mark.django_db

CONSENT, INSTRUCTIONS, SOUND = "/welcome/consent/", "/welcome/instructions/", "/welcome/sound/"
PRACTICE, TEST, DONE = "/welcome/practice/", "/welcome/test/", "/welcome/done/"
TONE = "/welcome/sound/tone.wav"


@pytest.fixture
def newcomer() -> Person:
    return PersonFactory(standing=Standing.NEW)


@pytest.fixture
def browser(newcomer) -> Client:
    client = Client()
    client.force_login(newcomer)
    return client


@pytest.fixture
def texts():
    for kind in ("consent", "instructions"):
        publish_document(kind=kind, texts={"en": f"The {kind}. <script>x</script>"}, by=None)


@pytest.fixture
def ready(newcomer) -> None:
    """The newcomer has heard the beeps, and nothing has to be listened to."""
    Person.objects.filter(pk=newcomer.pk).update(volume_checked_at=NOON)
    Project.objects.update_or_create(pk=1, defaults={"listen_s": 0})


def now_of(person: Person) -> tuple[object, object, bool, str]:
    person.refresh_from_db()
    checked = person.volume_checked_at is not None
    return person.consent_version, person.instructions_version, checked, person.standing


def beeps_of(client: Client) -> int:
    content = client.get(TONE).content
    return next(beeps for beeps in range(2, 7) if tone(beeps) == content)


def test_the_whole_way_leads_in(browser, newcomer, texts):
    assert browser.get("/judge/")["Location"] == CONSENT
    assert browser.post(CONSENT, {"version": 1, "agrees": "on"})["Location"] == "/judge/"
    assert browser.get("/judge/")["Location"] == INSTRUCTIONS
    assert browser.post(INSTRUCTIONS, {"version": 1})["Location"] == "/judge/"
    assert browser.get("/judge/")["Location"] == SOUND
    assert browser.post(SOUND, {"beeps": beeps_of(browser)})["Location"] == "/judge/"
    assert browser.get("/judge/")["Location"] == DONE
    assert "You are in!" in browser.get(DONE).content.decode()
    assert now_of(newcomer) == (1, 1, True, "active")
    assert newcomer.consented_at is not None
    assert browser.get("/judge/").status_code == 200


@pytest.mark.parametrize("page", [INSTRUCTIONS, SOUND, PRACTICE, TEST, DONE])
def test_no_step_can_be_skipped(browser, newcomer, texts, page):
    GoldQuestionFactory(use=Purpose.PRACTICE)
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    answer = browser.get(page, follow=True)
    assert answer.redirect_chain[-1][0] == CONSENT
    assert Lease.objects.count() == 0
    assert now_of(newcomer) == (None, None, False, "new")


def test_the_text_is_shown_cleaned(browser, texts):
    page = browser.get(CONSENT).content.decode()
    assert "The consent." in page
    assert "<script>x" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"version": 1},
        {"agrees": "on"},
        {"version": "x", "agrees": "on"},
        {"version": "-1", "agrees": "on"},
        {"version": "9" * 400, "agrees": "on"},
        {"version": 2, "agrees": "on"},
    ],
)
def test_consent_is_given_to_what_was_shown_or_not_at_all(browser, newcomer, texts, fields):
    answer = browser.post(CONSENT, fields)
    assert answer.status_code in {200, 409}
    assert now_of(newcomer)[0] is None
    assert browser.get("/judge/")["Location"] == CONSENT


def test_consent_to_a_text_that_has_changed_shows_the_new_one(browser, newcomer, texts):
    publish_document(kind="consent", texts={"en": "The newer one."}, by=None)
    answer = browser.post(CONSENT, {"version": 1, "agrees": "on"})
    page = answer.content.decode()
    assert (answer.status_code, now_of(newcomer)[0]) == (409, None)
    assert "This text has changed in the meantime" in page
    assert "The newer one." in page
    assert '<input type="hidden" name="version" value="2">' in page


def test_a_given_consent_can_be_read_again(browser, newcomer, texts):
    browser.post(CONSENT, {"version": 1, "agrees": "on"})
    page = browser.get(CONSENT).content.decode()
    assert "You agreed to this on" in page
    assert 'name="agrees"' not in page


def test_pages_without_a_text_are_not_there(browser):
    assert browser.get(CONSENT).status_code == 404
    assert browser.get(INSTRUCTIONS).status_code == 404


@pytest.mark.parametrize("beeps", ["", "x", "-1", "1e9", "9" * 400, "0", "60"])
def test_a_wrong_number_of_beeps_does_not_pass(browser, newcomer, beeps):
    assert browser.post(SOUND, {"beeps": beeps}).status_code == 200
    assert now_of(newcomer)[2] is False


def test_the_beeps_change_after_a_wrong_number_only(browser):
    first = beeps_of(browser)
    browser.get(SOUND)
    assert beeps_of(browser) == first
    browser.post(SOUND, {"beeps": 0})
    assert beeps_of(browser) != first


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("", 200, slice(None)),
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=x", 200, slice(None)),
        ("bytes=99999999-", 416, slice(0, 0)),
    ],
)
def test_the_tone_comes_in_ranges_and_is_never_kept(browser, header, status, part):
    answer = browser.get(TONE, headers={"Range": header} if header else {})
    assert answer.status_code == status
    assert answer.content == tone(beeps_of(browser))[part]
    assert "no-store" in answer["Cache-Control"]


def shown_lease(client: Client, page: str) -> Lease:
    assert client.get(page).status_code == 200
    return Lease.objects.get(completed_at=None)


def right(lease: Lease) -> str:
    return "left" if lease.comparison.gold.answers.first().better == lease.left else "right"


def test_practice_tells_after_each_answer(browser, newcomer, ready):
    GoldQuestionFactory(explanation="Because <b>so</b>.")
    lease = shown_lease(browser, PRACTICE)
    assert "painter-" not in browser.get(PRACTICE).content.decode()
    for axis, verdict, told in (("emo", right(lease), "Right!"), ("con", "tie", "Not quite")):
        fields = {"lease": lease.pk, "axis": axis, "verdict": verdict}
        answer = browser.post(PRACTICE, fields, follow=True)
        judgement = Judgement.objects.get(axis=axis)
        assert answer.redirect_chain == [(f"{PRACTICE}{judgement.pk}/", 302)]
        page = answer.content.decode()
        assert told in page
        assert "Because &lt;b&gt;so&lt;/b&gt;." in page
        # Going back and sending once more changes nothing.
        assert browser.post(PRACTICE, fields)["Location"] == f"{PRACTICE}{judgement.pk}/"
    assert Judgement.objects.count() == 2
    assert browser.get("/judge/")["Location"] == DONE


def test_the_test_tells_nothing_and_lets_in_at_the_end(browser, newcomer, ready):
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    lease = shown_lease(browser, TEST)
    for axis in ("emo", "con"):
        fields = {"lease": lease.pk, "axis": axis, "verdict": right(lease)}
        assert browser.post(TEST, fields)["Location"] == TEST
    assert browser.get(TEST)["Location"] == "/judge/"
    assert "2 of 2 answers of the test right" in browser.get(DONE).content.decode()
    assert now_of(newcomer)[3] == "active"
    assert browser.get(DONE).status_code == 200  # A reload.


def test_who_fails_the_test_reads_a_kind_page_and_gets_no_work(browser, newcomer, ready):
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    lease = shown_lease(browser, TEST)
    for axis in ("emo", "con"):
        browser.post(TEST, {"lease": lease.pk, "axis": axis, "verdict": "cannot_tell"})
    answer = browser.get(DONE, follow=True)
    assert answer.redirect_chain == [("/welcome/closed/", 302)]
    assert "Thank you for your time" in answer.content.decode()
    assert now_of(newcomer)[3] == "failed"
    assert browser.get("/judge/")["Location"] == "/welcome/closed/"
    assert browser.get(TEST, follow=True).redirect_chain[-1][0] == "/welcome/closed/"


def test_who_is_paused_is_told_so(browser, newcomer):
    Person.objects.filter(pk=newcomer.pk).update(standing=Standing.PAUSED)
    assert "A short pause" in browser.get("/judge/", follow=True).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"axis": "cre"},
        {"axis": "x" * 9_000},
        {"axis": "con"},
        {"verdict": "both"},
        {"verdict": ""},
        {"lease": "x"},
        {"lease": str(uuid4())},
        {"response_ms": "-1"},
        {"listened_share": "2"},
        {"listened_share": "nan"},
    ],
)
def test_a_bad_answer_is_refused_with_a_sentence_and_stores_nothing(
    browser, newcomer, ready, fields
):
    GoldQuestionFactory()
    lease = shown_lease(browser, PRACTICE)
    given = {"lease": lease.pk, "axis": "emo", "verdict": "left"} | fields
    answer = browser.post(PRACTICE, given, follow=True)
    assert answer.redirect_chain == [(PRACTICE, 302)]
    assert '<li class="error">' in answer.content.decode()
    assert Judgement.objects.count() == 0


def test_an_answer_without_listening_is_refused(browser, newcomer, ready):
    Project.objects.update(listen_s=60)
    GoldQuestionFactory()
    lease = shown_lease(browser, PRACTICE)
    fields = {"lease": lease.pk, "axis": "emo", "verdict": "left", "listened_share": "1"}
    answer = browser.post(PRACTICE, fields, follow=True)
    assert "Listen a little longer before you answer." in answer.content.decode()
    assert Judgement.objects.count() == 0


def test_foreign_pairs_and_answers_are_closed(browser, newcomer, ready):
    other = PersonFactory(standing=Standing.NEW)
    GoldQuestionFactory()
    foreign = training_lease(annotator=other, purpose=Purpose.PRACTICE, now=NOON)
    fields = {"lease": foreign.pk, "axis": "emo", "verdict": "left"}
    browser.post(PRACTICE, fields)
    assert not foreign.judgements.exists()
    theirs = Client()
    theirs.force_login(other)
    Lease.objects.update(opens_at=timezone.now() - timedelta(seconds=1))
    told = theirs.post(PRACTICE, fields)["Location"]
    assert browser.get(told).status_code == 404
    assert theirs.get(told).status_code == 200
    work = completed_lease(annotator=newcomer).judgements.first()
    assert browser.get(f"{PRACTICE}{work.pk}/").status_code == 404


def test_a_training_pair_never_comes_up_on_the_judging_page(browser, newcomer, ready):
    GoldQuestionFactory()
    lease = shown_lease(browser, PRACTICE)
    assert browser.get("/judge/")["Location"] == PRACTICE
    assert Lease.objects.get() == lease


def test_the_pages_are_for_people_with_an_account(texts):
    for page in (CONSENT, INSTRUCTIONS, SOUND, TONE, PRACTICE, TEST, DONE, "/welcome/closed/"):
        assert Client().get(page)["Location"] == f"/sign-in/?next={page}"


def test_forms_need_the_csrf_token(newcomer, texts):
    client = Client(enforce_csrf_checks=True)
    client.force_login(newcomer)
    for page in (CONSENT, INSTRUCTIONS, SOUND, PRACTICE, TEST):
        assert client.post(page, {"version": 1, "agrees": "on"}).status_code == 403
    assert now_of(newcomer) == (None, None, False, "new")
