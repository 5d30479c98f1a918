"""Where a refinement stands: enough to go on bit for bit, in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from rlhf._watch_rules import Watch
from workbench.errors import BadInput
from workbench.files import whole_file

CHECKPOINT_NAME = "checkpoint.safetensors"


class Progress(NamedTuple):
    """What a checkpoint holds beside tensors."""

    step: int
    """Optimizer steps done."""
    reward_weight: float
    """lambda of Eq. 11."""
    watches: list[Watch]
    """What was seen so far."""


def save_checkpoint(
    folder: Path,
    progress: Progress,
    rows: Mapping[str, Sequence[Tensor]],
    optimizer: torch.optim.Optimizer,
    objective: Mapping[str, Tensor],
) -> None:
    """Write `rows` (weights, their average, ...) and what optimizer and objective remember."""
    tensors = {
        f"{name}.{i}": row.detach().contiguous()
        for name, known in rows.items()
        for i, row in enumerate(known)
    }
    tensors |= {f"objective.{name}": value.contiguous() for name, value in objective.items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
    with whole_file(folder / CHECKPOINT_NAME) as partial:
        save_file(tensors, partial, metadata={"progress": json.dumps(progress._asdict())})


def load_checkpoint(
    folder: Path,
    rows: Mapping[str, Sequence[Tensor]],
    optimizer: torch.optim.Optimizer,
    objective: Mapping[str, Tensor],
) -> Progress:
    """Put everything back in place. Raises BadInput when there is no checkpoint that fits."""
    path = folder / CHECKPOINT_NAME
    if not path.is_file():
        raise BadInput(f"{folder} holds no checkpoint to go on from; start without --resume")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 no mapping
            progress = _progress(json.loads(file.metadata()["progress"]))
        with torch.no_grad():
            for name, known in rows.items():
                for number, row in enumerate(known):
                    row.copy_(tensors[f"{name}.{number}"])
            for name, value in objective.items():
                value.copy_(tensors[f"objective.{name}"])
    except (SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise BadInput(f"{path} does not fit this run: {error}; start a new one") from None
    _restore_optimizer(optimizer, tensors)
    return progress


def _progress(facts: dict[str, Any]) -> Progress:
    watches = [Watch(*values) for values in facts["watches"]]
    return Progress(facts["step"], facts["reward_weight"], watches)


def _restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, number, part = name.split(".")
            state.setdefault(int(number), {})[part] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
