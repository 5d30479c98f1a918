"""Where models run."""

from __future__ import annotations

import torch

from rlhf.devices import Device
from workbench.errors import BadInput


def resolved_device(wanted: Device) -> str:
    """ "cpu" or "cuda". Raises BadInput when a GPU is insisted on and there is none."""
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise BadInput("device cuda was asked for but there is no GPU; use --device auto or cpu")
    return wanted
