"""Losses in parts: each goes backward on its own, so that memory holds one part at a time.

Every loss here is a mean over pictures, so the gradient of the whole is the sum of the parts'
gradients, weighted by their shares. No random draw happens inside of a part: parts of any size are
parts of the same batch.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from rlhf._processes import ALONE, Processes
from rlhf._rollout import NotFinite


class Measured(NamedTuple):
    """The loss of a part, (), and what to log of it; all are means over the part."""

    loss: Tensor
    facts: dict[str, float]


class Part(NamedTuple):
    """A share of a batch; the shares of a batch add to 1."""

    share: float
    measure: Callable[[], Measured]


def accumulate(parts: Iterable[Part], weight: float) -> dict[str, float]:
    """Add `weight` x the gradient of the whole to the parameters; 0 measures without gradients.

    Returns the facts over the whole batch, with its `loss` (not weighted). Raises NotFinite.
    """
    whole: defaultdict[str, float] = defaultdict(float)
    for share, measure in parts:
        with torch.set_grad_enabled(weight != 0):
            loss, facts = measure()
        weighted = weight * share * loss
        if not bool(torch.isfinite(weighted)):
            raise NotFinite("the loss")
        if weight != 0:
            weighted.backward()
        for name, value in {**facts, "loss": loss.item()}.items():
            whole[name] += share * value
    return dict(whole)


def gradient_norm(
    parts: Iterable[Part], parameters: list[nn.Parameter], processes: Processes = ALONE
) -> float:
    """Euclidean norm of the gradient of the whole; the parameters are left without gradients."""
    _forget_gradients(parameters)
    with processes.in_step():
        accumulate(parts, 1.0)
    processes.add_gradients(parameters)
    squares = [p.grad.double().square().sum().item() for p in parameters if p.grad is not None]
    _forget_gradients(parameters)
    return math.sqrt(sum(squares))


def chunks(rows: slice, size: int) -> list[slice]:
    """`rows` in runs of at most `size`; 0 is all at once."""
    size = size or rows.stop - rows.start
    starts = range(rows.start, rows.stop, size)
    return [slice(start, min(start + size, rows.stop)) for start in starts]


def share_of(rows: slice, count: int) -> float:
    """What part of `count` rows these are."""
    return float(rows.stop - rows.start) / count


def _forget_gradients(parameters: list[nn.Parameter]) -> None:
    for parameter in parameters:
        parameter.grad = None
