"""Statements of the hot path: written as SQL, planned once per connection, sent in one round trip.

Django's own cursors put the values into the text, so that PostgreSQL plans every statement anew.
These go through a cursor that binds on the server; psycopg prepares what is sent repeatedly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model


def rows_of(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Execute a statement and return its rows. Tests that count queries see it like any other."""
    connection.ensure_connection()
    database = cast(Any, connection)
    with database.wrap_database_errors:
        bare = ServerBindingCursor(database.connection)
    wrap = database.make_debug_cursor if database.queries_logged else database.make_cursor
    with wrap(bare) as cursor:
        cursor.execute(statement, parameters)
        return cast(list[tuple[Any, ...]], cursor.fetchall())


class Columns:
    """The columns of a model under the name that a statement gives its table.

    JSON columns and those of `without` are left out; Django loads them when somebody asks.
    """

    def __init__(self, model: type[Model], alias: str, *, without: Iterable[str] = ()) -> None:
        fields = [
            field
            for field in model._meta.concrete_fields
            if field.name not in set(without) and field.get_internal_type() != "JSONField"
        ]
        self.model = model
        self.names = [field.attname for field in fields]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def __len__(self) -> int:
        return len(self.names)

    def row(self, values: Iterable[Any]) -> Any:
        return self.model.from_db("default", self.names, list(values))
