"""Everything that a training loop must remember, as one safetensors file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from workbench.errors import BadInput
from workbench.files import whole_file


@dataclass
class Trainee:
    """Modules under training, their optimizer, and the moving average of their weights."""

    modules: Mapping[str, nn.Module]
    optimizer: torch.optim.AdamW
    ema_decay: float = 0.0
    averages: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.ema_decay and not self.averages:
            self.averages = {name: p.detach().clone() for name, p in self.parameters().items()}

    def parameters(self) -> dict[str, nn.Parameter]:
        return {
            f"{module_name}.{name}": parameter
            for module_name, module in self.modules.items()
            for name, parameter in module.named_parameters()
            if parameter.requires_grad
        }

    @torch.no_grad()
    def average(self, step: int) -> None:
        """Move the averages towards the weights; faster in the first steps, as is usual."""
        if not self.ema_decay:
            return
        decay = min(self.ema_decay, (1 + step) / (10 + step))
        names, parameters = zip(*self.parameters().items(), strict=True)
        torch._foreach_lerp_([self.averages[n] for n in names], list(parameters), 1 - decay)

    @torch.no_grad()
    def take_averages(self) -> None:
        """Put the averaged weights in place, for use after training."""
        for name, parameter in self.parameters().items():
            if self.averages:
                parameter.copy_(self.averages[name])


def save_checkpoint(path: Path, trainee: Trainee, step: int) -> None:
    """Write weights, averages and optimizer state after `step` steps, whole or not at all."""
    tensors: dict[str, Tensor] = {}
    for module_name, module in trainee.modules.items():
        for name, tensor in module.state_dict().items():
            tensors[f"weights/{module_name}.{name}"] = tensor.detach().clone().contiguous()
    tensors |= {f"averages/{name}": t.contiguous() for name, t in trainee.averages.items()}
    for name, parameter in trainee.parameters().items():
        for key, value in trainee.optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer/{key}/{name}"] = torch.as_tensor(value).clone().contiguous()
    with whole_file(path) as partial:
        save_file(tensors, partial, metadata={"step": str(step)})


def load_checkpoint(path: Path, trainee: Trainee) -> int:
    """Put a checkpoint back into `trainee`; returns its step, 0 when there is none.

    Raises BadInput when the file is broken or belongs to a recipe of other sizes.
    """
    if not path.is_file():
        return 0
    try:
        with safe_open(path, framework="pt") as stream:
            step = int(stream.metadata()["step"])
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118 no dict
        _restore(trainee, tensors)
    except (SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(
            f"{path} is no checkpoint of this recipe ({reason}); start in a new run folder"
        ) from None
    return step


def _restore(trainee: Trainee, tensors: Mapping[str, Tensor]) -> None:
    for module_name, module in trainee.modules.items():
        prefix = f"weights/{module_name}."
        module.load_state_dict(
            {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        )
    trainee.averages = {
        name: _laid_out_as(parameter, tensors[f"averages/{name}"])
        for name, parameter in trainee.parameters().items()
        if f"averages/{name}" in tensors
    }
    for name, parameter in trainee.parameters().items():
        state = {
            key: _laid_out_as(parameter, tensors[f"optimizer/{key}/{name}"])
            for key in ("step", "exp_avg", "exp_avg_sq")
            if f"optimizer/{key}/{name}" in tensors
        }
        if state:
            trainee.optimizer.state[parameter] = state


def _laid_out_as(parameter: Tensor, tensor: Tensor) -> Tensor:
    """`tensor` in the memory layout of `parameter`, which the optimizer's loops want."""
    if tensor.shape != parameter.shape:
        return tensor
    return torch.empty_like(parameter).copy_(tensor)
