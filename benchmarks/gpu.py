"""What the benchmarks of a GPU share: timing, and a command that is the same code on a CPU."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.measuring import RESULTS, store


def median_s(device: str, work: Callable[[], object], *, repeats: int, warm_up: int = 1) -> float:
    """Median seconds of `repeats` calls, after `warm_up` others."""
    taken = []
    for _ in range(repeats + warm_up):
        _wait(device)
        begun = time.perf_counter()
        work()
        _wait(device)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[warm_up:])


def device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device == "cuda" else "CPU"


def run_command(
    name: str, measure: Callable[[bool], dict[str, Any]], arguments: Sequence[str] | None
) -> int:
    """`python -m benchmarks.NAME`: measure the full size on a GPU, or a miniature on a CPU.

    measure: is given whether it is to be the miniature. Returns the exit code.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--miniature", action="store_true", help="the same code on a CPU")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, help="folder of the result")
    given = parser.parse_args(arguments)
    if not given.miniature and not torch.cuda.is_available():
        print(  # noqa: T201 a command
            "error: the full size needs a GPU and there is none; use --miniature", file=sys.stderr
        )
        return 2
    result = measure(given.miniature)
    stored = store(f"{name}_miniature" if given.miniature else name, result, given.output)
    print(f"stored in {stored}")  # noqa: T201 a command
    return 0


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
