"""Counts statements as PostgreSQL's own log has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_STATEMENT = re.compile(r"LOG:\s+(?:statement|execute [^:]*):\s*(\S+)")
_OF_TRANSACTIONS = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"}


@contextmanager
def counted_statements(socket_folder: Path, log: Path) -> Iterator[dict[str, int]]:
    """While it is open, every statement is logged; then `counts` holds how many there were."""
    counts = {"statements": 0, "of transactions": 0}
    _log_statements(socket_folder, "all")
    begin = log.stat().st_size
    try:
        yield counts
    finally:
        _log_statements(socket_folder, "none")
    with log.open(encoding="utf-8", errors="replace") as stream:
        stream.seek(begin)
        for found in _STATEMENT.finditer(stream.read()):
            kind = "of transactions" if found[1].rstrip(";") in _OF_TRANSACTIONS else "statements"
            counts[kind] += 1
    counts["statements"] -= 2  # Those that end the logging.


def _log_statements(socket_folder: Path, which: str) -> None:
    with psycopg.connect(host=str(socket_folder), user="postgres", dbname="postgres",
                         autocommit=True) as connection:  # fmt: skip
        connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        connection.execute("SELECT pg_reload_conf()")
