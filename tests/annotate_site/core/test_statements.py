from __future__ import annotations

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from annotate_site.accounts.models import Person
from annotate_site.core.statements import Columns, Statement
from tests.factories.accounts import PersonFactory

pytestmark = pytest.mark.django_db


def test_statement_binds_each_name_wherever_it_stands():
    statement = Statement("SELECT %(a)s::int + %(b)s::int,\n  %(a)s::int")

    assert statement.rows({"b": 2, "a": 1, "unused": 9}) == [(3, 1)]


def test_statement_takes_values_as_values():
    hostile = "'; DROP TABLE accounts_person; --"

    assert Statement("SELECT %(text)s::text").rows({"text": hostile}) == [(hostile,)]
    assert Person.objects.count() == 0


def test_statement_is_seen_by_tests_that_count():
    with CaptureQueriesContext(connection) as queries:
        Statement("SELECT 1").rows({})

    assert [query["sql"] for query in queries] == ["SELECT 1"]


def test_statement_raises_what_django_raises():
    person = PersonFactory()

    with pytest.raises(IntegrityError):
        Statement("UPDATE accounts_person SET weight = -1 WHERE id = %(id)s RETURNING id").rows(
            {"id": person.pk}
        )


def test_columns_make_a_row_of_a_model_and_leave_the_rest_to_be_loaded(django_assert_num_queries):
    person = PersonFactory()
    columns = Columns(Person, "person", only=("username", "role"))
    (row,) = Statement(f"SELECT {columns.sql} FROM accounts_person AS person").rows({})

    with django_assert_num_queries(0):
        loaded = columns.row(row)
        assert (loaded, loaded.username, loaded.role) == (person, person.username, person.role)
    with django_assert_num_queries(1):
        assert loaded.pseudonym == person.pseudonym
