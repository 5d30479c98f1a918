"""The project's settings, as a test wants them."""

from __future__ import annotations

from typing import Any

from annotate_site.annotation.models import Project
from tests.factories import annotation


def project_with(**changes: Any) -> Project:
    """Nothing but work unless the test says otherwise."""
    usual = {"gold_share_warm_up": 0, "gold_share": 0, "repeat_share": 0}
    return annotation.project_with(**usual | changes)
