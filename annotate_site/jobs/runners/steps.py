"""What a run consists of: subprocesses, each with a folder of its own below the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from annotate_site.jobs.models import Run

LOG_NAME = "log.txt"


@dataclass(frozen=True)
class Step:
    """One subprocess, `python ARGUMENTS`, which writes its progress below its folder."""

    name: str
    title: str
    arguments: tuple[str, ...]


class Runner(Protocol):
    """What each module of a run kind offers."""

    @property
    def Settings(self) -> type[BaseModel]:
        """What a person may choose when launching."""

    @property
    def IMPORTANT(self) -> tuple[str, ...]:
        """The settings that the form shows first."""

    @property
    def LEFT_OUT(self) -> tuple[str, ...]:
        """The settings that the form does not show."""

    def checked_inputs(
        self, options: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The resolved inputs. Raises Refused when one is missing or does not fit."""

    def prepare(self, run: Run) -> list[Step]:
        """Write manifests into the run's folder and say which subprocesses to run."""

    def collect(self, run: Run) -> dict[str, Any]:
        """Take the results into the catalogue; returns what Run.results keeps."""


def step_folder(run: Run, name: str) -> Path:
    """Where the step `name` of `run` works; a command finds it absent or empty."""
    return run.folder / name


def log_of(run: Run) -> Path:
    return run.folder / LOG_NAME
