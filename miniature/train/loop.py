"""The loop that all recipes share: numbered steps, rate schedule, checkpoints, metrics.

Every batch is decided by (seed, step) alone, so a resumed run equals one that never stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from miniature.train.checkpoints import Trainee, load_checkpoint, save_checkpoint
from workbench.errors import RunFailed
from workbench.run_folder import RunFolder

Losses = dict[str, Tensor]
LossOfStep = Callable[[torch.Generator], Losses]

_LOG_EVERY = 20
_WARM_UP_STEPS = 100
_COOL_DOWN_SHARE = 0.3
_MAX_GRADIENT_NORM = 1.0


def optimizer_for(modules: dict[str, torch.nn.Module], learning_rate: float) -> torch.optim.AdamW:
    parameters = [p for module in modules.values() for p in module.parameters() if p.requires_grad]
    return torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0.01, betas=(0.9, 0.99))


def rate_share(step: int, steps: int) -> float:
    """Share of the peak rate at `step`: a ramp, a plateau, and a linear fall to 2 % at the end."""
    ramp = min(1.0, (step + 1) / _WARM_UP_STEPS)
    fall_from = (1 - _COOL_DOWN_SHARE) * steps
    fall = 1.0 if step < fall_from else 1.0 - 0.98 * (step - fall_from) / (steps - fall_from)
    return min(ramp, fall)


def run_steps(
    run: RunFolder,
    stage: str,
    trainee: Trainee,
    loss_of_step: LossOfStep,
    *,
    steps: int,
    seed: int,
    save_every: int,
) -> None:
    """Take the steps that the run's checkpoint of this stage still lacks.

    `loss_of_step` gets a generator that depends on (seed, step) only, and returns losses by name;
    their entry "loss" is minimised. Raises RunFailed when it is no longer finite.
    """
    path = run.path(f"{stage}.safetensors")
    first = load_checkpoint(path, trainee)
    peak = trainee.optimizer.param_groups[0].setdefault("peak_lr", trainee.optimizer.defaults["lr"])
    for step in run.track(range(first, steps), stage=stage, total=steps - first):
        began = time.perf_counter()
        trainee.optimizer.param_groups[0]["lr"] = peak * rate_share(step, steps)
        losses = loss_of_step(torch.Generator().manual_seed(seed * 1_000_003 + step))
        _descend(trainee, losses["loss"], stage, step)
        trainee.average(step)
        if step % _LOG_EVERY == 0:
            values = {f"{stage}_{name}": float(value.detach()) for name, value in losses.items()}
            run.log(step, **values, seconds=time.perf_counter() - began)
        if (step + 1) % save_every == 0 or step + 1 == steps:
            save_checkpoint(path, trainee, step + 1)
    trainee.take_averages()


def _descend(trainee: Trainee, loss: Tensor, stage: str, step: int) -> None:
    if not torch.isfinite(loss):
        raise RunFailed(f"the {stage} loss became {float(loss)} at step {step}; lower the rate")
    trainee.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(trainee.parameters().values()), _MAX_GRADIENT_NORM)
    trainee.optimizer.step()
