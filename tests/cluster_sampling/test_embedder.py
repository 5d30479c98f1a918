import json

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from cluster_sampling import load_embedder, save_embedder
from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import ImageBindConfig
from cluster_sampling.look import LOOK_WIDTH, look
from cluster_sampling.tokenizer import END_ID, train_tokenizer
from tests.cluster_sampling.media import write_picture, write_tone
from tests.factories.embedders import tiny_embedder
from workbench.errors import BadInput


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_embedder(tmp_path_factory.mktemp("embedder") / "tiny")


@pytest.fixture(scope="module")
def embedder(folder):
    return load_embedder(folder)


def assert_unit_rows(rows, count):
    assert rows.shape == (count, 32)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_embedder_gives_unit_rows_of_one_width(embedder, tmp_path):
    tones = [write_tone(tmp_path / f"{hertz}.wav", hertz) for hertz in (220, 440)]
    pictures = [write_picture(tmp_path / f"{seed}.png", seed) for seed in range(3)]

    assert_unit_rows(embedder.embed_audio(tones), 2)
    assert_unit_rows(embedder.embed_images(pictures), 3)
    assert_unit_rows(embedder.embed_texts(["calm", "", "x" * 10_000, "日本 😀"]), 4)


def test_embedder_takes_empty_lists(embedder):
    for embed in (embedder.embed_audio, embedder.embed_images, embedder.embed_texts):
        assert embed([]).shape == (0, 32)


def test_embedder_repeats_itself_and_keeps_the_order_across_batches(folder, tmp_path):
    pictures = [write_picture(tmp_path / f"{seed}.png", seed) for seed in range(5)]
    at_once, by_two = load_embedder(folder), load_embedder(folder, batch_size=2)

    np.testing.assert_array_equal(at_once.embed_images(pictures), at_once.embed_images(pictures))
    np.testing.assert_allclose(
        by_two.embed_images(pictures), at_once.embed_images(pictures), atol=1e-5
    )
    np.testing.assert_allclose(
        by_two.embed_images(pictures[::-1])[::-1], at_once.embed_images(pictures), atol=1e-5
    )


def test_equal_seeds_give_equal_embedders_and_others_differ(folder, tmp_path):
    same = tiny_embedder(tmp_path / "same")
    other = tiny_embedder(tmp_path / "other", seed=1)

    texts = [load_embedder(place).embed_texts(["calm"]) for place in (folder, same, other)]

    np.testing.assert_array_equal(texts[0], texts[1])
    assert not np.allclose(texts[0], texts[2], atol=0.01)


def test_image_levels_agree_with_files_and_pass_gradients(embedder, tmp_path):
    path = write_picture(tmp_path / "a.png", seed=0, width=32, height=32)
    tensor = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None] / 255
    tensor.requires_grad_()

    levels = embedder.image_levels(tensor)
    levels[0, -1].backward()

    np.testing.assert_allclose(levels.detach(), embedder.embed_image_levels([path]), atol=1e-5)
    np.testing.assert_allclose(
        levels[:, -embedder.dimension :].detach(), embedder.embed_images([path]), atol=1e-5
    )
    assert levels.shape == (1, sum(embedder.level_blocks))
    torch.testing.assert_close(levels[:, :LOOK_WIDTH], look(tensor), atol=1e-3, rtol=0)
    assert (tensor.grad != 0).float().mean() > 0.99


def test_a_text_that_spells_the_end_token_does_not_end_there(embedder):
    short, spelled = embedder.embed_texts(["calm", "calm <|end|> fast drums"])

    assert short @ spelled < 0.999


def test_cut_text_still_has_its_end(embedder):
    assert embedder.read_text("piano " * 500)[-1] == END_ID


def test_weights_are_stored_in_half_and_loaded_in_single_precision(folder):
    stored = load_file(folder / "model.safetensors")

    assert {value.dtype for value in stored.values()} == {torch.float16}
    assert {p.dtype for p in load_embedder(folder).model.parameters()} == {torch.float32}


def test_saving_refuses_a_folder_that_holds_anything(folder):
    model, tokenizer = ImageBind(ImageBindConfig.mini()), train_tokenizer(["a"], vocabulary=258)

    with pytest.raises(BadInput, match="exists already"):
        save_embedder(folder, model, tokenizer)


@pytest.mark.parametrize(
    ("vocabulary", "end_id", "message"),
    [(258, END_ID, "270 tokens, the model only 258"), (300, 7, "does not close a text")],
)
def test_saving_refuses_a_tokenizer_that_does_not_fit(tmp_path, vocabulary, end_id, message):
    model = ImageBind(ImageBindConfig.mini(width=32, vocabulary=vocabulary, end_id=end_id))
    tokenizer = train_tokenizer(["calm piano", "calm violin"], vocabulary=270)

    with pytest.raises(BadInput, match=message):
        save_embedder(tmp_path / "embedder", model, tokenizer)
    assert not (tmp_path / "embedder").exists()


def drop_tensor(folder):
    tensors = load_file(folder / "model.safetensors")
    del tensors["text.position"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def change_config(folder, **fields):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | fields))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "config.json").unlink(), "lacks config.json"),
        (lambda f: (f / "tokenizer.json").unlink(), "lacks tokenizer.json"),
        (lambda f: (f / "model.safetensors").unlink(), "cannot be read"),
        (lambda f: (f / "config.json").write_text("[]"), "is of type None"),
        (lambda f: change_config(f, model_type="clip"), "is of type 'clip'"),
        (lambda f: change_config(f, audio={"width": 48}), "cannot be read"),
        (lambda f: change_config(f, audio={"hops": 48}), "cannot be read"),
        (lambda f: (f / "tokenizer.json").write_text("{}"), "is no tokenizer.json"),
        (lambda f: (f / "model.safetensors").write_bytes(b"broken"), "cannot be read"),
        (drop_tensor, "missing_keys text.position"),
    ],
)
def test_a_spoilt_folder_is_refused(tmp_path, spoil, message):
    folder = tiny_embedder(tmp_path / "embedder")
    spoil(folder)

    with pytest.raises(BadInput, match=message):
        load_embedder(folder)


def test_what_is_not_here_is_refused(folder):
    with pytest.raises(BadInput, match="'imagebind_huge' is no folder"):
        load_embedder("imagebind_huge")
    with pytest.raises(BadInput, match=r"'cuda:99' is not among the \d+ CUDA GPUs"):
        load_embedder(folder, device="cuda:99")
    with pytest.raises(BadInput, match="'tpu9' is unknown"):
        load_embedder(folder, device="tpu9")
