"""The project's settings, as a test wants them."""

from __future__ import annotations

from typing import Any

from annotate_site.annotation.models import Project
from annotate_site.annotation.services import current_project


def project_with(**changes: Any) -> Project:
    """Nothing but work unless the test says otherwise."""
    usual = {"gold_share_warm_up": 0, "gold_share": 0, "repeat_share": 0}
    current_project()
    Project.objects.update(**usual | changes)
    return Project.objects.get()
