"""`make demo`: everything on one machine, from an empty folder to the first comparison."""

from __future__ import annotations

import signal
import subprocess
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from annotate_site.accounts.models import Role
from annotate_site.accounts.services import (
    NewPerson,
    renew_demo_invitation,
    renew_demo_people,
)
from annotate_site.annotation.models import Slot
from annotate_site.annotation.services.documents import publish_default_documents
from annotate_site.annotation.services.gold import make_training_pairs
from annotate_site.catalog.services import load_demo
from annotate_site.config import processes
from annotate_site.core.exceptions import Refused
from annotate_site.jobs.models import Run, RunKind, RunState
from annotate_site.jobs.services import launch_run

_FIRST_COMPARISONS_PATIENCE_S = 180
_PRACTICE_PAIRS, _TEST_PAIRS = 4, 5
_SEED = 1


class Command(BaseCommand):
    help = (
        "Start the site, a worker and an embedded PostgreSQL with real music and pictures. "
        f"Everything is kept under {settings.HOME}; Ctrl-C stops it, the next start goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        children: list[subprocess.Popen[bytes]] = []
        signal.signal(signal.SIGTERM, _stop_like_ctrl_c)
        try:
            processes.refuse_busy_port(host, port)
            people = self._prepare()
            children.append(subprocess.Popen(processes.server_command(host, port)))
            children.append(subprocess.Popen(processes.worker_command()))
            self._make_first_comparisons(people)
            processes.wait_until_answering(host, port, children[0])
            self._welcome(host, port, people)
            self._watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nstopped; `make demo` goes on from here")
        except (Refused, OperationalError) as error:
            raise CommandError(str(error)) from None
        finally:
            processes.stop(children)

    def _prepare(self) -> dict[Role, NewPerson]:
        self._say("PostgreSQL and tables")
        call_command("migrate", verbosity=0)
        self._say("nine pieces of music and 22 paintings")
        load_demo()
        self._say("consent and instructions, pairs for practice and the test")
        publish_default_documents()
        make_training_pairs(practice=_PRACTICE_PAIRS, qualification=_TEST_PAIRS, seed=_SEED)
        return renew_demo_people()

    def _make_first_comparisons(self, people: dict[Role, NewPerson]) -> None:
        """The first start only: choose triplets now, describe the music in the background."""
        if Slot.objects.exists():
            return
        self._say("embedding music and pictures, choosing the first comparisons")
        manager = people[Role.MANAGER].person
        sampling = launch_run(kind=RunKind.SAMPLE, options={}, inputs={}, by=manager)
        launch_run(kind=RunKind.DESCRIBE, options={}, inputs={}, by=manager)
        self._wait_for(sampling)

    def _wait_for(self, run: Run) -> None:
        deadline = time.monotonic() + _FIRST_COMPARISONS_PATIENCE_S
        while time.monotonic() < deadline:
            run.refresh_from_db()
            if run.state == RunState.SUCCEEDED:
                return
            if run.is_finished:
                raise Refused(f"choosing the first comparisons failed: {run.failure}")
            time.sleep(0.3)
        self._say("the worker is slow today: the first comparisons will appear in a while")

    def _watch(self, children: list[subprocess.Popen[bytes]]) -> None:
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        raise Refused("a process of the demo ended by itself; its last lines stand above")

    def _welcome(self, host: str, port: int, people: dict[Role, NewPerson]) -> None:
        lines = ["", self.style.SUCCESS(f"ready at http://{host}:{port}"), ""]
        lines += ["  sign in as      password (made for this start)"]
        lines += [f"  {p.person.username:<14}  {p.password}" for p in people.values()]
        manager = people[Role.MANAGER].person
        invitation = renew_demo_invitation(by=manager, now=timezone.now())
        lines += [
            "",
            "or sign up as a newcomer by this invitation:",
            f"  http://{host}:{port}{reverse('accounts:join', args=[invitation.token])}",
            "",
            "Once round the circle without clicking through 300 judgements: in a second shell run",
            "  .venv/bin/python manage.py simulate --judgements 300",
            "then sign in as manager and follow the steps of The circle.",
            "Ctrl-C stops everything.",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _say(self, what: str) -> None:
        self.stdout.write(f"· {what}")
        self.stdout.flush()


def _stop_like_ctrl_c(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
