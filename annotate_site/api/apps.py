from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "annotate_site.api"

    def ready(self) -> None:
        import_module("annotate_site.api.schema")  # Registers itself with drf-spectacular.
