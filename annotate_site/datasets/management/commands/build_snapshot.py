from __future__ import annotations

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.services import build_snapshot, snapshot_folder
from workbench.errors import BadInput, RunInterrupted


class Command(BaseCommand):
    help = "Write the folder of a snapshot that the site has opened."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=UUID, help="The snapshot's id.")

    def handle(self, *args: Any, **options: Any) -> None:
        snapshot = Snapshot.objects.filter(id=options["id"]).first()
        if snapshot is None:
            raise CommandError(f"there is no snapshot {options['id']}", returncode=2)
        previous = signal.signal(signal.SIGTERM, _interrupt)
        try:
            build_snapshot(snapshot=snapshot)
        except (Refused, BadInput) as error:
            raise CommandError(str(error), returncode=2) from None
        except RunInterrupted as error:
            raise CommandError(str(error), returncode=1) from None
        finally:
            signal.signal(signal.SIGTERM, previous)
        self.stdout.write(f"{snapshot} is ready at {snapshot_folder(snapshot)}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A cancelled snapshot says so in its row, and leaves no folder behind."""
    raise RunInterrupted("the snapshot was cancelled")
