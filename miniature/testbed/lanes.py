"""Lanes: processes that do stages side by side, one stage each at a time.

A step of the miniature models is too small for a second thread to gain anything, so a second core
is of use only to a second stage. A lane is told what to do through a pipe and answers with what it
cost; how far it is stands in the progress.json of what it works on, as for every watcher.
"""

from __future__ import annotations

import pickle
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from miniature.testbed.lane import Failed, serve
from miniature.testbed.painting import Atelier
from miniature.testbed.settings import LoopSettings
from miniature.testbed.stages import Cost, Crew, Done, Stage, measured
from workbench.errors import BadInput, RunFailed
from workbench.files import read_json
from workbench.run_folder import RunFolder

_LOOK_EVERY_S = 0.3
# A lane that is asked to stop takes its step to the end and writes a checkpoint: seconds, but
# minutes on a machine that many others use.
_PATIENCE_S = 240.0


@contextmanager
def crew_of(settings: LoopSettings, atelier: Atelier, console: Console) -> Iterator[Crew]:
    """Who does the stages of a run: this process, or lanes, which are stopped in the end."""
    if settings.lane_count == 1:
        yield Alone(atelier)
        return
    with tempfile.TemporaryDirectory() as told:
        lanes = Lanes(settings, atelier, console, Path(told))
        try:
            yield lanes
        finally:
            lanes.stop()


class Alone:
    """This process: one stage after the other."""

    def __init__(self, atelier: Atelier) -> None:
        self._atelier = atelier
        self._begun: list[Stage] = []

    @property
    def has_room(self) -> bool:
        return not self._begun

    @property
    def under_way(self) -> Sequence[str]:
        return [stage.name for stage in self._begun]

    def begin(self, stage: Stage) -> None:
        self._atelier.run.progress(stage.name, 0, 1)
        self._begun.append(stage)

    def next_done(self) -> Done:
        stage = self._begun[0]
        cost = measured(lambda: stage.work(stage.place, self._atelier))
        self._begun.clear()
        return Done(stage, cost)


@dataclass
class _Lane:
    process: SpawnProcess
    connection: Connection
    told: Path
    """Folder where its process tells how far it is, unless the stage has a run folder."""
    stage: Stage | None = None
    bar: TaskID | None = None

    def progress(self) -> tuple[int, int]:
        """Steps done and in all of its stage; all of them 0 before it has told anything."""
        for folder in (self.stage.place if self.stage else self.told, self.told):
            with suppress(BadInput, NotADirectoryError):  # Not there, not yet or no more.
                seen = read_json(folder / "progress.json")
                return seen["step"], seen["total"]
        return 0, 0


class Lanes:
    """Processes, each started when there is first something for it to do."""

    def __init__(
        self, settings: LoopSettings, atelier: Atelier, console: Console, told: Path
    ) -> None:
        self._settings, self._profile = settings, atelier.profile
        self._run: RunFolder = atelier.run
        self._told = told
        self._lanes: list[_Lane] = []
        is_hidden = console.quiet or not console.is_terminal
        self._bars = Progress(console=console, transient=True, disable=is_hidden)

    @property
    def has_room(self) -> bool:
        return len(self._busy) < self._settings.lane_count

    @property
    def under_way(self) -> Sequence[str]:
        return [lane.stage.name for lane in self._busy if lane.stage]

    @property
    def _busy(self) -> list[_Lane]:
        return [lane for lane in self._lanes if lane.stage]

    def begin(self, stage: Stage) -> None:
        """Hand a stage to a lane that has none."""
        lane = next((lane for lane in self._lanes if not lane.stage), None) or self._new_lane()
        lane.stage, lane.bar = stage, self._bars.add_task(stage.name, total=None)
        # Plain pickle: the one of pipes would lend the memory of tensors instead of copying it.
        lane.connection.send_bytes(pickle.dumps((stage.place, stage.work)))
        self._bars.start()

    def next_done(self) -> Done:
        while True:
            self._tell()
            ready = wait([lane.connection for lane in self._busy], timeout=_LOOK_EVERY_S)
            for lane in self._busy:
                if lane.connection in ready:
                    return self._done(lane)

    def stop(self) -> None:
        """End all processes; what they were at can be gone on with."""
        self._bars.stop()
        for lane in self._lanes:
            lane.process.terminate()
        until = time.monotonic() + _PATIENCE_S
        for lane in self._lanes:
            lane.process.join(max(0.0, until - time.monotonic()))
            lane.process.kill()
            lane.process.join()
            lane.connection.close()

    def _done(self, lane: _Lane) -> Done:
        stage, answer = lane.stage, _answer(lane)
        assert stage is not None
        lane.stage = None
        if lane.bar is not None:
            self._bars.remove_task(lane.bar)
        if not self._busy:
            self._bars.stop()
        if isinstance(answer, Failed):
            raise answer.as_error()
        return Done(stage, answer)

    def _tell(self) -> None:
        """Show how far the lanes are, and write the same for whoever watches the run."""
        steps, totals = 0, 0
        for lane in self._busy:
            step, total = lane.progress()
            if lane.bar is not None:
                self._bars.update(lane.bar, completed=step, total=total or None)
            steps, totals = steps + step, totals + total
        self._run.progress(" and ".join(self.under_way), steps, max(1, totals))

    def _new_lane(self) -> _Lane:
        told = self._told / f"lane-{len(self._lanes) + 1}"
        told.mkdir()
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, self._settings, self._profile, told), daemon=True
        )
        with _ctrl_c_for_us_alone():
            process.start()
        theirs.close()
        lane = _Lane(process, ours, told)
        self._lanes.append(lane)
        return lane


def _answer(lane: _Lane) -> Cost | Failed:
    """Raises RunFailed for a process that ended without one."""
    try:
        answer: Cost | Failed = pickle.loads(lane.connection.recv_bytes())
    except (EOFError, ConnectionResetError):
        lane.process.join(_PATIENCE_S)
        stage = lane.stage.name if lane.stage else "nothing"
        raise RunFailed(
            f"the process that was at {stage!r} ended with exit code {lane.process.exitcode}, as "
            "one does that is short of memory; go on with --resume, perhaps with --lanes 1"
        ) from None
    return answer


@contextmanager
def _ctrl_c_for_us_alone() -> Iterator[None]:
    """Let a process be born deaf to the terminal's Ctrl-C: we tell it to stop, in our order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
