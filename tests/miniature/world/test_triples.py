import numpy as np
import pytest

from miniature.world.triples import make_triple


def test_triple_is_the_same_for_the_same_seed_and_index():
    one, other = make_triple(3, 7), make_triple(3, 7)

    assert one.latents == other.latents
    assert (one.caption, one.prompt) == (other.caption, other.prompt)
    assert np.array_equal(one.samples, other.samples)
    assert np.array_equal(one.picture, other.picture)


def test_triple_differs_between_indices_and_between_seeds():
    seeds = {make_triple(seed, index).latents.seed for seed in (0, 1) for index in (0, 1)}

    assert len(seeds) == 4


def test_triple_music_is_within_range_and_about_as_long_as_asked():
    for index in range(12):
        triple = make_triple(0, index, duration_s=4.0)

        assert triple.samples.dtype == np.float32
        assert 0.2 < np.abs(triple.samples).max() <= 0.7001
        assert len(triple.samples) == round(triple.score.duration_s * 16_000)
        assert 1.5 < triple.score.duration_s < 9.0


@pytest.mark.parametrize("duration_s", [0.0, 1.9, 9.0, float("nan")])
def test_triple_refuses_other_durations(duration_s):
    with pytest.raises(ValueError, match="2 to 8 s"):
        make_triple(0, 0, duration_s=duration_s)
