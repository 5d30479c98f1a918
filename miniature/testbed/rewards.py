"""What reward models say: of held-out pairs, and of any pictures for any clips.

Letters in shapes: n pictures, b pairs, d embedding width, v level width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from miniature.testbed.measures import order_points
from miniature.testbed.votes import Truth
from rlhf.reward_model import ClipFeatures, RewardModel
from workbench.axes import Axis
from workbench.errors import RunFailed
from workbench.measures import ClipBootstrap, Estimate
from workbench.snapshots import Snapshot, Split

Floats = NDArray[np.float64]
Rows = Mapping[str, NDArray[np.float32]]
"""Vectors by id."""

_EVEN = 1e-6
HELD_OUT: tuple[Split, ...] = ("validation", "test")


@dataclass(frozen=True)
class Embeddings:
    """What reward models know of clips and pictures by id, each embedded once."""

    music: Rows
    """Unit vectors (d,), as those of `text`."""
    text: Rows
    images: Rows
    """Levels (v,) of the image tower."""

    def clips(self, clip_ids: list[str]) -> ClipFeatures:
        known = torch.ones(len(clip_ids), dtype=torch.bool)
        return ClipFeatures(
            _rows(self.music, clip_ids), _rows(self.text, clip_ids), known, known.clone()
        )


@dataclass(frozen=True)
class RewardQuality:
    """How a reward model orders the pairs of clips that it did not learn on."""

    n: int
    """Held-out pairs that the votes decided."""
    accuracy: Estimate
    """Share that the model orders as the votes did."""
    ceiling: Estimate
    """Share that the true order orders as the votes did: the noise ceiling."""
    ratio: Estimate | None
    """One over the other; None where not one vote follows the true order."""
    true_order: Estimate
    """Share that the model orders truly, whatever was voted."""


@torch.no_grad()
def rewards_of(model: RewardModel, clips: ClipFeatures, images: NDArray[np.float32]) -> Floats:
    """Standardised rewards (n,) of pictures with levels (n, v), each for its row of `clips`."""
    device = next(model.parameters()).device
    raw = model(image=torch.from_numpy(images).to(device), **clips.to(device)._asdict()).logits
    rewards: Floats = model.standardised(raw.squeeze(-1)).double().cpu().numpy()
    return rewards


def reward_quality(
    model: RewardModel,
    snapshot: Snapshot,
    axis: Axis,
    embeddings: Embeddings,
    truth: Truth,
    *,
    resamples: int,
    seed: int,
) -> RewardQuality:
    """Measure a model on the validation and test pairs of an axis.

    Raises RunFailed when none of them was decided by the votes.
    """
    rows = _decided(snapshot, axis)
    clips = embeddings.clips([row["clip_id"] for row in rows])
    first, second = (
        rewards_of(model, clips, _stack(embeddings.images, [row[name] for row in rows]))
        for name in ("image_0", "image_1")
    )
    gold = np.array(
        [truth.margin(axis, row["clip_id"], row["image_0"], row["image_1"]) for row in rows]
    )
    label = np.array([row["label_0"] for row in rows])
    points, best = order_points(first - second, label), order_points(gold, label)
    owners = np.array([row["clip_id"] for row in rows])
    bootstrap = ClipBootstrap(owners, resamples=resamples, seed=seed)
    return RewardQuality(
        n=len(rows),
        accuracy=bootstrap.mean(points),
        ceiling=bootstrap.mean(best),
        ratio=bootstrap.ratio(points, best) if best.any() else None,
        true_order=bootstrap.mean(order_points(first - second, (np.sign(gold) + 1) / 2)),
    )


def _decided(snapshot: Snapshot, axis: Axis) -> list[dict[str, Any]]:
    """Held-out pairs on which the votes are not even."""
    rows = [row for split in HELD_OUT for row in snapshot.pairs(axis, split).to_pylist()]
    decided = [row for row in rows if abs(row["label_0"] - 0.5) > _EVEN]
    if not decided:
        raise RunFailed(
            f"no held-out pair of {axis} was decided by the votes; ask for more comparisons"
        )
    return decided


def _rows(table: Rows, ids: list[str]) -> torch.Tensor:
    return torch.from_numpy(_stack(table, ids))


def _stack(table: Rows, ids: list[str]) -> NDArray[np.float32]:
    return np.stack([table[name] for name in ids])
