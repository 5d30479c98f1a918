"""Medians of repeated timings, taken in turns so that a noisy machine disturbs both sides alike."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.files import write_json
from workbench.run_folder import software_versions, source_commit

RESULTS = Path(__file__).parent / "results"

Work = Callable[[], object]


def medians_s(works: Mapping[str, Work], *, repeats: int) -> dict[str, float]:
    """Median wall-clock seconds of each piece of work; all are run in turn, `repeats` times."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - begun)
    return {name: statistics.median(taken) for name, taken in times.items()}


def store(name: str, result: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write a result with the machine and the versions that it was measured on."""
    path = folder / f"{name}.json"
    facts = {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "versions": software_versions(),
        "commit": source_commit(),
    }
    write_json(path, {**facts, **result})
    return path
