from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pydantic import ValidationError

from annotate_site.core.exceptions import Refused
from annotate_site.jobs.runners.simulate import SimulateOptions
from workbench.errors import BadInput, RunInterrupted
from workbench.run_folder import RunFolder, started_run


class Command(BaseCommand):
    help = (
        "Let simulated annotators answer waiting comparisons. Their accounts and answers are "
        "marked as simulated everywhere, and a snapshot can leave them out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name, info in SimulateOptions.model_fields.items():
            parser.add_argument(f"--{name}", type=int, default=info.default, help=info.description)
        parser.add_argument(
            "--run-folder", type=Path, help="Where a run of the site writes its progress."
        )

    def handle(self, *args: Any, run_folder: Path | None, **options: Any) -> None:
        given = {name: options[name] for name in SimulateOptions.model_fields}
        try:
            settings = SimulateOptions.model_validate(given)
            if run_folder is not None:
                self._simulate(settings, run_folder)
                return
            with tempfile.TemporaryDirectory() as folder:
                self._simulate(settings, Path(folder))
        except ValidationError as error:
            problem = error.errors()[0]
            sentence = f"--{problem['loc'][0]} {problem['input']} will not do: {problem['msg']}"
            raise CommandError(sentence, returncode=2) from None
        except (Refused, BadInput) as error:
            raise CommandError(str(error), returncode=2) from None
        except RunInterrupted as error:
            raise CommandError(f"{error}; what was stored is kept", returncode=1) from None

    def _simulate(self, settings: SimulateOptions, folder: Path) -> None:
        with started_run(folder, kind="simulate", settings=settings, seed=settings.seed) as run:
            self._told(settings, run)

    def _told(self, settings: SimulateOptions, run: RunFolder) -> None:
        from annotate_site.jobs.runners.simulation import (  # noqa: PLC0415  numpy and the world
            simulate,
        )

        bar = run.track(range(settings.judgements), stage="answer", total=settings.judgements)
        shown = -1  # An item counts as done when the next one is asked for.

        def tell(stored: int) -> None:
            nonlocal shown
            while shown < stored:
                next(bar, None)
                shown += 1

        tell(0)
        done = simulate(settings, clock=timezone.now, tell=tell)
        run.note(**done._asdict())
        self.stdout.write(
            f"{done.stored} judgements in {done.complete_comparisons} views of comparisons are "
            f"stored, marked as simulated; {done.ended_because}."
        )
