"""What all recipes begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from miniature.train.settings import RecipeSettings
from workbench.files import refuse_existing
from workbench.run_folder import RunFolder, started_run


def best_device() -> torch.device:
    """A GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def recipe_run(
    name: str,
    settings: RecipeSettings,
    *,
    run_folder: Path,
    weights: Path,
    resume: bool,
    show_progress: bool,
) -> Iterator[RunFolder]:
    """The run folder of a recipe that will write `weights`.

    Raises BadInput when `weights` holds anything, or `run_folder` does and `resume` is off.
    """
    refuse_existing(weights)
    torch.set_num_threads(settings.threads)
    with started_run(
        run_folder,
        kind=f"miniature {name}",
        settings=settings,
        seed=settings.seed,
        resume=resume,
        show_progress=show_progress,
    ) as run:
        yield run
