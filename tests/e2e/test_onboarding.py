"""A newcomer follows an invitation to the first comparison, and deletes the account again."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotate_site.accounts.models import Cohort, Person, Role, Standing
from annotate_site.accounts.services import create_invitation
from annotate_site.annotation.models import GoldQuestion, Judgement, Lease, Purpose
from annotate_site.annotation.onboarding.tone import tone
from annotate_site.annotation.services.documents import publish_default_documents
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import ComparisonFactory, GoldQuestionFactory, completed_lease

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PASSWORD = "quiet-harbour-7"
SETTLED_MS = 350


@pytest.fixture
def link() -> str:
    publish_default_documents()
    GoldQuestionFactory(use=Purpose.PRACTICE)
    GoldQuestionFactory(use=Purpose.QUALIFICATION)
    ComparisonFactory(overlap=1)
    made = create_invitation(
        by=PersonFactory(role=Role.MANAGER),
        role=Role.ANNOTATOR,
        cohort=Cohort.objects.create(name="spring"),
        now=timezone.now(),
    )
    return f"/join/{made.token}/?PROLIFIC_PID=p-1"


def sign_up(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()


def read_and_agree(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you take part")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Take part").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How it works")
    page.get_by_role("button", name="go on").click()


def count_beeps(page: Page) -> None:
    """What a person hears is compared with what the site can render."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Can you hear this?")
    source = page.locator("audio").get_attribute("src")
    heard = page.request.get(source).body()
    beeps = next(number for number in range(2, 7) if tone(number) == heard)
    expect(page.locator("audio")).to_have_js_property("error", None)
    page.get_by_label("How many beeps did you hear?").fill(str(beeps))
    page.get_by_role("button", name="go on").click()


def listen(page: Page) -> None:
    """Until the gate is open. After the first answer to a pair it is open at once."""
    button = page.locator("#answer button[value=left]")
    if button.get_attribute("aria-disabled") == "true":
        page.locator("#audio").evaluate("audio => audio.play()")
    expect(button).to_have_attribute("aria-disabled", "false")
    page.wait_for_timeout(SETTLED_MS)


def right_answer() -> str:
    lease = Lease.objects.get(completed_at=None)
    question = GoldQuestion.objects.get(comparison=lease.comparison_id)
    return "left" if question.answers.first().better == lease.left else "right"


def expect_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_newcomer_comes_from_the_invitation_to_the_first_comparison(new_page, link, size):
    page = new_page(**size)
    sign_up(page, link)
    expect_no_sideways_scroll(page)
    read_and_agree(page)
    count_beeps(page)

    expect(page.locator("#question")).to_contain_text("feeling")
    expect_no_sideways_scroll(page)
    listen(page)
    verdict = right_answer()
    if size is DESKTOP:
        page.keyboard.press({"left": "ArrowLeft", "right": "ArrowRight"}[verdict])
    else:
        page.locator(f"#answer button[value={verdict}]").tap()
    expect(page.locator(".told")).to_contain_text("Right!")
    page.reload()  # Whatever is reloaded stays.
    expect(page.locator(".told")).to_contain_text("The other one is spoilt.")
    page.get_by_role("link", name="Go on").click()
    expect(page.locator("#question")).to_contain_text("what the music is about")
    listen(page)
    page.get_by_role("button", name="Equal").click()
    expect(page.locator(".told")).to_contain_text("Not quite")
    page.get_by_role("link", name="Go on").click()

    expect(page.get_by_text("a short test")).to_be_visible()
    verdict = right_answer()
    for topic in ("feeling", "what the music is about"):
        expect(page.locator("#question")).to_contain_text(topic)
        listen(page)
        page.locator(f"#answer button[value={verdict}]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in!")
    page.get_by_role("link", name="To the first comparison").click()
    expect(page).to_have_url("/judge/")
    expect(page.locator("#answer-left")).to_be_visible()

    person = Person.objects.get(username="ada")
    assert (person.standing, person.external_id, person.cohort.name) == (
        Standing.ACTIVE,
        "p-1",
        "spring",
    )
    assert (person.consent_version, person.instructions_version) == (1, 1)
    answer = Judgement.objects.filter(lease__purpose=Purpose.PRACTICE).order_by("created_at")[0]
    assert answer.response_ms > 1000
    assert answer.listened_share > 0.5


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_annotator_looks_at_the_own_work_takes_the_data_and_leaves(new_page, size):
    person = PersonFactory(username="ada")
    completed_lease(annotator=person)
    page = new_page(**size)
    page.goto("/you/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#own-comparisons")).to_have_text("1")
    expect_no_sideways_scroll(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all that is stored about you").click()
    assert download.value.suggested_filename.endswith(".zip")

    page.get_by_role("link", name="Delete your account").click()
    expect_no_sideways_scroll(page)
    page.get_by_label("Withdraw them").check()
    page.get_by_label("Your password, to be sure").fill("correct-horse")
    page.get_by_role("button", name="Delete my account for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Goodbye, and thank you")
    page.goto("/you/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    person.refresh_from_db()
    assert (person.weight, person.is_active) == (0, False)
    assert Judgement.objects.filter(lease__annotator=person).count() == 3
