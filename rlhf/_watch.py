"""The watch over a refinement: the same held-out pictures, painted again and again.

Letters in shapes: n pictures, d embedding width, h and w pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rlhf._optimised_rewards import optimised_rewards
from rlhf._pretraining_set import Brief
from rlhf._refinement_data import Briefs
from rlhf._refinement_evaluation import painted
from rlhf._rollout import NotFinite
from rlhf._watch_rules import Watch
from rlhf.objectives import Objective
from rlhf.objectives._accumulation import accumulate
from rlhf.preferences import Preferences
from rlhf.reward_model import ClipFeatures
from workbench.errors import BadInput
from workbench.profiles import Profile

FloatArray = NDArray[np.float32]

_BATCH = 8
# Not the seeds of the evaluation, which may have to paint the same briefs.
_SEED_OFFSET = 2_000_003
# Draws that no training step and no calibration makes. One batch would follow its few noise levels.
_LOSS_BATCHES = range(-104, -100)


@dataclass(frozen=True)
class Lookout:
    """What is looked at. The features of clips and prompts are computed once."""

    objective: Objective
    profile: Profile
    briefs: list[Brief]
    """n of them."""
    targets: ClipFeatures
    """n rows: what each picture is rewarded for."""
    prompts: FloatArray
    """(n, d) unit rows: the briefs' prompts as the embedder reads them."""

    @torch.no_grad()
    def look(self, step: int) -> Watch:
        """Paint, with the weights as they are, and note what matters.

        Raises NotFinite when a measure is not a number.
        """
        seen = [self._seen(rows) for rows in torch.arange(len(self.briefs)).split(_BATCH)]
        told = _Seen(*map(torch.cat, zip(*seen, strict=True)))
        pictures, names = told.embeddings.numpy(), [brief.prompt for brief in self.briefs]
        watch = Watch(
            step=step,
            rewards=told.rewards.tolist(),
            judged=told.judged.tolist(),
            diversity=diversity_of(pictures, names),
            adherence=adherence_of(pictures, self.prompts, names),
            loss_pre=self._pretraining_loss(),
        )
        if not np.isfinite(list(watch.means().values())).all():
            raise NotFinite("what the watch measures")
        return watch

    def _seen(self, rows: Tensor) -> _Seen:
        """Pictures for the briefs at `rows`, as deployed."""
        objective, settings = self.objective, self.objective.settings
        briefs = [self.briefs[row] for row in rows.tolist()]
        seed = settings.seed + _SEED_OFFSET + int(rows[0])
        images = painted(objective.pipeline, briefs, self.profile, seed).to(objective.device)
        model, targets = objective.reward_model, self.targets.rows(rows).to(objective.device)
        levels = model.embedder.image_levels(images)
        said = model(image=levels, others=objective.others, **targets._asdict())
        return _Seen(
            rewards=optimised_rewards(model, said, settings).cpu(),
            judged=model.judged(torch.as_tensor(said.by_head)).cpu(),
            embeddings=levels[:, -model.embedder.dimension :].cpu(),
        )

    def _pretraining_loss(self) -> float:
        """L_pre on the same pictures, noise and noise levels whenever it is asked for."""
        objective = self.objective
        with objective.alone():  # Only the main process watches.
            batches = [objective.pretraining(objective.generator(n)) for n in _LOSS_BATCHES]
        return float(np.mean([accumulate(parts, 0.0)["loss"] for parts in batches]))


class _Seen(NamedTuple):
    """What was seen of some pictures."""

    rewards: Tensor
    """(n,)."""
    judged: Tensor
    """(n,)."""
    embeddings: Tensor
    """(n, d) unit rows."""


def check_watchable(briefs: Briefs, preferences: Preferences) -> None:
    """Raises BadInput for fewer than two prompts to watch: nothing could be compared."""
    prompts = {brief.prompt for brief in briefs.watched}
    if len(prompts) < 2:
        raise BadInput(
            "the watch compares pictures of different prompts, but "
            f"{preferences.snapshot.folder} holds out only {min(prompts)!r} for it; judge more "
            "clips, or set watch_every to 0 to go without a watch"
        )


def posted(objective: Objective, profile: Profile) -> Lookout:
    """A lookout over clips that are not learned from nor, if there are enough, evaluated on."""
    data, settings = objective.data, objective.settings
    briefs = well_spread(data.briefs.watched, settings.watch_pictures)
    texts = objective.reward_model.embedder.embed_texts([brief.prompt for brief in briefs])
    return Lookout(objective, profile, briefs, data.targets_of(briefs), texts)


def well_spread(briefs: Sequence[Brief], count: int) -> list[Brief]:
    """`count` of `briefs`: every prompt once, and of these every clip once, before any other.

    When they run out it is again from the start.
    """
    prompts, clips = Counter[str](), Counter[str]()
    turns = []
    for brief in briefs:
        turns.append((prompts[brief.prompt], clips[brief.clip_id]))
        prompts[brief.prompt] += 1
        clips[brief.clip_id] += 1
    order = sorted(range(len(briefs)), key=turns.__getitem__)
    return [briefs[number] for number in islice(cycle(order), count)]


def diversity_of(pictures: FloatArray, prompts: Sequence[str]) -> float:
    """Mean 1 - cosine between pictures of different prompts; at least two of n prompts differ.

    pictures: (n, d) unit rows.
    """
    return float(1 - (pictures @ pictures.T)[_differ(prompts)].mean())


def adherence_of(pictures: FloatArray, texts: FloatArray, prompts: Sequence[str]) -> float:
    """How much closer pictures are to their own prompts than to the others', as cosines.

    pictures, texts: (n, d) unit rows of pictures and of their prompts. The difference takes away
    what all pictures have in common with all words.
    """
    cosines = pictures @ texts.T
    return float(cosines.diagonal().mean() - cosines[_differ(prompts)].mean())


def _differ(prompts: Sequence[str]) -> NDArray[np.bool_]:
    """(n, n): whether two prompts are not the same."""
    names = np.array(prompts, dtype=object)
    return np.asarray(names[:, None] != names[None, :])
