"""What a refinement works on: prompts to paint, pictures to stay close to, prompts held out."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cluster_sampling.embedder import Embedder
from rlhf._features import encode_clips
from rlhf._pretraining_set import Brief, PretrainingSet
from rlhf.preferences import Preferences
from rlhf.reward_model import ClipFeatures
from workbench.errors import BadInput


@dataclass(frozen=True)
class Briefs:
    """Training and held-out briefs never share a clip."""

    train: list[Brief]
    held_out: list[Brief]


@dataclass(frozen=True)
class RefinementData:
    """The briefs, what the reward model knows of their clips, and the pictures of L_pre."""

    preferences: Preferences
    briefs: Briefs
    clips: ClipFeatures
    clip_rows: dict[str, int]
    pretraining: PretrainingSet

    def clips_of(self, briefs: list[Brief]) -> ClipFeatures:
        """The features of the briefs' clips, a row for each brief."""
        return self.clips.rows(torch.tensor([self.clip_rows[brief.clip_id] for brief in briefs]))


def refinement_data(
    preferences: Preferences, embedder: Embedder, briefs: Briefs, pretraining: PretrainingSet
) -> RefinementData:
    """Put together what a refinement works on."""
    clips = [clip for _, clip in sorted(preferences.clips.items())]
    return RefinementData(
        preferences=preferences,
        briefs=briefs,
        clips=encode_clips(embedder, clips),
        clip_rows={clip.clip_id: row for row, clip in enumerate(clips)},
        pretraining=pretraining,
    )


def briefs_of(preferences: Preferences) -> Briefs:
    """The snapshot's clips as things to paint, by split.

    A clip is painted from the prompts of its own pictures, else from its visual prompt, else from
    its text. Raises BadInput when no clip is held out or none has anything to paint from.
    """
    train: list[Brief] = []
    held_out: list[Brief] = []
    for clip_id, clip in sorted(preferences.clips.items()):
        (train if clip.split == "train" else held_out).extend(_briefs(preferences, clip_id))
    if not train or not held_out:
        raise BadInput(
            f"{preferences.snapshot.folder} has {len(train)} prompts to train on and "
            f"{len(held_out)} of clips held out; judge comparisons of at least 3 clips with a "
            "text or painted pictures"
        )
    return Briefs(train, held_out)


def _briefs(preferences: Preferences, clip_id: str) -> list[Brief]:
    own = {p.prompt for p in preferences.pictures.values() if p.clip_id == clip_id and p.prompt}
    clip = preferences.clips[clip_id]
    spoken = clip.visual_prompt or clip.text
    return [Brief(clip_id, prompt) for prompt in sorted(own) or ([spoken] if spoken else [])]
