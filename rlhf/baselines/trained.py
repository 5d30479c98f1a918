"""A reward model of ours, of whatever axis it was trained on."""

from __future__ import annotations

from pathlib import Path

from rlhf._features import encode_preferences
from rlhf._rewards import Rewards, model_rewards
from rlhf._siblings import open_reward_run
from rlhf.baselines.gallery import Gallery


class Trained:
    """The model of a finished run. Raises BadInput for another embedder than its own."""

    def __init__(self, run_folder: Path, embedder: str, device: str) -> None:
        self.model = open_reward_run(run_folder, embedder, device=device)

    def score(self, gallery: Gallery) -> Rewards:
        features = (
            encode_preferences(self.model.embedder, gallery.preferences)
            if self.model.config.has_own_towers
            else gallery.features
        )
        return model_rewards(self.model.cpu(), features, gallery.showings)
