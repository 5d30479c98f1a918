from __future__ import annotations

import pytest

from annotate_site.annotation.axes import questions_of
from annotate_site.annotation.models import Project
from annotate_site.annotation.services import current_project
from annotate_site.core.exceptions import Refused
from annotate_site.core.models import AuditEvent
from annotate_site.quality.services.project import Stale, change_project, stored_project

pytestmark = pytest.mark.django_db


def test_change_is_stored_and_told_in_the_log(manager) -> None:
    project = stored_project()
    change_project(
        by=manager, values={"overlap_emo": 5, "extends": False}, seen_at=project.updated_at
    )
    assert Project.objects.get().overlap_emo == 5
    (event,) = AuditEvent.objects.all()
    assert (event.actor, event.action, event.subject) == (manager, "project.changed", "MusePainter")
    assert (event.before, event.after) == ({"overlap_emo": 3}, {"overlap_emo": 5})


def test_a_second_manager_does_not_overwrite_the_first(manager) -> None:
    seen_at = stored_project().updated_at
    change_project(by=manager, values={"overlap_emo": 5}, seen_at=seen_at)
    with pytest.raises(Stale, match="somebody else has changed the settings"):
        change_project(by=manager, values={"overlap_emo": 7}, seen_at=seen_at)
    assert Project.objects.get().overlap_emo == 5
    assert AuditEvent.objects.count() == 1


def test_saving_what_is_there_leaves_no_trace(manager) -> None:
    project = stored_project()
    change_project(by=manager, values={"overlap_emo": 3}, seen_at=project.updated_at)
    assert AuditEvent.objects.count() == 0
    assert Project.objects.get().updated_at == project.updated_at


def test_unknown_settings_are_refused(manager) -> None:
    project = stored_project()
    with pytest.raises(Refused, match="'updated_at' is no setting"):
        change_project(by=manager, values={"updated_at": None}, seen_at=project.updated_at)


def test_own_words_are_asked_and_the_rest_stays_built_in(manager) -> None:
    change_project(
        by=manager,
        values={"questions": {"emo": {"question": "Which one *feels* right?", "label": "Mood"}}},
        seen_at=stored_project().updated_at,
    )
    assert current_project().questions != {}
    asked = questions_of(current_project())
    assert (asked["emo"].label, asked["emo"].text) == ("Mood", "Which one feels right?")
    assert (asked["emo"].before, asked["emo"].stress, asked["emo"].after) == (
        "Which one ",
        "feels",
        " right?",
    )
    assert asked["emo"].definition.startswith("Go by the mood alone")
    assert asked["con"].label == "Content"
