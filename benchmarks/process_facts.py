"""Processor time and memory of a process and its descendants, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; the name before may hold anything."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except OSError:
                continue  # It has ended since.
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_s(pid: int, *, with_children: bool = False) -> float:
    """User and system time; with that of its children that have ended."""
    try:
        ticks = _stat(pid)[11 : 15 if with_children else 13]
    except OSError:
        return 0.0
    return sum(map(int, ticks)) / _TICKS


def rss_mb(pid: int) -> float:
    return _memory_mb(pid, "Rss:")


def pss_mb(pid: int) -> float:
    """Memory with pages that several processes share counted once among them."""
    return _memory_mb(pid, "Pss:")


def _memory_mb(pid: int, name: str) -> float:
    for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"/proc/{pid}/smaps_rollup has no {name}")
