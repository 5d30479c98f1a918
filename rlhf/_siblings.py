"""The reward models of other axes, beside which a new one is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cluster_sampling.embedder import Embedder
from rlhf.reward_model import RewardModel, load_reward_model
from workbench.axes import Axis
from workbench.errors import BadInput


def open_reward_run(
    run_folder: Path,
    embedder_folder: str | Path,
    *,
    device: str = "cpu",
    embedder: Embedder | None = None,
) -> RewardModel:
    """The model of a finished reward run; see `load_reward_model`. BadInput when there is none."""
    folder = model_folder(run_folder)
    return load_reward_model(folder, embedder_folder, device=device, embedder=embedder)


def model_folder(run_folder: Path) -> Path:
    """Where a finished reward run has its model. Raises BadInput when there is none."""
    folder = run_folder / "model"
    if not folder.is_dir():
        raise BadInput(f"{run_folder} is no finished reward run: it has no model folder")
    return folder


def open_siblings(
    run_folders: Sequence[Path],
    axis: Axis,
    embedder_folder: str | Path,
    *,
    device: str = "cpu",
    embedder: Embedder | None = None,
) -> dict[Axis, RewardModel]:
    """Models by axis, to be laid beside one of `axis`; those that can share `embedder`, or
    that of the first.

    Raises BadInput for a folder without a model, a model of the same axis, and two of one axis.
    """
    found: dict[Axis, RewardModel] = {}
    for folder in run_folders:
        model = open_reward_run(folder, embedder_folder, device=device, embedder=embedder)
        embedder = embedder or model.embedder
        other: Axis = model.config.axis
        if other == axis or other in found:
            raise BadInput(
                f"the reward model in {folder} is of the axis {other}, as is "
                f"{'the one to be trained' if other == axis else 'another one beside it'}; "
                "lay models of different axes beside each other"
            )
        found[other] = model
    return found
