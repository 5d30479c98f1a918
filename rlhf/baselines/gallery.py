"""What scorers look at: the pictures of a snapshot, each for its clip."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from cluster_sampling.embedder import load_embedder
from rlhf._features import Features, encode_preferences
from rlhf._rewards import Rewards, Showing, showings_of
from rlhf.preferences import Preferences


@dataclass(frozen=True)
class Gallery:
    """The pairs of one axis, and their features by the profile's embedder when somebody asks."""

    preferences: Preferences
    embedder: str
    device: str

    @cached_property
    def showings(self) -> list[Showing]:
        return showings_of(pair for pairs in self.preferences.pairs.values() for pair in pairs)

    @cached_property
    def features(self) -> Features:
        """Computed once, however many scorers want them."""
        return encode_preferences(load_embedder(self.embedder, self.device), self.preferences)


class Scorer(Protocol):
    """Anything that says how well a picture fits a clip."""

    def score(self, gallery: Gallery) -> Rewards:
        """The reward of every showing of `gallery`."""
