import re

import numpy as np

from miniature.world.latents import sample_latents, triple_seed
from miniature.world.texts import compose_prompt, plain_prompt, varied_prompt, write_caption
from miniature.world.vocabulary import MOODS, nearest_mood

FORM = re.compile(r".+, .+ palette, .+ light, .+ composition, .+ texture(, (?P<mood>[a-z]+) mood)?")


def test_prompts_have_the_form_that_generation_composes():
    rng = np.random.default_rng(0)
    points = [sample_latents(triple_seed(0, index)) for index in range(200)]

    matches = [FORM.fullmatch(varied_prompt(point, rng)) for point in points]

    assert all(matches)
    moods = [match["mood"] for match in matches if match["mood"]]
    assert 100 < len(moods) < 165
    assert set(moods) <= set(MOODS)


def test_compose_prompt_writes_one_string():
    assert compose_prompt("ocean waves", "azure", "bright", "wide", "smooth", "calm") == (
        "ocean waves, azure palette, bright light, wide composition, smooth texture, calm mood"
    )


def test_plain_prompt_can_leave_the_mood_out():
    point = sample_latents(triple_seed(0, 0))

    assert plain_prompt(point).startswith(plain_prompt(point, has_mood=False))
    assert not plain_prompt(point, has_mood=False).endswith("mood")


def test_captions_name_mood_and_players_and_seldom_key_or_metre():
    rng = np.random.default_rng(0)
    points = [sample_latents(triple_seed(0, index)) for index in range(300)]

    captions = [write_caption(point, rng) for point in points]

    for point, caption in zip(points, captions, strict=True):
        assert nearest_mood(point.valence, point.arousal) in caption.lower()
        assert point.lead in caption.lower()
    assert 5 <= sum("major" in c or "minor" in c for c in captions) <= 30
    assert 5 <= sum("time signature" in c for c in captions) <= 30


def test_nearest_mood_finds_each_word_at_its_own_place():
    assert all(nearest_mood(*place) == word for word, place in MOODS.items())
