from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from annotate_site.catalog.services import load_demo


class Command(BaseCommand):
    help = "Bring the demo recordings and paintings into the catalogue; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_demo()
        self.stdout.write(
            f"{loaded.clips} recordings ({loaded.new_clips} new) and "
            f"{loaded.candidates} paintings ({loaded.new_candidates} new) are in the catalogue"
        )
