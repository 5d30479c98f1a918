from dataclasses import replace

import numpy as np
import pytest

from miniature.picture_features import picture_features
from miniature.world.latents import sample_latents, triple_seed
from miniature.world.pictures import draw_picture
from miniature.world.vocabulary import COMPOSITIONS, LIGHTINGS, PALETTES, SCENES, TEXTURES

POINT = sample_latents(triple_seed(0, 0))


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_picture_of_every_scene_and_composition_shows_something(scene, composition):
    picture = draw_picture(replace(POINT, scene=scene, composition=composition))

    assert (picture.dtype, picture.shape) == (np.uint8, (64, 64, 3))
    assert picture_features(picture).richness > 0.05


@pytest.mark.parametrize(
    ("name", "values"), [("palette", PALETTES), ("lighting", LIGHTINGS), ("texture", TEXTURES)]
)
def test_picture_changes_with_every_value(name, values):
    pictures = {draw_picture(replace(POINT, **{name: value})).tobytes() for value in values}

    assert len(pictures) == len(values)


def test_symmetrical_picture_mirrors_itself():
    point = replace(POINT, composition="symmetrical", texture="smooth", lighting="daylight")

    assert picture_features(draw_picture(point)).symmetry > 0.99


def test_glad_pictures_are_lighter_warmer_and_more_colourful_than_sad_ones():
    features = {
        valence: picture_features(draw_picture(replace(POINT, valence=valence, arousal=0.0)))
        for valence in (-0.9, 0.9)
    }

    assert features[0.9].lightness > features[-0.9].lightness + 0.05
    assert features[0.9].warmth > features[-0.9].warmth + 0.03
    assert features[0.9].saturation > features[-0.9].saturation


def test_excited_pictures_contrast_more_than_calm_ones():
    calm, excited = (
        picture_features(draw_picture(replace(POINT, valence=0.0, arousal=arousal)))
        for arousal in (-0.9, 0.9)
    )

    assert excited.contrast > 1.3 * calm.contrast


def test_picture_may_be_drawn_larger():
    assert draw_picture(POINT, size_px=128).shape == (128, 128, 3)
