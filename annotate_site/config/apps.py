from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The top layer as an app, so that it can offer the commands that start everything."""

    name = "annotate_site.config"
