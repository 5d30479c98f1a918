from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from procrastinate.contrib.django import app

from annotate_site.jobs.runners.recovery import recover_vanished_runs, unclaimed_runs
from annotate_site.jobs.services import queue_run

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Do the runs that people launch in the site, one at a time. Start several workers to do "
        "several at once; Ctrl-C stops the current run and tells people so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="End when no run is waiting any more."
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        try:
            self._recover()
        except ProgrammingError:
            raise CommandError("the database has no tables yet; run `manage.py migrate`") from None
        except OperationalError as error:
            raise CommandError(str(error)) from None
        connector = app.connector.get_worker_connector()
        with app.replace_connector(connector) as worker:
            # A long run is not waited for when the worker is told to stop: it is ended.
            worker.run_worker(
                name="worker", concurrency=1, wait=not once, shutdown_graceful_timeout=0
            )

    def _recover(self) -> None:
        for run in recover_vanished_runs():
            logger.warning("%s was left behind by a worker that stopped", run)
        for run in unclaimed_runs():
            logger.warning("%s was waiting for a worker that stopped; queued again", run)
            queue_run(run=run)
