"""What a refinement works on: prompts to paint, pictures to stay close to, prompts held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch

from cluster_sampling.embedder import Embedder
from rlhf._features import encode_clips
from rlhf._pretraining_set import Brief, PretrainingSet
from rlhf.preferences import Preferences
from rlhf.reward_model import ClipFeatures
from workbench.errors import BadInput
from workbench.snapshots import SPLITS, Split


@dataclass(frozen=True)
class Briefs:
    """Nothing held out shares a clip with what is trained on."""

    train: list[Brief]
    held_out: list[Brief]
    """To compare before and after: of test clips, if there are any."""
    watched: list[Brief]
    """To watch while training: of validation clips, if there are any.

    A step that was chosen for its pictures would look too good on the same pictures.
    """


@dataclass(frozen=True)
class RefinementData:
    """The briefs, what the reward model knows of their clips, and the pictures of L_pre."""

    preferences: Preferences
    briefs: Briefs
    clips: ClipFeatures
    clip_rows: dict[str, int]
    pretraining: PretrainingSet
    targets: Mapping[str, str] = field(default_factory=dict)
    """Clips whose pictures are rewarded for another clip, with that clip: for a control."""

    def clips_of(self, briefs: Sequence[Brief]) -> ClipFeatures:
        """The features of the briefs' clips, a row for each brief."""
        return self._rows([brief.clip_id for brief in briefs])

    def targets_of(self, briefs: Sequence[Brief]) -> ClipFeatures:
        """The features of what pictures for the briefs are rewarded for, a row for each brief."""
        return self._rows([self.targets.get(brief.clip_id, brief.clip_id) for brief in briefs])

    def _rows(self, clip_ids: Sequence[str]) -> ClipFeatures:
        return self.clips.rows(torch.tensor([self.clip_rows[name] for name in clip_ids]))


def refinement_data(
    preferences: Preferences,
    embedder: Embedder,
    briefs: Briefs,
    pretraining: PretrainingSet,
    targets: Mapping[str, str] | None = None,
) -> RefinementData:
    """Put together what a refinement works on."""
    clips = [clip for _, clip in sorted(preferences.clips.items())]
    return RefinementData(
        preferences=preferences,
        briefs=briefs,
        clips=encode_clips(embedder, clips),
        clip_rows={clip.clip_id: row for row, clip in enumerate(clips)},
        pretraining=pretraining,
        targets=targets or {},
    )


def briefs_of(preferences: Preferences) -> Briefs:
    """The snapshot's clips as things to paint, by split.

    A clip is painted from the prompts of its own pictures, else from its visual prompt, else from
    its text. Raises BadInput when no clip is held out or none has anything to paint from.
    """
    by_split: dict[Split, list[Brief]] = {split: [] for split in SPLITS}
    for clip_id, clip in sorted(preferences.clips.items()):
        by_split[clip.split].extend(_briefs(preferences, clip_id))
    train, validation, test = (by_split[split] for split in SPLITS)
    if not train or not (validation or test):
        raise BadInput(
            f"{preferences.snapshot.folder} has {len(train)} prompts to train on and "
            f"{len(validation) + len(test)} of clips held out; judge comparisons of at least 3 "
            "clips with a text or painted pictures"
        )
    return Briefs(train, held_out=test or validation, watched=validation or test)


def _briefs(preferences: Preferences, clip_id: str) -> list[Brief]:
    own = {p.prompt for p in preferences.pictures.values() if p.clip_id == clip_id and p.prompt}
    clip = preferences.clips[clip_id]
    spoken = clip.visual_prompt or clip.text
    return [Brief(clip_id, prompt) for prompt in sorted(own) or ([spoken] if spoken else [])]
