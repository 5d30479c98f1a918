"""Where a model runs, as settings name it."""

from __future__ import annotations

from typing import Literal

Device = Literal["auto", "cpu", "cuda"]
