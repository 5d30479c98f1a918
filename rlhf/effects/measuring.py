"""From pictures to numbers: what every painter is measured by, without painting.

Letters in shapes: n pictures of c clips, p of each; m candidates; d embedding width, v level width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from rlhf.effects.adherence import adherence_points
from rlhf.effects.best_of import best_of, kept
from rlhf.effects.frechet import frechet
from rlhf.effects.results import AxisEffect, DiversityKept, Drift, Likeness
from rlhf.reward_model import ClipFeatures, RewardModel
from workbench.axes import Axis
from workbench.measures import ClipBootstrap, Diversity, Floats, diversity, effect


@dataclass(frozen=True)
class Verdict:
    """Standardised rewards of n pictures on one axis."""

    asked: Floats
    """(n,) by the heads that are asked for rewards."""
    judged: Floats
    """(n,) by the judges."""


@dataclass(frozen=True)
class Seen:
    """All that is measured of the pictures of one painter."""

    verdicts: dict[Axis, Verdict]
    embeddings: Floats
    """(n, d) unit rows."""
    adherence: Floats
    """(n,) in [0, 1], see `adherence_points`."""


@dataclass(frozen=True)
class Eyes:
    """What looks at the pictures of one hall."""

    models: Mapping[Axis, RewardModel]
    clips: ClipFeatures
    """c rows."""
    prompts: Floats
    """(c, d) unit rows of the text tower."""
    owners: NDArray[np.int64]
    """(n,) the row of each picture's clip."""

    def see(self, levels: NDArray[np.float32]) -> Seen:
        """levels: (n, v)."""
        clips = self.clips.rows(torch.from_numpy(self.owners))
        embeddings = levels[:, -self.prompts.shape[1] :].astype(np.float64)
        return Seen(
            {axis: verdict_of(model, clips, levels) for axis, model in self.models.items()},
            embeddings,
            adherence_points(embeddings, self.prompts, self.owners),
        )

    def small(self, count: int) -> Eyes:
        """For the first `count` clips with one picture each."""
        rows = torch.arange(count)
        return Eyes(self.models, self.clips.rows(rows), self.prompts[:count], rows.numpy())


@torch.no_grad()
def verdict_of(model: RewardModel, clips: ClipFeatures, levels: NDArray[np.float32]) -> Verdict:
    """What a reward model says of pictures with levels (n, v), each for its row of `clips`."""
    device = next(model.parameters()).device
    said = model(image=torch.from_numpy(levels).to(device), **clips.to(device)._asdict())
    asked, judged = model.standardised(said.logits.squeeze(-1)), model.judged(said.by_head)
    return Verdict(asked.double().cpu().numpy(), judged.double().cpu().numpy())


def chosen_by(axis: Axis, candidates: Sequence[Seen]) -> Seen:
    """Of m candidates for each picture the one that the asked heads of `axis` like best."""
    choice = best_of(np.stack([one.verdicts[axis].asked for one in candidates]))
    return Seen(
        {
            other: Verdict(
                kept(np.stack([one.verdicts[other].asked for one in candidates]), choice),
                kept(np.stack([one.verdicts[other].judged for one in candidates]), choice),
            )
            for other in candidates[0].verdicts
        },
        kept(np.stack([one.embeddings for one in candidates]), choice),
        kept(np.stack([one.adherence for one in candidates]), choice),
    )


def effects_of(base: Seen, seen: Seen, bootstrap: ClipBootstrap) -> dict[Axis, AxisEffect]:
    """A row of the effect matrix."""
    return {
        axis: AxisEffect(
            judged=effect(before.judged, seen.verdicts[axis].judged, bootstrap),
            asked=effect(before.asked, seen.verdicts[axis].asked, bootstrap),
        )
        for axis, before in base.verdicts.items()
    }


def drift_of(base: Seen, seen: Seen, bootstrap: ClipBootstrap) -> Drift:
    distances = 1 - (base.embeddings * seen.embeddings).sum(axis=1)
    return Drift(frechet(base.embeddings, seen.embeddings), bootstrap.mean(distances))


def likeness_of(seen: Seen, per_clip: int, bootstrap: ClipBootstrap) -> Likeness:
    rows = seen.embeddings.reshape(-1, per_clip, seen.embeddings.shape[1])
    return Likeness(diversity(rows), bootstrap.mean(seen.adherence))


def diversity_kept(own: Diversity, base: Diversity) -> DiversityKept:
    return DiversityKept(_ratio(own.across, base.across), _ratio(own.within, base.within))


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
