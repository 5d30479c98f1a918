from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_site.jobs.runners.processes import (
    PROCESS_NAME,
    StepFailed,
    StepStopped,
    end_orphan,
    failure_sentence,
    run_process,
    tail_of,
)
from workbench.files import read_json, write_json

_SLEEPER = "import time; time.sleep(60)"
_STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "open('ready', 'w').close(); time.sleep(60)"
)


def _run(
    code: str, folder: Path, *, should_stop: Callable[[], bool] = bool, grace_s: float = 5.0
) -> None:
    run_process(
        ["-c", code],
        folder=folder,
        log=folder / "log.txt",
        working_folder=folder,
        environment=os.environ,
        should_stop=should_stop,
        poll_s=0.05,
        grace_s=grace_s,
    )


def test_run_process_keeps_both_streams_in_the_log(tmp_path: Path) -> None:
    _run("import sys; print('out'); sys.stdout.flush(); print('err', file=sys.stderr)", tmp_path)
    assert (tmp_path / "log.txt").read_text() == "out\nerr\n"
    assert not (tmp_path / PROCESS_NAME).exists()


def test_run_process_tells_the_error_line_of_a_command(tmp_path: Path) -> None:
    code = "import sys; print('error: 3 is too many; give 2', file=sys.stderr); sys.exit(2)"
    with pytest.raises(StepFailed) as failure:
        _run(code, tmp_path)
    assert str(failure.value) == "3 is too many; give 2"


def test_run_process_tells_the_last_line_of_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failure:
        _run("raise ValueError('no such key')", tmp_path)
    assert str(failure.value) == "no such key (ValueError)"


def test_run_process_tells_that_the_machine_killed_it(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failure:
        _run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    sentence = "the process was killed by SIGKILL; the machine may have run out of memory"
    assert str(failure.value) == sentence


def test_run_process_tells_the_code_of_a_silent_end(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failure:
        _run("raise SystemExit(3)", tmp_path)
    assert str(failure.value) == "the process ended with code 3 and said nothing"


def test_run_process_stops_a_long_process_when_asked(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(StepStopped):
        _run(_SLEEPER, tmp_path, should_stop=lambda: True)
    assert time.monotonic() - started < 10


def test_run_process_kills_what_ignores_the_request(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(StepStopped):
        _run(_STUBBORN, tmp_path, should_stop=(tmp_path / "ready").exists, grace_s=0.2)
    assert time.monotonic() - started < 30


def test_run_process_takes_children_along(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {_SLEEPER!r}])\n"
        "open('child.part', 'w').write(str(child.pid))\n"
        "import os; os.rename('child.part', 'child')\n"
        "child.wait()"
    )
    with pytest.raises(StepStopped):
        _run(code, tmp_path, should_stop=(tmp_path / "child").exists)
    pid = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    """Whether the process lives; a zombie that nobody has collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_end_orphan_kills_the_process_that_was_left_behind(tmp_path: Path) -> None:
    remembered: list[dict[str, object]] = []

    def remember() -> bool:
        remembered.append(read_json(tmp_path / PROCESS_NAME))
        return True

    with pytest.raises(StepStopped):
        _run(_SLEEPER, tmp_path, should_stop=remember)
    orphan = subprocess.Popen([sys.executable, "-c", _SLEEPER], start_new_session=True)
    stat = Path(f"/proc/{orphan.pid}/stat").read_text()
    place = remembered[0] | {"pid": orphan.pid, "started": stat.rsplit(")", 1)[1].split()[19]}
    write_json(tmp_path / PROCESS_NAME, place)
    assert end_orphan(tmp_path) is True
    assert orphan.wait(timeout=5) == -signal.SIGKILL


def test_end_orphan_spares_a_process_that_got_the_same_id_later(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", _SLEEPER], start_new_session=True)
    try:
        place = {"pid": other.pid, "started": "1", "host": os.uname().nodename}
        write_json(tmp_path / PROCESS_NAME, place)
        assert (end_orphan(tmp_path), other.poll()) == (False, None)
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("content", ["", "[]", '{"pid": "x", "started": null}'])
def test_end_orphan_ignores_what_it_cannot_read(tmp_path: Path, content: str) -> None:
    (tmp_path / PROCESS_NAME).write_text(content)
    assert end_orphan(tmp_path) is False


def test_failure_sentence_prefers_the_error_line_to_chatter_after_it(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("CommandError: there is no snapshot 7\nbye\n")
    assert failure_sentence(log, 1) == "there is no snapshot 7"


def test_tail_of_shows_what_a_progress_bar_left_on_its_line(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"first\r\n 10%\r 20%\r100%\nlast \xff\n")
    assert tail_of(log) == "first\n100%\nlast \N{REPLACEMENT CHARACTER}\n"


def test_tail_of_reads_the_end_only(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("x" * 100 + "\nend\n")
    assert tail_of(log, most_bytes=5) == "\nend\n"


def test_tail_of_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert tail_of(tmp_path / "log.txt") == ""
