"""A site to measure: its own data folder and PostgreSQL, thousands of comparisons, many people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
CLIPS = 120
CANDIDATES_PER_CLIP = 12  # 66 pairs each.
OVERLAP = 3
_PATIENCE_S = 90


class Caller(NamedTuple):
    """Somebody who judges: by the API with a token, or on the page with a session."""

    token: str
    session: str


class Site(NamedTuple):
    port: int
    server: subprocess.Popen[bytes]
    callers: list[Caller]
    log: Path
    """PostgreSQL's."""


@contextmanager
def running_site(home: Path, port: int, callers: int, command: Sequence[str]) -> Iterator[Site]:
    """Fill a new database, start the server, stop it at the end.

    `command` starts the server, with {port} in it; empty: as `manage.py serve` does.
    """
    environment = os.environ | {"MUSEPAINTER_HOME": str(home), "MUSEPAINTER_HOSTS": "127.0.0.1"}
    environment.pop("DATABASE_URL", None)
    command = command or [sys.executable, "manage.py", "serve", "--port", "{port}"]
    # The child that fills it keeps PostgreSQL running until the server has come and gone.
    filler = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.loop_site", str(callers)],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert filler.stdin is not None
    assert filler.stdout is not None
    people = [Caller(**facts) for facts in json.loads(filler.stdout.readline())]
    server = subprocess.Popen(
        [part.format(port=port) for part in command], cwd=ROOT, env=environment
    )
    try:
        _wait_until_answering(port, server)
        yield Site(port, server, people, home / "postgresql" / "log")
    finally:
        server.terminate()
        server.wait(30)
        filler.stdin.close()
        filler.wait(30)


def _wait_until_answering(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the server to be measured does not answer")


def fill(callers: int) -> list[dict[str, str]]:
    """Everything in bulk. The pictures have no files: fetching them is no part of the loop."""
    import django  # noqa: PLC0415  only the child process is a Django program

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotate_site.config.settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  after setup
    from django.db import connection  # noqa: PLC0415  after setup

    from annotate_site.annotation.services import current_project  # noqa: PLC0415  after setup

    call_command("migrate", verbosity=0)
    project = current_project()
    project.listen_s = 0  # The driver does not listen.
    project.save()
    _fill_comparisons()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return [_caller(number) for number in range(callers)]


def _fill_comparisons() -> None:
    from itertools import combinations  # noqa: PLC0415  the child's alone
    from random import Random  # noqa: PLC0415  the child's alone

    from annotate_site.annotation.models import Comparison, ComparisonKind, Slot  # noqa: PLC0415
    from annotate_site.catalog.models import Candidate, Clip, Painter  # noqa: PLC0415

    rng = Random(0)
    painter = Painter.objects.create(name="bench", kind="base")
    clips = [
        Clip(title=f"Clip {n}", caption="A steady tone.", audio=f"audio/{n}.ogg",
             sha256=f"{n:064x}", duration_s=30.0)
        for n in range(CLIPS)
    ]  # fmt: skip
    Clip.objects.bulk_create(clips)
    comparisons = []
    for clip in clips:
        candidates = [
            Candidate(clip=clip, painter=painter, image=f"images/{clip.pk}-{n}.png",
                      sha256=f"{n:064x}", width=1024, height=1024)
            for n in range(CANDIDATES_PER_CLIP)
        ]  # fmt: skip
        Candidate.objects.bulk_create(candidates)
        comparisons += [
            Comparison(clip=clip, first=first, second=second, position=rng.random(),
                       kind=ComparisonKind.ORIGINAL_POSITIVE, even_shows_first_left=True)
            for first, second in combinations(sorted(candidates, key=lambda c: c.pk), 2)
        ]  # fmt: skip
    Comparison.objects.bulk_create(comparisons, batch_size=1000)
    Slot.objects.bulk_create(
        [Slot(comparison=comparison, index=index, position=comparison.position)
         for comparison in comparisons for index in range(OVERLAP)],
        batch_size=5000,
    )  # fmt: skip


def _caller(number: int) -> dict[str, Any]:
    from importlib import import_module  # noqa: PLC0415  the child's alone

    from django.conf import settings  # noqa: PLC0415  after setup
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from annotate_site.accounts.models import Person  # noqa: PLC0415
    from annotate_site.accounts.services import create_token  # noqa: PLC0415

    now = timezone.now()
    # What somebody has who came through the entrance.
    person = Person(username=f"caller-{number}", consent_version=1, consented_at=now,
                    instructions_version=1, volume_checked_at=now)  # fmt: skip
    person.set_unusable_password()
    person.save()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return {"token": create_token(person=person, days=1), "session": str(session.session_key)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fill(int(sys.argv[1]))) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
