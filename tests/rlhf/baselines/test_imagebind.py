from __future__ import annotations

from dataclasses import replace

import pytest

from cluster_sampling.embedder import load_embedder
from rlhf.baselines.gallery import Gallery
from rlhf.baselines.imagebind import ImageBindSimilarity
from workbench.errors import BadInput


@pytest.fixture(scope="module")
def gallery(preferences, profile) -> Gallery:
    return Gallery(preferences, profile.embedder, "cpu")


def test_similarity_is_the_cosine_of_the_embedder(gallery, preferences, profile):
    showing = gallery.showings[5]
    clip, picture = preferences.clips[showing.clip_id], preferences.pictures[showing.image_id]
    embedder = load_embedder(profile.embedder)
    (image,) = embedder.embed_images([picture.path])
    heard = float(image @ embedder.embed_audio([clip.audio])[0])
    read = float(image @ embedder.embed_texts([clip.text])[0])
    for half, expected in (("music", heard), ("text", read), ("both", (heard + read) / 2)):
        found = ImageBindSimilarity(half).score(gallery)[showing]
        assert found == pytest.approx(expected, abs=1e-5)


def test_similarity_takes_what_a_clip_has(preferences, profile):
    deaf = replace(
        preferences,
        clips={name: clip._replace(audio=None) for name, clip in preferences.clips.items()},
    )
    gallery = Gallery(deaf, profile.embedder, "cpu")
    text = ImageBindSimilarity("text").score(gallery)
    assert ImageBindSimilarity("both").score(gallery) == pytest.approx(text)
    with pytest.raises(BadInput, match="the clip 'clip0' has no music, which imagebind-music"):
        ImageBindSimilarity("music").score(gallery)
