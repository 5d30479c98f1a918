"""Stages of a long run: each is done once, kept, and noted with its time and memory."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from rich.console import Console

from miniature.testbed.painting import Atelier
from workbench.errors import BadInput
from workbench.files import read_json, write_json
from workbench.run_folder import RunFolder

_FILE = "stages.json"


@dataclass(frozen=True)
class Cost:
    seconds: float
    peak_mib: float
    """Most memory that the process held during the stage (Linux; elsewhere until its end)."""


class Stage(NamedTuple):
    """A stage that any process can do."""

    name: str
    """ "where / what / which", e.g. "round 1 / refine / emo"; costs are summed by the first two."""
    place: Path
    """The file or folder that it makes."""
    work: Callable[[Path, Atelier], object]
    """Makes the place. Travels to other processes: a function of a module, or a partial of one."""
    keeps_leftover: bool = False
    """Whether it can go on with what it left at its place when it was interrupted."""
    then: Callable[[], Sequence[Stage]] = tuple
    """Stages that wait for this one."""


class Done(NamedTuple):
    """A finished stage and what it cost."""

    stage: Stage
    cost: Cost


class Crew(Protocol):
    """Who does stages, some at a time."""

    @property
    def has_room(self) -> bool: ...

    @property
    def under_way(self) -> Sequence[str]:
        """Names of the stages that were begun and are not done."""

    def begin(self, stage: Stage) -> None: ...

    def next_done(self) -> Done:
        """Wait for one that was begun. Raises what went wrong in it."""


class Stages:
    """The stages of one results folder. What stages.json lists is finished and never done again."""

    def __init__(self, run: RunFolder, console: Console) -> None:
        self._run = run
        self._console = console
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

        name: as that of a `Stage`. What an interrupted stage left there is removed first, unless
        `work` can go on with it.
        Raises BadInput when a finished stage's result is gone.
        """
        if not self._is_done(name, place):
            self._announce(name, place, keeps_leftover)
            self.current = name
            self._run.progress(name, 0, 1)
            self._note(name, measured(lambda: work(place)))
        return place

    def all(self, stages: Iterable[Stage], crew: Crew) -> None:
        """Do stages and those that wait for them, each once, as many at a time as `crew` takes."""
        waiting = deque(stages)
        while waiting or crew.under_way:
            while waiting and crew.has_room:
                stage = waiting.popleft()
                if self._is_done(stage.name, stage.place):
                    waiting.extend(stage.then())
                    continue
                self._announce(stage.name, stage.place, stage.keeps_leftover)
                crew.begin(stage)
            if crew.under_way:
                self.current = " and ".join(crew.under_way)
                done = crew.next_done()
                self._note(done.stage.name, done.cost)
                waiting.extend(done.stage.then())

    def _is_done(self, name: str, place: Path) -> bool:
        if name in self.costs and not place.exists():
            raise BadInput(f"{place} of the finished stage {name!r} is gone; start a new run")
        return name in self.costs

    def _announce(self, name: str, place: Path, keeps_leftover: bool) -> None:
        if not keeps_leftover:
            _remove(place)
        self._console.print(name, style="dim", highlight=False)

    def _note(self, name: str, cost: Cost) -> None:
        self.costs[name] = cost
        costs = {stage: asdict(cost) for stage, cost in self.costs.items()}
        write_json(self._run.path(_FILE), {"order": list(costs), "costs": costs})


def measured(work: Callable[[], object]) -> Cost:
    """What it costs this process to do `work`."""
    begun = time.monotonic()
    _forget_peak()
    work()
    return Cost(round(time.monotonic() - begun, 2), round(_peak_mib(), 1))


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
