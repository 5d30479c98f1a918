from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate_site.catalog.services import measure_unmeasured


class Command(BaseCommand):
    help = "Measure loudness and waveform of clips that came before this was done at import."

    def handle(self, *args: Any, **options: Any) -> None:
        done, failed = 0, 0
        for clip, problem in measure_unmeasured():
            if problem:
                self.stderr.write(f"failed: “{clip.title}”: {problem}")
                failed += 1
            else:
                done += 1
        summary = f"{done} measured, {failed} failed"
        if failed:
            raise CommandError(summary)
        self.stdout.write(summary)
