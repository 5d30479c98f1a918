"""One subprocess from start to end: its own process group, its log, and how it is stopped."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workbench.errors import BadInput
from workbench.files import read_json, write_json

PROCESS_NAME = "process.json"

_TAIL_BYTES = 20_000
_SENTENCE = re.compile(r"^(?:error|CommandError): (.+)$")
_EXCEPTION = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception|Interrupt)): (.+)$")


class StepFailed(Exception):
    """A subprocess ended badly; the message is one sentence for the person."""


class StepStopped(Exception):
    """A subprocess was ended because somebody asked for it."""


def run_process(
    arguments: Sequence[str],
    *,
    folder: Path,
    log: Path,
    working_folder: Path,
    environment: Mapping[str, str],
    should_stop: Callable[[], bool],
    poll_s: float,
    grace_s: float,
) -> None:
    """Run `python arguments`; ask `should_stop` every `poll_s` seconds.

    When it says yes, the whole process group gets SIGTERM, and SIGKILL after `grace_s`.
    Raises StepStopped then, and StepFailed when the process ends with another code than 0.
    """
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=working_folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _remember(folder, process.pid)
    try:
        _attend(process, should_stop, poll_s, grace_s)
    finally:
        _signal_group(process.pid, signal.SIGKILL)  # Children that outlived their parent.
        process.wait()
        (folder / PROCESS_NAME).unlink(missing_ok=True)
    if process.returncode != 0:
        raise StepFailed(failure_sentence(log, process.returncode))


def end_orphan(folder: Path) -> bool:
    """Kill the process that a vanished worker left behind in `folder`; says whether there was one.

    The start time guards against a process id that was given to somebody else since.
    """
    try:
        remembered = read_json(folder / PROCESS_NAME)
    except BadInput:
        return False
    if not isinstance(remembered, dict) or remembered.get("host") != platform.node():
        return False
    pid = remembered.get("pid")
    started = remembered.get("started")
    if not isinstance(pid, int) or started is None or _start_of(pid) != started:
        return False
    _signal_group(pid, signal.SIGKILL)
    (folder / PROCESS_NAME).unlink(missing_ok=True)
    return True


def failure_sentence(log: Path, return_code: int) -> str:
    """The last error line of the log, as a command prints it for people."""
    lines = [line.strip() for line in tail_of(log).splitlines() if line.strip()]
    for line in reversed(lines):
        if match := _SENTENCE.match(line):
            return match[1]
    if return_code < 0:
        return (
            f"the process was killed by {signal.Signals(-return_code).name}; "
            "the machine may have run out of memory"
        )
    if lines and (match := _EXCEPTION.match(lines[-1])):
        return f"{match[2]} ({match[1]})"
    return lines[-1] if lines else f"the process ended with code {return_code} and said nothing"


def tail_of(log: Path, *, most_bytes: int = _TAIL_BYTES) -> str:
    """The end of the log as text; what a progress bar overwrote on its line is left out."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - most_bytes))
            content = stream.read()
    except FileNotFoundError:
        return ""
    lines = content.decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)


def _attend(
    process: subprocess.Popen[bytes], should_stop: Callable[[], bool], poll_s: float, grace_s: float
) -> None:
    while True:
        try:
            process.wait(timeout=poll_s)
        except subprocess.TimeoutExpired:
            if should_stop():
                _stop(process, grace_s)
                raise StepStopped from None
        else:
            should_stop()  # The last look at its progress; a request now comes too late.
            return


def _stop(process: subprocess.Popen[bytes], grace_s: float) -> None:
    _signal_group(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=grace_s)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _remember(folder: Path, pid: int) -> None:
    place = {"pid": pid, "started": _start_of(pid), "host": platform.node()}
    write_json(folder / PROCESS_NAME, place)


def _start_of(pid: int) -> str | None:
    """When the process started, in the kernel's ticks; None where /proc does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return stat.rsplit(")", 1)[-1].split()[19]
