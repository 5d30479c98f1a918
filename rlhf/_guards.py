"""Guards: reward models of other axes, on which pictures may not become worse than the base's.

What is gained on a guarded axis earns nothing, so rewards are not mixed: a guard only says where
the painter may not go. It is the exact penalty of a constraint on each picture, as constrained
RLHF has it with a learned weight (Moskovitz et al. 2023); with one reward model per axis, falls
are measured in sd of that axis and one weight serves all.

Letters in shapes: n pictures, h and w pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from rlhf.reward_model import ClipFeatures, RewardModel


def falls(
    guards: Sequence[RewardModel], images: Tensor, before: Tensor, clips: ClipFeatures
) -> Tensor:
    """How far pictures fall behind the base's, (n,) >= 0, in sd, added over the guards.

    images, before: (n, 3, h, w) in [0, 1], of the same prompts and noise with and without the
    adapter; gradients reach `images` alone. clips: n rows. guards: at least one; they share an
    embedder, which looks at each picture once for all of them.
    """
    embedder, known = guards[0].embedder, clips._asdict()
    levels = embedder.image_levels(images)
    with torch.no_grad():
        base_levels = embedder.image_levels(before)
    total = images.new_zeros(len(images))
    for guard in guards:
        with torch.no_grad():
            base = guard.score_of(guard(image=base_levels, **known))
        total = total + F.relu(base - guard.score_of(guard(image=levels, **known)))
    return total
