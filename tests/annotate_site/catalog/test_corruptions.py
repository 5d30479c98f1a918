from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from annotate_site.catalog.corruptions import corrupted
from tests.factories.catalog import picture

SEEDS = range(12)


def scene(size: tuple[int, int] = (120, 90)) -> bytes:
    """A bright disc on a dark ground: something that can be recognised."""
    y, x = np.mgrid[: size[1], : size[0]]
    disc = (x - size[0] / 2) ** 2 + (y - size[1] / 2) ** 2 < (min(size) / 4) ** 2
    pixels = np.where(disc[..., None], (250, 200, 30), (10, 20, 80)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def pixels_of(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(float)


def test_the_same_seed_spoils_in_the_same_way():
    assert [corrupted(scene(), seed=s) for s in SEEDS] == [
        corrupted(scene(), seed=s) for s in SEEDS
    ]


def test_all_three_ways_come_about():
    assert {corrupted(scene(), seed=s).how for s in SEEDS} == {"blurred", "noisy", "shuffled"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_spoilt_picture_is_as_large_grey_and_unlike_the_original(seed):
    spoilt, original = pixels_of(corrupted(scene(), seed=seed).content), pixels_of(scene())
    assert spoilt.shape == original.shape
    assert np.ptp(spoilt, axis=2).max() == 0
    grey = original.mean(axis=2)
    assert np.abs(spoilt[..., 0] - grey).mean() > 15


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [(16, 16), (16, 200), (17, 31)])
def test_small_and_narrow_pictures_can_be_spoilt(seed, size):
    spoilt = pixels_of(corrupted(picture(size=size), seed=seed).content)
    assert spoilt.shape == (size[1], size[0], 3)
