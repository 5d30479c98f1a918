"""Painting and looking together: one hall, one easel, one pair of eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from generation.adapters import AdapterChoice
from rlhf.effects.hall import Hall
from rlhf.effects.material import Material
from rlhf.effects.measuring import Eyes, Seen
from rlhf.effects.painting import Easel
from rlhf.effects.settings import EffectsSettings
from workbench.axes import Axis
from workbench.measures import ClipBootstrap
from workbench.profiles import Profile
from workbench.run_folder import RunFolder


@dataclass(frozen=True)
class Gallery:
    """What painting and looking share."""

    material: Material
    settings: EffectsSettings
    easel: Easel
    eyes: Eyes
    bootstrap: ClipBootstrap

    def seen(self, name: str, adapters: Sequence[AdapterChoice], candidate: int = 0) -> Seen:
        """The whole hall by one painter."""
        tasks = self.material.hall.tasks(candidate)
        return self.eyes.see(self.easel.painting(name, tasks, adapters).levels)

    def weighed(self, weights: Mapping[Axis, float]) -> list[AdapterChoice]:
        """The adapters of these axes, at these weights."""
        known = self.material.adapters
        return [replace(known[axis], weight=weight) for axis, weight in weights.items()]

    @property
    def curve_hall(self) -> Hall:
        """The part of the hall that is painted at each weight of a response curve."""
        return self.material.hall.small(self.settings.curve_pictures)


def gallery_of(
    run: RunFolder, material: Material, settings: EffectsSettings, profile: Profile
) -> Gallery:
    hall, embedder = material.hall, material.embedder
    prompts = embedder.embed_texts([brief.prompt for brief in hall.briefs]).astype(np.float64)
    return Gallery(
        material,
        settings,
        Easel(run, profile, embedder, settings.batch, settings.device),
        Eyes(material.models, material.clips, prompts, hall.owners),
        ClipBootstrap(hall.owners, resamples=settings.resamples, seed=settings.seed),
    )
