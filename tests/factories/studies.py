"""Likert studies."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from annotate_site.studies.models import Study


class StudyFactory(DjangoModelFactory):
    """An open study with two questions on a scale from 1 to 10."""

    class Meta:
        model = Study

    title = factory.Sequence(lambda number: f"Study {number}")
    questions = factory.LazyFunction(lambda: ["Does it fit?", "Is it beautiful?"])
    is_open = True
