"""The database guards what the models promise: a migration may lose an index without a word.

Taking the index from a foreign key, for one, also drops every unique constraint on that column
alone that has a condition.
"""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if model.__module__.startswith("annotate_site.")],
    ids=lambda model: model._meta.label,
)
def test_constraints_and_indexes_of_the_models_are_in_the_database(model) -> None:
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    wanted = {one.name for one in (*model._meta.constraints, *model._meta.indexes)}
    assert wanted - there.keys() == set()
