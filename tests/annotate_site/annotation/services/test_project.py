from __future__ import annotations

import pytest

from annotate_site.annotation.models import Project
from annotate_site.annotation.services import current_project, forget_project
from tests.annotate_site.annotation.services.projects import project_with

pytestmark = pytest.mark.django_db


def test_current_project_makes_its_row_once_with_the_installations_settings(settings):
    settings.OVERLAP, settings.LISTEN_SECONDS = 4, 7

    assert current_project() == current_project() == Project.objects.get()
    project = current_project()
    assert (project.overlap_emo, project.overlap_cre, project.listen_s) == (4, 4, 7.0)


def test_current_project_is_read_once_in_a_while(settings, django_assert_num_queries):
    settings.PROJECT_CACHE_SECONDS = 60
    forget_project()
    current_project()

    with django_assert_num_queries(0):
        current_project()
    project_with(title="Changed elsewhere")
    assert current_project().title == "MusePainter"
    forget_project()
    assert current_project().title == "Changed elsewhere"
    forget_project()
