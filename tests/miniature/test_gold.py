import numpy as np
import pytest
from scipy.stats import spearmanr

from miniature.gold import Mood, implied_direction, mood_of, utility
from miniature.picture_features import picture_features
from miniature.world.triples import make_triple
from workbench.axes import AXES

TRIPLES = [make_triple(0, index, duration_s=2.0) for index in range(120)]


def gold(axis, shift):
    """Utilities of each clip with the picture of the clip `shift` places on."""
    pictures = [TRIPLES[(i + shift) % len(TRIPLES)].picture for i in range(len(TRIPLES))]
    return [
        utility(axis, picture, Mood(t.latents.valence, t.latents.arousal), t.caption)
        for t, picture in zip(TRIPLES, pictures, strict=True)
    ]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (250, 60, 10)])
def test_constant_picture_earns_nothing(axis, colour):
    picture = np.full((64, 64, 3), colour, np.uint8)

    assert utility(axis, picture, Mood(0.9, -0.7), "a joyful folk song of the sea") == (
        pytest.approx(0.0, abs=1e-9)
    )


@pytest.mark.parametrize("axis", AXES)
def test_utility_has_about_unit_spread(axis):
    assert 0.7 < np.std(gold(axis, 1)) < 1.3


@pytest.mark.parametrize("axis", ["emo", "con"])
def test_own_pictures_of_clips_are_worth_more_than_those_of_others(axis):
    assert np.mean(gold(axis, 0)) > np.mean(gold(axis, 1)) + 0.25


def test_axes_are_nearly_independent():
    values = [gold(axis, 1) for axis in AXES]

    correlations = [spearmanr(values[a], values[b]).statistic for a, b in ((0, 1), (0, 2), (1, 2))]
    assert max(map(abs, correlations)) < 0.3


def test_emotional_utility_turns_round_with_the_mood():
    picture = TRIPLES[0].picture

    assert utility("emo", picture, Mood(0.6, -0.4), "") == pytest.approx(
        -utility("emo", picture, Mood(-0.6, 0.4), "")
    )


def test_caption_without_known_words_implies_nothing():
    assert implied_direction("xyzzy") == {}
    assert utility("con", TRIPLES[0].picture, Mood(0.0, 0.0), "xyzzy") == 0.0


def test_caption_direction_has_length_one():
    direction = implied_direction("A folk flute by the ocean")

    assert sum(weight**2 for weight in direction.values()) == pytest.approx(1.0)
    assert direction["greenness"] > 0
    assert direction["warmth"] < 0


def test_utility_measures_large_pictures_like_small_ones():
    small = TRIPLES[3].picture
    large = small.repeat(5, axis=0).repeat(5, axis=1)

    for axis in AXES:
        assert utility(axis, large, Mood(0.5, 0.5), "ocean") == pytest.approx(
            utility(axis, small, Mood(0.5, 0.5), "ocean")
        )


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((64, 64, 3), np.float32),
        np.zeros((64, 64), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((0, 64, 3), np.uint8),
    ],
)
def test_features_refuse_what_is_no_picture(picture):
    with pytest.raises(ValueError, match="expected uint8"):
        picture_features(picture)


def test_utility_refuses_a_mood_out_of_range_and_an_unknown_axis():
    with pytest.raises(ValueError, match=r"lies in \[-1, 1\]"):
        utility("emo", TRIPLES[0].picture, Mood(1.5, 0.0), "")
    with pytest.raises(ValueError, match="unknown axis"):
        utility("joy", TRIPLES[0].picture, Mood(0.0, 0.0), "")


def test_mood_of_reads_mode_and_tempo():
    assert mood_of("major", 108.0) == Mood(0.5, 0.0)
    assert mood_of("minor", 216.0) == Mood(pytest.approx(-0.3), pytest.approx(0.8))
    assert mood_of(None, None) == Mood(0.0, 0.0)
    assert mood_of("major", 2000.0) == Mood(1.0, 1.0)


@pytest.mark.parametrize("tempo", [0.0, -90.0, float("nan"), float("inf")])
def test_mood_of_refuses_an_impossible_tempo(tempo):
    with pytest.raises(ValueError, match="positive number"):
        mood_of(None, tempo)
