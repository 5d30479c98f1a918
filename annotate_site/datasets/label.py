from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Label(NamedTuple):
    """What a snapshot says about itself, beside what it holds."""

    name: str
    version: int
    parent: dict[str, Any] | None
    """Name, version and manifest sha256 of the version before."""
    filters: dict[str, Any]
    seed: int
    counts: dict[str, Any]
    created_at: datetime
