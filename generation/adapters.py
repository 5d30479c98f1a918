"""Adapters on disk: a LoRA per axis, and what its header says about where it comes from.

`musepainter refine` writes axis, reward_model, snapshot and base_painter as text fields into the
header of pytorch_lora_weights.safetensors, beside those of diffusers. Nothing here loads torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from workbench.axes import Axis
from workbench.errors import BadInput

ADAPTER_FILE = "pytorch_lora_weights.safetensors"


@dataclass(frozen=True)
class AdapterChoice:
    """An adapter folder for one axis, and how strongly it acts: 0 is off, 1 as trained."""

    axis: Axis
    folder: Path
    weight: float = 1.0


@dataclass(frozen=True)
class AdapterOrigin:
    """The lineage of an adapter; None where its header is silent.

    reward_model, snapshot, base_painter: sha256 of what it was trained with and on.
    """

    axis: str | None
    reward_model: str | None
    snapshot: str | None
    base_painter: str | None
    is_control: bool
    """Whether it was rewarded for other clips than those that it painted for."""


def read_origin(folder: Path) -> AdapterOrigin:
    """Read the header of an adapter. Raises BadInput when there is none or it is broken."""
    path = folder / ADAPTER_FILE
    if not path.is_file():
        raise BadInput(f"{folder} is no adapter: it has no {ADAPTER_FILE}")
    try:
        with safe_open(path, framework="np") as file:
            header = file.metadata() or {}
    except SafetensorError as error:
        raise BadInput(f"{path} is broken: {error}") from None
    return AdapterOrigin(
        axis=header.get("axis"),
        reward_model=header.get("reward_model"),
        snapshot=header.get("snapshot"),
        base_painter=header.get("base_painter"),
        is_control=header.get("targets", "own") != "own",
    )


def refuse_stranger(choice: AdapterChoice, base_painter: str, *, accept_foreign: bool) -> None:
    """Raise BadInput for an adapter of another axis or base painter.

    One that does not name its base painter is refused as well, unless `accept_foreign`.
    """
    origin = read_origin(choice.folder)
    if origin.base_painter is None and not accept_foreign:
        raise BadInput(
            f"the adapter {choice.folder} does not say which base painter it was trained on; "
            "give --foreign-adapters to use it all the same"
        )
    if origin.base_painter not in (None, base_painter):
        raise BadInput(
            f"the adapter {choice.folder} was trained on the base painter "
            f"{str(origin.base_painter)[:12]}, not on {base_painter[:12]}; choose that painter"
        )
    if origin.axis not in (None, choice.axis):
        raise BadInput(
            f"the adapter {choice.folder} is for the axis {origin.axis}, not {choice.axis}; "
            f"give it as {origin.axis}={choice.folder}"
        )
