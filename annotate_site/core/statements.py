"""Statements of the hot path: written as SQL, planned once per connection, sent in one round trip.

Django's own cursors put the values into the text, so that PostgreSQL plans every statement anew.
These are bound on the server, and psycopg prepares what is sent more than once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.db import connection
from django.db.models import Model
from psycopg import RawCursor

_PLACE = re.compile(r"%\((\w+)\)s")


class Statement:
    """SQL with places for values: `%(name)s`. What it is read into is done here, once."""

    def __init__(self, sql: str) -> None:
        self.names = list(dict.fromkeys(_PLACE.findall(sql)))
        numbered = _PLACE.sub(lambda found: f"${self.names.index(found[1]) + 1}", sql)
        self.text = " ".join(numbered.split()).encode()

    def rows(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute it and return its rows. Tests that count queries see it like any other."""
        database = cast(Any, connection)
        database.ensure_connection()
        in_order = [values[name] for name in self.names]
        with database.wrap_database_errors:
            cursor = RawCursor(database.connection)
            if database.queries_logged:
                cursor = database.make_debug_cursor(cursor)
            with cursor:
                cursor.execute(self.text, in_order)
                return cast(list[tuple[Any, ...]], cursor.fetchall())


class Columns:
    """The columns of a model under the name that a statement gives its table.

    Without `only`: all but JSON. What is left out, Django loads when somebody asks for it.
    """

    def __init__(self, model: type[Model], alias: str, *, only: Iterable[str] = ()) -> None:
        wanted = {"id", *only}
        fields = [
            field
            for field in model._meta.concrete_fields
            if (field.attname in wanted if only else field.get_internal_type() != "JSONField")
        ]
        assert not only or len(fields) == len(wanted), f"{wanted} are not all in {model}"
        self.model = model
        self.names = [field.attname for field in fields]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def __len__(self) -> int:
        return len(self.names)

    def row(self, values: Iterable[Any]) -> Any:
        return self.model.from_db("default", self.names, list(values))
