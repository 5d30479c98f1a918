from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from django.db.utils import OperationalError, load_backend

from annotate_site.config.databases import database_settings


def test_url_names_an_external_server() -> None:
    found = database_settings("postgresql://ann%40:s3%2Fcret@db.example:5433/muse", Path("x"))
    wanted = {"USER": "ann@", "PASSWORD": "s3/cret", "HOST": "db.example", "PORT": "5433"}
    assert {key: found[key] for key in wanted} == wanted
    assert found["NAME"] == "muse"


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://h/x", "postgresql://host", "x"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="expected postgresql://"):
        database_settings(url, Path("x"))


@pytest.mark.django_db
def test_without_url_the_embedded_postgresql_answers() -> None:
    assert isinstance(connection, PostgreSQL) or connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        assert cursor.fetchone()[0].startswith("PostgreSQL 18")


def test_server_out_of_reach_gives_one_sentence() -> None:
    defaults = {"TIME_ZONE": None, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False}
    chosen = defaults | database_settings("postgresql://u:p@127.0.0.1:9/muse", Path("x"))
    wrapper = load_backend(chosen["ENGINE"]).DatabaseWrapper(chosen, "other")
    with pytest.raises(OperationalError, match=r"PostgreSQL at 127\.0\.0\.1:9 cannot be reached"):
        wrapper.get_new_connection(wrapper.get_connection_params())


def test_name_chooses_another_database_of_the_same_server() -> None:
    url = "postgresql://anna:secret@db.example:5433/musepainter"
    for address in (url, ""):
        plain = database_settings(address, Path("/home"))
        assert database_settings(address, Path("/home"), "other") == plain | {"NAME": "other"}


def test_threads_that_connect_at_once_start_one_server(tmp_path: Path) -> None:
    script = (
        "import sys; from concurrent.futures import ThreadPoolExecutor; from pathlib import Path\n"
        "from annotate_site.config.embedded_postgresql.base import started_server\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    found = list(pool.map(started_server, [Path(sys.argv[1])] * 8))\n"
        "print(len(found), len(set(found)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "var")],
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
    )
    assert (answer.stdout, answer.returncode) == ("8 1\n", 0), answer.stderr
