"""The simplest thing that learns: logistic regression on frozen features.

Letters in shapes: n pictures, b pairs, d embedding width, k = 3 d columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from rlhf._calibration import soft_label_loss
from rlhf._preference_loss import FloatArray
from rlhf._rewards import Rewards, Showing, scored_pairs, showings_of
from rlhf.baselines.gallery import Gallery
from rlhf.preferences import Preference

# Inverse strengths of the ridge, strongest first; the validation pairs choose.
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_WITHOUT_VALIDATION = 1e-2
_SPREAD_FLOOR = 1e-6


class Logistic:
    """Eq. 9 with a linear reward w . phi, phi = (image, image * music, image * text)."""

    def score(self, gallery: Gallery) -> Rewards:
        """Fitted on the train pairs of `gallery`, then asked about all of its showings."""
        columns = _columns(gallery)
        pairs = gallery.preferences.pairs
        validation = pairs["validation"]
        if not validation:
            return _rewards(columns, fit(columns, pairs["train"], _WITHOUT_VALIDATION))
        candidates = [_rewards(columns, fit(columns, pairs["train"], c)) for c in _STRENGTHS]
        losses = [soft_label_loss(scored_pairs(each, validation), 1.0) for each in candidates]
        return candidates[int(np.argmin(losses))]


def fit(
    columns: dict[Showing, FloatArray], pairs: Sequence[Preference], strength: float
) -> FloatArray:
    """Weights w (k,) of Eq. 9 with soft labels: each pair is a win and a loss, by its votes."""
    difference = np.stack([
        columns[Showing(pair.clip_id, pair.chosen)] - columns[Showing(pair.clip_id, pair.rejected)]
        for pair in pairs
    ])  # (b, k)  # fmt: skip
    label = np.array([pair.label for pair in pairs])
    weight = np.array([pair.weight for pair in pairs])
    model = LogisticRegression(C=strength, fit_intercept=False, max_iter=1000)
    model.fit(
        np.concatenate([difference, difference]),
        np.repeat([1, 0], len(pairs)),
        sample_weight=np.concatenate([weight * label, weight * (1 - label)]),
    )
    found: FloatArray = model.coef_[0]
    return found


def _columns(gallery: Gallery) -> dict[Showing, FloatArray]:
    """phi (k,) of each showing, every column divided by its spread over the train showings.

    A missing half of a clip is a row of zeros, so its columns say nothing.
    """
    features, showings = gallery.features, gallery.showings
    clips = features.clips.rows(torch.tensor([features.clip_rows[s.clip_id] for s in showings]))
    images = features.images[torch.tensor([features.image_rows[s.image_id] for s in showings])]
    joined = torch.cat([images, images * clips.music, images * clips.text], dim=-1)  # (n, k)
    columns = dict(zip(showings, joined.double().numpy(), strict=True))
    learned = [columns[showing] for showing in showings_of(gallery.preferences.pairs["train"])]
    spread = np.maximum(np.std(learned, axis=0), _SPREAD_FLOOR)
    return {showing: row / spread for showing, row in columns.items()}


def _rewards(columns: dict[Showing, FloatArray], weights: FloatArray) -> Rewards:
    return {showing: float(row @ weights) for showing, row in columns.items()}
