from __future__ import annotations

import re

import pytest

from annotate_site.annotation.models import Project
from annotate_site.core.models import AuditEvent
from annotate_site.quality.forms.project import ProjectForm
from annotate_site.quality.services.project import change_project, stored_project, values_of
from tests.factories.annotation import ComparisonFactory

pytestmark = pytest.mark.django_db

PAGE = "/project/settings/"


def shown_values(site) -> dict[str, object]:
    """What a browser would send back unchanged."""
    form = site.get(PAGE).context["form"]
    values = {field.html_name: field.value() for field in form}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def errors_of(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_every_setting_is_in_a_group_of_the_form(site) -> None:
    form = site.get(PAGE).context["form"]
    grouped = {field.html_name for _, fields in form.groups() for field in fields}
    assert grouped == set(values_of(Project())) - {"questions"}
    assert all(field.help_text and field.label for _, fields in form.groups() for field in fields)


def test_sending_the_page_back_changes_nothing(site) -> None:
    response = site.post(PAGE, shown_values(site))
    assert (response.status_code, response.context["differences"]) == (200, [])
    site.post(PAGE, {**shown_values(site), "save": "1"})
    assert AuditEvent.objects.count() == 0


def test_a_change_is_explained_before_it_is_saved(site) -> None:
    ComparisonFactory(overlap=3)
    values = {**shown_values(site), "overlap_cre": "5"}
    (difference,) = site.post(PAGE, values).context["differences"]
    assert (difference.label, difference.before, difference.after) == (
        "Annotators for appeal",
        "3",
        "5",
    )
    assert difference.meaning == (
        "Holds for comparisons published from now on. The 3 places that are open stay."
    )
    assert Project.objects.get().overlap_cre == 3
    response = site.post(PAGE, {**values, "save": "1"})
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert Project.objects.get().overlap_cre == 5


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("overlap_emo", "0", "Ensure this value is greater than or equal to 1."),
        ("overlap_emo", "51", "Ensure this value is less than or equal to 50."),
        ("overlap_emo", "many", "Enter a whole number."),
        ("overlap_emo", "", "This field is required."),
        ("most_overlap", "2", "2 is less than the 3 annotators that a question has anyway."),
        ("gold_share", "1.01", "Ensure this value is less than or equal to 1.0."),
        ("gold_share", "-0.1", "Ensure this value is greater than or equal to 0.0."),
        ("repeat_share", "nan", "Enter a number."),
        ("qualify_share", "inf", "Enter a number."),
        ("listen_s", "601", "Ensure this value is less than or equal to 600."),
        ("listen_s", "-1", "Ensure this value is greater than or equal to 0."),
        ("gold_window", "0", "At least 1."),
        ("practice_pairs", "1001", "At most 1000."),
        ("daily_cap", "-5", "Ensure this value is greater than or equal to 0."),
        ("pay_per_comparison", "-1", "Pay cannot be negative."),
        ("pay_per_comparison", "0.00001", "Ensure that there are no more than 3 decimal places."),
        ("pairing", "none", "Select a valid choice. none is not one of the available choices."),
        ("topic_order", "x", "Select a valid choice. x is not one of the available choices."),
        ("title", "x" * 101, "Ensure this value has at most 100 characters (it has 101)."),
        ("emo_question", "No stress?", "Put exactly one word or phrase between two asterisks."),
        ("con_question", "a *b* *c*?", "Put exactly one word or phrase between two asterisks."),
        ("cre_question", "empty ** one", "Put exactly one word or phrase between two asterisks."),
        ("emo_label", "x" * 25, "Ensure this value has at most 24 characters (it has 25)."),
        ("con_example", "x" * 301, "Ensure this value has at most 300 characters (it has 301)."),
        ("title", "a\0b", "Null characters are not allowed."),
        ("seen_at", "yesterday", "Enter a valid date/time."),
        ("seen_at", "", "This field is required."),
    ],
)
def test_bad_values_are_refused_and_nothing_is_stored(site, name, value, message) -> None:
    before = Project.objects.values().first()
    response = site.post(PAGE, {**shown_values(site), name: value, "save": "1"})
    assert (response.status_code, errors_of(response)) == (422, {name: [message]})
    assert Project.objects.values().first() in (before, Project.objects.values().get())
    assert AuditEvent.objects.count() == 0


def test_two_managers_do_not_overwrite_each_other(site, manager) -> None:
    mine = {**shown_values(site), "overlap_emo": "5"}
    change_project(by=manager, values={"gold_share": 0.2}, seen_at=stored_project().updated_at)
    response = site.post(PAGE, {**mine, "save": "1"})
    assert response.status_code == 409
    # What the other did is named, and my page would take it back: both are to be seen.
    assert [event.after for event in response.context["others"]] == [{"gold_share": 0.2}]
    assert {row.label: (row.before, row.after) for row in response.context["differences"]} == {
        "Annotators for feeling": ("3", "5"),
        "Known answers later": ("0.2", "0.05"),
    }
    assert Project.objects.get().overlap_emo == 3
    again = {**mine, "gold_share": "0.2", "save": "1"}
    again["seen_at"] = response.context["form"]["seen_at"].value()
    assert site.post(PAGE, again).status_code == 302
    project = Project.objects.get()
    assert (project.overlap_emo, project.gold_share) == (5, 0.2)


def test_own_words_are_stored_previewed_and_dropped_again(site, text_of) -> None:
    question = "Which one *feels* <b>right</b>?"
    values = {**shown_values(site), "emo_question": question, "emo_label": "Mood"}
    page = text_of(site.post(PAGE, values))
    assert "Which one <em>feels</em> &lt;b&gt;right&lt;/b&gt;?" in page
    site.post(PAGE, {**values, "save": "1"})
    assert Project.objects.get().questions == {"emo": {"question": question, "label": "Mood"}}
    plain = {**shown_values(site), "emo_question": "", "emo_label": "Feeling", "save": "1"}
    site.post(PAGE, plain)
    assert Project.objects.get().questions == {}


def test_fields_that_nobody_offers_are_not_stored(site) -> None:
    values = {**shown_values(site), "id": "2", "questions": '{"emo": 1}', "save": "1"}
    site.post(PAGE, values)
    assert list(Project.objects.values_list("id", "questions")) == [(1, {})]


def test_an_oversized_body_is_refused(site) -> None:
    values = {**shown_values(site), "title": "x" * (2 << 20)}
    assert site.post(PAGE, values).status_code == 400


def test_help_is_tied_to_its_field(site) -> None:
    html = site.get(PAGE).content.decode()
    for target in re.findall(r'aria-describedby="([^"]+)"', html):
        assert f'id="{target}"' in html, target
    assert set(ProjectForm(instance=stored_project()).fields) >= {"emo_question", "cre_example"}
