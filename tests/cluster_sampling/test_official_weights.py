import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from cluster_sampling.embedder import load_embedder, save_embedder
from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import ImageBindConfig
from cluster_sampling.official_weights import load_official, our_name
from cluster_sampling.tokenizer import train_tokenizer
from tests.cluster_sampling.official_imagebind import (
    official_output,
    official_shapes,
    official_tensors,
)
from workbench.errors import BadInput

# The official build in miniature: two frames, oblong mel windows, the end token of highest number.
SMALL = ImageBindConfig(
    embedding_width=24,
    audio={"width": 32, "depth": 2, "heads": 4, "mel_bins": 32, "frames": 56},
    image={"width": 48, "depth": 3, "heads": 4, "size_px": 28},
    text={"width": 16, "depth": 2, "heads": 2, "vocabulary": 300, "context": 12, "end_id": 299},
)


@pytest.fixture
def tensors():
    return official_tensors(SMALL, seed=0)


def saved(tmp_path, tensors):
    torch.save(tensors, tmp_path / "imagebind.pth")
    return tmp_path / "imagebind.pth"


def test_mapping_covers_huge_exactly():
    config = ImageBindConfig.huge()
    with torch.device("meta"):
        ours = {name: tuple(value.shape) for name, value in ImageBind(config).state_dict().items()}

    theirs = {
        name: shape
        for official, shape in official_shapes(config).items()
        if (name := our_name(official))
    }

    assert theirs == ours


def test_huge_has_the_published_sizes():
    shapes = official_shapes(ImageBindConfig.huge())

    assert shapes["modality_preprocessors.audio.pos_embedding_helper.pos_embed"] == (1, 229, 768)
    assert shapes["modality_preprocessors.vision.pos_embedding_helper.pos_embed"] == (1, 257, 1280)
    assert shapes["modality_preprocessors.vision.rgbt_stem.proj.1.weight"] == (1280, 3, 2, 14, 14)
    assert shapes["modality_trunks.text.blocks.23.mlp.fc1.weight"] == (4096, 1024)
    assert shapes["modality_heads.text.proj.1.weight"] == (1024, 1024)


def test_outputs_equal_those_of_the_official_architecture(tmp_path, tensors):
    model = load_official(saved(tmp_path, tensors), SMALL)
    generator = torch.Generator().manual_seed(1)
    mel = torch.randn(2, 3, 1, 32, 56, generator=generator)
    pixels = torch.randn(2, 3, 28, 28, generator=generator)
    tokens = torch.tensor([[298, 5, 6, 299, *[0] * 8], [298, *range(10, 20), 299]])

    with torch.no_grad():
        ours = model(mel, pixels, tokens)

    windows = official_output(tensors, SMALL, "audio", mel.flatten(0, 1)).reshape(2, 3, -1)
    torch.testing.assert_close(ours.audio, windows.mean(dim=1))
    torch.testing.assert_close(ours.image, official_output(tensors, SMALL, "image", pixels))
    torch.testing.assert_close(ours.text, official_output(tensors, SMALL, "text", tokens))


def test_safetensors_load_like_pth(tmp_path, tensors):
    save_file(tensors, tmp_path / "imagebind.safetensors")

    from_safetensors = load_official(tmp_path / "imagebind.safetensors", SMALL).state_dict()
    from_pth = load_official(saved(tmp_path, tensors), SMALL).state_dict()

    for name, value in from_pth.items():
        assert torch.equal(value, from_safetensors[name]), name


def test_half_precision_weights_load_as_float32(tmp_path, tensors):
    path = saved(tmp_path, {name: value.half() for name, value in tensors.items()})

    assert {p.dtype for p in load_official(path, SMALL).parameters()} == {torch.float32}


def test_official_model_becomes_an_embedder_folder(tmp_path, tensors):
    config = ImageBindConfig(**{**SMALL.to_dict(), "text": {**SMALL.text, "end_id": 1}})
    model = load_official(saved(tmp_path, tensors), config)
    tokenizer = train_tokenizer(["soft piano"], vocabulary=280)

    save_embedder(tmp_path / "embedder", model, tokenizer, dtype=torch.float32)

    rows = load_embedder(tmp_path / "embedder").embed_texts(["soft piano", "drums"])
    assert rows.shape == (2, 24)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("modality_heads.text.proj.1.weight"), "lacks text.head.projection.weight"),
        (lambda t: t.update({"modality_heads.video.0.weight": torch.zeros(1)}), "is no tensor of"),
        (
            lambda t: t.update({"modality_trunks.audio.blocks.2.norm_1.bias": torch.zeros(32)}),
            "no place for",
        ),
        (
            lambda t: t.update({"modality_preprocessors.audio.cls_token": torch.zeros(1, 1, 8)}),
            r"has the shape \(1, 1, 8\), expected \(1, 1, 32\)",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, tensors, change, message):
    change(tensors)

    with pytest.raises(BadInput, match=message):
        load_official(saved(tmp_path, tensors), SMALL)


class Malicious:
    def __reduce__(self):
        return (print, ("executed",))


@pytest.mark.parametrize("content", [Malicious(), [1, 2], {"a": "b"}])
def test_files_without_a_state_dict_are_refused(tmp_path, content, capsys):
    torch.save(content, tmp_path / "weights.pth")

    with pytest.raises(BadInput, match=r"no state dict|more than tensors"):
        load_official(tmp_path / "weights.pth", SMALL)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps({"a": 1}, protocol=2)])
def test_broken_weights_are_refused(tmp_path, content):
    (tmp_path / "weights.pth").write_bytes(content)
    (tmp_path / "weights.safetensors").write_bytes(content)

    for name in ("weights.pth", "weights.safetensors", "missing.pth"):
        with pytest.raises(BadInput):
            load_official(tmp_path / name, SMALL)
