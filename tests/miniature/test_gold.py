import math
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy.stats import spearmanr

from miniature.classifier import load_classifier
from miniature.gold import (
    Mood,
    Truth,
    best_constant,
    mood_of,
    relative_tone,
    see,
    truth_heard,
    truth_of,
    utilities,
    utility,
)
from miniature.gold_reference import TONE, load_reference
from miniature.picture_features import features_of, picture_features
from miniature.train.drawn import world_latents
from miniature.train.standardising import measured_reference
from miniature.world.latents import triple_seed
from miniature.world.pictures import draw_picture
from miniature.world.texts import write_caption
from miniature.world.vocabulary import SCENES
from workbench.axes import AXES

N = 240
POINTS = world_latents(N, 41)
TRUTHS = [truth_of(point) for point in POINTS]
PAIRS = ((0, 1), (0, 2), (1, 2))
STILL = Mood(0.0, 0.0)


@pytest.fixture(scope="module")
def drawn():
    return np.stack([draw_picture(point) for point in POINTS])


def shifted(by):
    """Each picture meets the clip `by` places on."""
    return TRUTHS[by:] + TRUTHS[:by]


def solid(*colours):
    return np.broadcast_to(np.array(colours, np.uint8)[:, None, None], (len(colours), 64, 64, 3))


def saturated(pictures, by):
    grey = (pictures @ np.array([0.299, 0.587, 0.114]))[..., None]
    return np.clip(grey + by * (pictures - grey), 0, 255).astype(np.uint8)


def blurred(pictures, radius):
    soft = ImageFilter.GaussianBlur(radius)
    return np.stack([np.asarray(Image.fromarray(picture).filter(soft)) for picture in pictures])


def test_constant_picture_of_any_colour_earns_exactly_nothing():
    colours = list(product((0, 51, 102, 153, 204, 255), repeat=3))

    worth = utilities(solid(*colours), [TRUTHS[k % N] for k in range(len(colours))])

    assert np.abs(worth).max() == 0.0


def test_almost_constant_picture_earns_nothing():
    noise = np.random.default_rng(0).integers(-2, 3, (216, 64, 64, 3))
    colours = np.array(list(product((10, 60, 110, 150, 200, 240), repeat=3)))[:, None, None]

    assert np.abs(utilities((colours + noise).astype(np.uint8), TRUTHS[:216])).max() == 0.0


def test_best_constant_picture_earns_nothing():
    assert best_constant(TRUTHS).tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="at least one clip"):
        best_constant([])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("spread", [20, 60, 300])
def test_noise_earns_nothing(channels, spread):
    noise = np.random.default_rng(1).normal(128, spread, (40, 64, 64, channels)).clip(0, 255)
    pictures = np.broadcast_to(noise, (40, 64, 64, 3)).astype(np.uint8)

    assert np.abs(utilities(pictures, TRUTHS[:40])).max() == 0.0


@pytest.mark.parametrize("period_px", [1, 2, 4, 8, 16])
def test_checks_and_stripes_earn_next_to_nothing(period_px):
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:64, 0:64] // period_px
    masks = np.stack([(y + x) % 2, y % 2, x % 2] * 10)[..., None]
    one, other = rng.integers(0, 256, (2, 30, 1, 1, 3))
    pictures = np.where(masks, one, other).astype(np.uint8)

    worth = utilities(pictures, TRUTHS[:30])

    assert np.abs(worth.mean(axis=0)).max() < 0.1
    assert worth[:, 2].max() < 0.8


def test_gradients_earn_next_to_nothing():
    rng = np.random.default_rng(3)
    share = np.linspace(0, 1, 64)[None, :, None, None]
    one, other = rng.integers(0, 256, (2, 30, 1, 1, 3))
    pictures = np.broadcast_to(one + share * (other - one), (30, 64, 64, 3)).astype(np.uint8)

    assert np.abs(utilities(pictures, TRUTHS[:30]).mean(axis=0)).max() < 0.1


def test_scraps_of_pictures_in_disorder_earn_next_to_nothing(drawn):
    order = np.random.default_rng(4).permutation(256)
    tiles = drawn.reshape(N, 16, 4, 16, 4, 3).swapaxes(2, 3).reshape(N, 256, 4, 4, 3)
    mixed = tiles[:, order].reshape(N, 16, 16, 4, 4, 3).swapaxes(2, 3).reshape(N, 64, 64, 3)

    assert np.abs(utilities(mixed, TRUTHS).mean(axis=0)).max() < 0.15


@pytest.mark.parametrize("by", [2.0, 4.0, 10.0])
def test_garish_pictures_are_worth_less(drawn, by):
    plain, garish = (utilities(shown, TRUTHS) for shown in (drawn, saturated(drawn, by)))

    assert (garish.mean(axis=0) < plain.mean(axis=0)).all()


@pytest.mark.parametrize("spread", [15, 40, 80])
def test_noise_on_pictures_pays_on_no_axis(drawn, spread):
    noise = np.random.default_rng(5).normal(0, spread, drawn.shape)
    noisy = (drawn + noise).clip(0, 255).astype(np.uint8)

    gain = utilities(noisy, TRUTHS).mean(axis=0) - utilities(drawn, TRUTHS).mean(axis=0)

    assert (gain < 0.0).all()


def test_utility_has_about_unit_spread_over_pictures_and_clips(drawn):
    spread = np.concatenate([utilities(drawn, shifted(by)) for by in (1, 2, 3)]).std(axis=0)

    assert spread == pytest.approx([1.0, 1.0, 1.0], abs=0.2)


def test_axes_are_nearly_independent_over_pictures_and_clips(drawn):
    worth = np.concatenate([utilities(drawn, shifted(by)) for by in range(1, 6)])

    correlations = [spearmanr(worth[:, a], worth[:, b]).statistic for a, b in PAIRS]
    assert np.abs(correlations).max() < 0.3


def test_own_pictures_of_clips_are_worth_more_than_those_of_others(drawn):
    gain = utilities(drawn, TRUTHS).mean(axis=0) - utilities(drawn, shifted(1)).mean(axis=0)

    assert gain[0] > 0.7
    assert gain[1] > 2.0
    assert gain[2] == pytest.approx(0.0, abs=1e-12)


def test_emotional_utility_is_bilinear_in_the_mood(drawn):
    glad, excited, both, opposite = (
        utilities(drawn[:8], [Truth(Mood(*mood), {})] * 8)[:, 0]
        for mood in ((1.0, 0.0), (0.0, 1.0), (0.6, -0.4), (-0.6, 0.4))
    )

    assert both == pytest.approx(0.6 * glad - 0.4 * excited)
    assert opposite == pytest.approx(-both)


def test_tone_hears_the_mood_that_it_was_drawn_with(drawn):
    valence, arousal = np.array([truth.mood for truth in TRUTHS]).T
    seen = see(drawn)

    assert np.corrcoef(seen.gladness, valence)[0, 1] > 0.7
    assert np.corrcoef(seen.excitement, arousal)[0, 1] > 0.55


def test_half_of_what_palette_and_lighting_imply_is_allowed_for(drawn):
    dark = [k for k, point in enumerate(POINTS) if point.lighting == "moonlit"]
    light = [k for k, point in enumerate(POINTS) if point.lighting == "daylight"]
    implied = np.array(load_reference().implied)
    features, judged = features_of(drawn), load_classifier("examiner").judge(drawn)
    tone = relative_tone(features, judged, implied)[:, TONE.index("lightness")]
    # The lightness that a picture's own palette and lighting have at neutral mood.
    own = np.einsum("np,nl,pl->n", np.exp(judged["palette"]), np.exp(judged["lighting"]),
                    implied[:, :, TONE.index("lightness")])  # fmt: skip

    before = features.lightness[light].mean() - features.lightness[dark].mean()
    after = tone[light].mean() - tone[dark].mean()

    assert after == pytest.approx(before - 0.5 * (own[light].mean() - own[dark].mean()))
    assert 0.3 < after / before < 0.7


def test_semantic_utility_is_bounded_and_turns_on_the_scene(drawn):
    right = utilities(drawn, TRUTHS)[:, 1]
    others = [Truth(STILL, {SCENES[SCENES.index(p.scene) - 3]: 1.0}) for p in POINTS]
    wrong = utilities(drawn, others)[:, 1]

    assert (right <= math.log(8.25 / 1.25)).all()
    assert (wrong >= math.log(0.25 / 1.25)).all()
    assert (right > 0.5).mean() > 0.95
    assert (wrong < -0.5).mean() > 0.95


def test_semantic_utility_of_pictures_that_dissolve_goes_to_nothing(drawn):
    right = [utilities(blurred(drawn, radius), TRUTHS)[:, 1].mean() for radius in (0, 2, 6, 30)]

    assert right[0] > right[1] > right[2] > right[3]
    assert right[3] == pytest.approx(0.0, abs=0.1)


def test_semantic_utility_of_a_clip_whose_scene_is_unknown_or_any_is_nothing(drawn):
    anything = dict.fromkeys(SCENES, 1 / 8)

    for scenes in ({}, anything):
        worth = utilities(drawn[:8], [Truth(Mood(0.3, 0.3), scenes)] * 8)
        assert worth[:, 1] == pytest.approx(np.zeros(8), abs=1e-9)


def test_either_of_two_meant_scenes_will_do(drawn):
    k = next(k for k, point in enumerate(POINTS) if point.scene == "forest")
    by = {
        name: utility("con", drawn[k], Truth(STILL, scenes))
        for name, scenes in {
            "it": {"forest": 1.0}, "either": {"forest": 0.5, "meadow": 0.5}, "other": {"city": 1.0},
        }.items()
    }  # fmt: skip

    assert by["it"] > by["either"] > 0.5
    assert by["other"] < 0.0


def test_creative_utility_is_the_same_for_all_clips_and_lies_between_0_and_4(drawn):
    worth = utilities(drawn, TRUTHS)[:, 2]

    assert worth == pytest.approx(utilities(drawn, shifted(7))[:, 2])
    assert worth.min() >= 0.0
    assert worth.max() <= 4.0
    assert worth.mean() == pytest.approx(2.0, abs=0.3)


def test_utility_measures_large_pictures_like_small_ones(drawn):
    large = drawn[:4].repeat(5, axis=1).repeat(5, axis=2)

    assert utilities(large, TRUTHS[:4]) == pytest.approx(utilities(drawn[:4], TRUTHS[:4]))


def test_utility_is_one_entry_of_utilities(drawn):
    worth = utilities(drawn[:3], TRUTHS[:3])

    for k, (row, axis) in product(range(3), enumerate(AXES)):
        assert utility(axis, drawn[k], TRUTHS[k]) == pytest.approx(worth[k, row], abs=1e-6)


@pytest.mark.parametrize(
    "pictures",
    [
        np.zeros((2, 64, 64, 3), np.float32),
        np.zeros((2, 64, 64), np.uint8),
        np.zeros((2, 64, 64, 4), np.uint8),
        np.zeros((2, 0, 64, 3), np.uint8),
    ],
)
def test_utilities_refuse_what_is_no_picture(pictures):
    with pytest.raises(ValueError, match="expected uint8"):
        utilities(pictures, TRUTHS[:2])
    with pytest.raises(ValueError, match="expected uint8"):
        picture_features(pictures[0])


def test_utilities_refuse_another_number_of_clips_and_an_unknown_axis(drawn):
    with pytest.raises(ValueError, match="a clip for each picture, not 3 for 2"):
        utilities(drawn[:2], TRUTHS[:3])
    with pytest.raises(ValueError, match="unknown axis 'joy'"):
        utility("joy", drawn[0], TRUTHS[0])


@pytest.mark.parametrize(
    ("mood", "scenes", "complaint"),
    [
        ((1.5, 0.0), {}, r"lies in \[-1, 1\]"),
        ((0.0, float("nan")), {}, r"lies in \[-1, 1\]"),
        ((0.0, 0.0), {"moon": 1.0}, "unknown scene"),
        ((0.0, 0.0), {"city": 0.5}, "add to 1"),
        ((0.0, 0.0), {"city": 1.5, "ocean": -0.5}, "at least 0"),
    ],
)
def test_truth_refuses_what_cannot_be_true(mood, scenes, complaint):
    with pytest.raises(ValueError, match=complaint):
        Truth(Mood(*mood), scenes)


def test_truth_heard_counts_words_of_scenes():
    truth = truth_heard("minor", 108.0, "A FOLK song with flute and acoustic guitar by the sea.")

    assert truth == Truth(Mood(-0.5, 0.0), {"forest": 0.8, "ocean": 0.2})
    assert truth_heard(None, None, "xyzzy, deseaned 日本").scenes == {}
    assert truth_heard(None, None, "").scenes == {}


def test_truth_heard_finds_the_scene_of_captions_of_the_world():
    rng = triple_seed(6, 0)
    heard = [truth_heard(p.mode, p.tempo_bpm, write_caption(p, rng)) for p in POINTS]

    found = [
        max(truth.scenes, key=truth.scenes.get, default=None) == point.scene
        for truth, point in zip(heard, POINTS, strict=True)
    ]
    assert np.mean(found) > 0.95


def test_mood_of_reads_mode_and_tempo():
    assert mood_of("major", 108.0) == Mood(0.5, 0.0)
    assert mood_of("minor", 216.0) == Mood(pytest.approx(-0.3), pytest.approx(0.8))
    assert mood_of(None, None) == Mood(0.0, 0.0)
    assert mood_of("major", 2000.0) == Mood(1.0, 1.0)


@pytest.mark.parametrize("tempo", [0.0, -90.0, float("nan"), float("inf")])
def test_mood_of_refuses_an_impossible_tempo(tempo):
    with pytest.raises(ValueError, match="positive number"):
        mood_of(None, tempo)


def test_committed_reference_is_that_of_the_world_and_the_examiner():
    committed, measured = load_reference(), measured_reference(pictures=400, of_each=8, seed=3)

    assert np.array(measured.implied)[..., :4] == pytest.approx(
        np.array(committed.implied)[..., :4], abs=0.06
    )
    spreads = [
        *zip(committed.tone, measured.tone, strict=True),
        *((committed.form[name], measured.form[name]) for name in committed.form),
        *(
            (getattr(committed, k), getattr(measured, k))
            for k in ("gladness", "excitement", "appeal")
        ),
    ]
    for one, other in spreads:
        assert other.mean == pytest.approx(one.mean, abs=0.25 * one.sd)
        assert other.sd == pytest.approx(one.sd, rel=0.2)
