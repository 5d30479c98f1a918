from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import CLIPModel, CLIPProcessor

from rlhf.baselines.dual_encoder import DualEncoder
from rlhf.baselines.gallery import Gallery
from tests.factories.dual_encoders import tiny_clip
from workbench.errors import BadInput
from workbench.files import write_json


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory) -> Path:
    return tiny_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def gallery(preferences, profile) -> Gallery:
    return Gallery(preferences, profile.embedder, "cpu")


def test_clip_score_is_the_cosine_and_pickscore_scales_it(clip_folder, gallery, preferences):
    model = CLIPModel.from_pretrained(clip_folder).eval()
    processor = CLIPProcessor.from_pretrained(clip_folder)
    showing = gallery.showings[7]
    picture = Image.open(preferences.pictures[showing.image_id].path).convert("RGB")
    text = preferences.clips[showing.clip_id].text
    with torch.no_grad():
        logits = model(**processor(text=[text], images=[picture], return_tensors="pt"))
    scaled = DualEncoder(clip_folder, "cpu", is_scaled=True).score(gallery)
    plain = DualEncoder(clip_folder, "cpu", is_scaled=False).score(gallery)
    scale = model.logit_scale.exp().item()
    assert scaled[showing] == pytest.approx(logits.logits_per_image.item(), abs=1e-4)
    assert plain[showing] == pytest.approx(scaled[showing] / scale, abs=1e-6)
    assert len(set(plain.values())) == len(plain) == len(gallery.showings)


def test_a_text_beyond_the_model_is_cut(clip_folder, preferences, profile):
    clips = {name: clip._replace(text="ocean " * 200) for name, clip in preferences.clips.items()}
    gallery = Gallery(replace(preferences, clips=clips), profile.embedder, "cpu")
    assert len(DualEncoder(clip_folder, "cpu", is_scaled=False).score(gallery)) == 36


def test_a_clip_without_text_is_refused(clip_folder, preferences, profile):
    clips = {name: clip._replace(text="") for name, clip in preferences.clips.items()}
    gallery = Gallery(replace(preferences, clips=clips), profile.embedder, "cpu")
    with pytest.raises(BadInput, match="the clip 'clip0' has no text for CLIP"):
        DualEncoder(clip_folder, "cpu", is_scaled=False).score(gallery)


def test_a_folder_without_a_clip_model_is_refused(tmp_path, clip_folder):
    def opened(folder: Path) -> None:
        DualEncoder(folder, "cpu", is_scaled=False)

    with pytest.raises(BadInput, match="is no folder; name one that holds a CLIPModel"):
        opened(tmp_path / "nowhere")
    with pytest.raises(BadInput, match=r"config\.json does not exist"):
        opened(tmp_path)
    write_json(tmp_path / "config.json", {"model_type": "siglip"})
    with pytest.raises(BadInput, match="a model of type 'siglip'; name a folder with a CLIPModel"):
        opened(tmp_path)
    (tmp_path / "config.json").write_bytes((clip_folder / "config.json").read_bytes())
    with pytest.raises(BadInput, match="cannot be read"):
        opened(tmp_path)
    (tmp_path / "model.safetensors").write_bytes((clip_folder / "model.safetensors").read_bytes())
    with pytest.raises(BadInput, match="cannot be read"):
        opened(tmp_path)
