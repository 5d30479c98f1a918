"""The testbed: does the loop learn? Whole rounds in the world, measured against its known truth.

Clips, candidates, comparisons, votes of simulated people, snapshots, reward models and adapters go
through the same packages and files as those of an installation; only the people and the measuring
know the truth. `run_testbed` is the entry point, `LoopSettings` what it can be told.
"""

from __future__ import annotations

from workbench.lazy_names import lazy_names

_HOMES = {"LoopSettings": "settings", "run_testbed": "testbed"}

__all__ = ["LoopSettings", "run_testbed"]

__getattr__ = lazy_names(__name__, _HOMES)
