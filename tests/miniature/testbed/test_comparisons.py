from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cluster_sampling.features import Features, save_features
from miniature.testbed.comparisons import choose_comparisons
from miniature.testbed.settings import LoopSettings
from workbench.errors import BadInput
from workbench.manifests import ImageEntry, write_manifest

CLIPS, PER_CLIP = 12, 3


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """Clips in two clear groups, the first six and the last, with pictures like their clips."""
    rng = np.random.default_rng(0)
    centres = np.array([[1.0, 0, 0, 0], [-1.0, 0, 0, 0]])
    clips = [f"clip{row:02d}" for row in range(CLIPS)]
    audio = np.array([centres[row // 6] for row in range(CLIPS)]) + rng.normal(0, 0.1, (CLIPS, 4))
    images = [f"{clip}-{turn}" for clip in clips for turn in range(PER_CLIP)]
    seen = np.repeat(audio, PER_CLIP, axis=0) + rng.normal(0, 0.1, (len(images), 4))
    for modality, ids, rows in (("audio", clips, audio), ("image", images, seen)):
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        save_features(tmp_path, modality, Features(tuple(ids), unit.astype(np.float32)))
    entries = [
        ImageEntry(image_id=name, clip_id=name[:6], image=tmp_path / f"{name}.png")
        for name in images
    ]
    write_manifest(tmp_path / "images.jsonl", entries)
    return tmp_path


def group(image_or_clip: str) -> int:
    return int(image_or_clip[4:6]) // 6


def test_triplets_give_the_wanted_number_of_three_kinds(features):
    chosen = choose_comparisons(features, LoopSettings(clips=12, comparisons=60, clusters=2), 1)

    assert len(chosen) == 60
    assert set(Counter(one.kind for one in chosen)) == {"orig/pos", "orig/neg", "pos/neg"}
    assert len({one.comparison_id for one in chosen}) == 60
    pairs = Counter((one.clip_id, one.image_0, one.image_1) for one in chosen)
    assert max(pairs.values()) == 1
    per_clip = Counter(one.clip_id for one in chosen)
    assert len(per_clip) == CLIPS
    assert max(per_clip.values()) - min(per_clip.values()) <= 3


def test_triplets_follow_the_rule(features):
    for one in choose_comparisons(features, LoopSettings(comparisons=36, clusters=2), 1):
        assert one.image_0 < one.image_1
        own = [image for image in (one.image_0, one.image_1) if image[:6] == one.clip_id]
        groups = {group(image) for image in (one.image_0, one.image_1)}
        if one.kind == "orig/pos":
            assert len(own) == 1
            assert groups == {group(one.clip_id)}
        elif one.kind == "orig/neg":
            assert len(own) == 1
            assert groups == {0, 1}
        else:
            assert own == []
            assert groups == {0, 1}


def test_random_pairs_take_any_pictures_for_every_clip(features):
    chosen = choose_comparisons(features, LoopSettings(comparisons=120, pairs="random"), 1)

    assert {one.kind for one in chosen} == {"random"}
    # A pair that comes twice is left out, so that turns may slip a little.
    assert set(Counter(one.clip_id for one in chosen).values()) <= {9, 10, 11}
    assert len({image for one in chosen for image in (one.image_0, one.image_1)}) == 36
    assert all(one.image_0 < one.image_1 for one in chosen)


def test_choice_depends_on_seed_and_round_alone(features):
    settings = LoopSettings(comparisons=60, clusters=2)

    again = [choose_comparisons(features, settings, 1) for _ in range(2)]
    later = choose_comparisons(features, settings, 2)

    assert again[0] == again[1]
    assert {one.comparison_id[:2] for one in later} == {"r2"}
    assert [one[2:] for one in later] != [one[2:] for one in again[0]]


@pytest.mark.parametrize("pairs", ["triplets", "random"])
def test_more_comparisons_than_there_are_pairs_are_refused(features, pairs):
    settings = LoopSettings(comparisons=12 * 36 * 36, clusters=2, pairs=pairs)

    with pytest.raises(BadInput, match=r"12 clips with 36 pictures give only \d+ different"):
        choose_comparisons(features, settings, 1)
