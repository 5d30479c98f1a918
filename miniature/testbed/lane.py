"""What one process of the `lanes` does: stages as they come, until it is told to stop."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import torch

from miniature.testbed.painting import Atelier
from miniature.testbed.settings import LoopSettings
from miniature.testbed.stages import Cost, measured
from rlhf.quietness import only_our_bars
from workbench.errors import BadInput, RunFailed, RunInterrupted
from workbench.profiles import Profile
from workbench.run_folder import started_run

_TOLD = (BadInput, RunFailed)


class Failed(NamedTuple):
    """What went wrong in a stage, as it can travel between processes."""

    kind: str
    message: str

    def as_error(self) -> Exception:
        """The same error; one that is nobody's fault but ours comes with its traceback."""
        known = {error.__name__: error for error in _TOLD}
        return known.get(self.kind, RuntimeError)(self.message)


def serve(connection: Connection, settings: LoopSettings, profile: Profile, told: Path) -> None:
    """Do the stages that come through `connection`, and answer each with a `Cost` or `Failed`.

    told: a new folder, in whose progress.json stands how far this process is. SIGTERM stops what
    it is at, as it stops any run; so does the end of the process that it works for.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    only_our_bars()
    torch.set_num_threads(settings.lane_threads)
    with (
        suppress(RunInterrupted, EOFError, BrokenPipeError),
        started_run(
            told, kind="lane", settings=settings, seed=settings.seed, show_progress=False
        ) as run,
    ):
        atelier = Atelier(run, profile, settings.paint_batch)
        while True:
            asked = connection.recv_bytes()
            run.path("progress.json").unlink(missing_ok=True)
            connection.send_bytes(pickle.dumps(_done(asked, atelier)))


def _done(asked: bytes, atelier: Atelier) -> Cost | Failed:
    try:
        place, work = pickle.loads(asked)
        return measured(lambda: work(place, atelier))
    except RunInterrupted:
        raise
    except _TOLD as error:
        return Failed(type(error).__name__, str(error))
    except Exception:  # noqa: BLE001  the edge of the process: who asked for it has to know
        return Failed("", traceback.format_exc())


def _end_with_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
