from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate_site.config.processes import refuse_busy_port, server_command
from annotate_site.core.exceptions import Refused


class Command(BaseCommand):
    help = "Serve the site alone; start `manage.py worker` beside it to carry out runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            refuse_busy_port(host, port)
        except Refused as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"serving http://{host}:{port} (Ctrl-C stops it)")
        self.stdout.flush()
        command = server_command(host, port)
        os.execv(command[0], command)
