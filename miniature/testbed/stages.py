"""Stages of a long run: each is done once, kept, and noted with its time and memory."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from workbench.errors import BadInput
from workbench.files import read_json, write_json
from workbench.run_folder import RunFolder

_FILE = "stages.json"


@dataclass(frozen=True)
class Cost:
    seconds: float
    peak_mib: float
    """Most memory that the process held during the stage (Linux; elsewhere until its end)."""


class Stages:
    """The stages of one results folder. What stages.json lists is finished and never done again."""

    def __init__(self, run: RunFolder, *, show_progress: bool) -> None:
        self._run = run
        self._console = Console(stderr=True, quiet=not show_progress)
        self.costs: dict[str, Cost] = _costs(run.path(_FILE))
        self.current = ""

    def once(
        self,
        name: str,
        place: Path,
        work: Callable[[Path], object],
        *,
        keeps_leftover: bool = False,
    ) -> Path:
        """Return `place`, a file or folder, after `work(place)` has made it.

        name: "where / what / which", e.g. "round 1 / refine / emo"; costs are summed by the first
        two.

        What an interrupted stage left there is removed first, unless `work` can go on with it.
        Raises BadInput when a finished stage's result is gone.
        """
        if name in self.costs:
            if not place.exists():
                raise BadInput(f"{place} of the finished stage {name!r} is gone; start a new run")
            return place
        if not keeps_leftover:
            _remove(place)
        self.current = name
        self._console.print(name, style="dim", highlight=False)
        self._run.progress(name, 0, 1)
        begun = time.monotonic()
        _forget_peak()
        work(place)
        self.costs[name] = Cost(round(time.monotonic() - begun, 2), round(_peak_mib(), 1))
        costs = {stage: asdict(cost) for stage, cost in self.costs.items()}
        write_json(self._run.path(_FILE), {"order": list(costs), "costs": costs})
        return place


def summed(costs: Mapping[str, Cost]) -> dict[str, Cost]:
    """Costs by "where / what": seconds added, the highest peak."""
    sums: dict[str, Cost] = {}
    for name, cost in costs.items():
        group = " / ".join(name.split(" / ")[:2])
        before = sums.get(group, Cost(0.0, 0.0))
        seconds = before.seconds + cost.seconds
        sums[group] = Cost(seconds, max(before.peak_mib, cost.peak_mib))
    return sums


def _costs(path: Path) -> dict[str, Cost]:
    if not path.exists():
        return {}
    content = read_json(path)
    return {name: Cost(**content["costs"][name]) for name in content["order"]}


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _forget_peak() -> None:
    """Let Linux count the peak anew; where it cannot, the peak is that of the process so far."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mib() -> float:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
