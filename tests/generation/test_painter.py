from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from generation.adapters import ADAPTER_FILE, AdapterChoice, AdapterOrigin, read_origin
from generation.painter import Painter, load_painter, painter_hash
from tests.factories.painters import tiny_painter
from workbench.errors import BadInput
from workbench.files import write_json
from workbench.profiles import Profile

PROMPTS = ("ocean, blue palette", "city, violet palette", "forest, golden light")


def profile(painter: Path | str, *, needs_gpu: bool = False) -> Profile:
    return Profile(
        name="tiny",
        painter=str(painter),
        embedder="",
        size_px=32,
        steps=2,
        guidance=2.0,
        needs_gpu=needs_gpu,
    )


def painted(
    painter: Painter, *, seeds: Sequence[int] = (1, 2, 3), batch: int = 4
) -> list[Image.Image]:
    prompts = PROMPTS[: len(seeds)]
    return list(painter.paint(prompts, seeds, steps=2, guidance=2.0, size_px=32, batch=batch))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.tobytes() == other.tobytes()


@pytest.fixture
def painter(painter_folder: Path) -> Painter:
    return load_painter(profile(painter_folder), device="cpu")


def test_paint_gives_square_pictures_that_follow_their_seed(painter: Painter) -> None:
    first, *_ = painted(painter)
    again, *_ = painted(painter)
    other, *_ = painted(painter, seeds=(9, 2, 3))

    assert (first.size, first.mode) == ((32, 32), "RGB")
    assert same(first, again)
    assert not same(first, other)


def test_paint_gives_the_same_pictures_in_batches_of_any_size(painter: Painter) -> None:
    together = [np.asarray(picture, int) for picture in painted(painter, batch=3)]
    alone = [np.asarray(picture, int) for picture in painted(painter, batch=1)]

    # Matrix products of another shape may round another way; nothing else may differ.
    assert np.abs(np.stack(together) - np.stack(alone)).max() <= 1


@pytest.mark.parametrize("size_px", [0, -8, 33, 36])
def test_paint_refuses_a_size_that_is_no_multiple_of_8(painter: Painter, size_px: int) -> None:
    with pytest.raises(BadInput) as caught:
        next(painter.paint(["sea"], [0], steps=1, guidance=1.0, size_px=size_px))

    assert str(caught.value) == f"size_px = {size_px} will not do: it must be a multiple of 8"


def test_paint_refuses_prompts_without_seeds(painter: Painter) -> None:
    with pytest.raises(ValueError, match="2 prompts but 1 seeds"):
        next(painter.paint(["sea", "city"], [0], steps=1, guidance=1.0, size_px=32))


def test_overflow_is_what_77_tokens_cannot_hold(painter: Painter) -> None:
    # One token each, and one at either end.
    assert painter.overflow(" ".join(["ocean"] * 75)) == ""
    assert painter.overflow(" ".join(["ocean"] * 75 + ["city", "blue"])) == "city blue"


def test_load_painter_runs_in_float32_on_a_cpu_whatever_the_files_hold(
    painter_folder: Path, tmp_path: Path, painter: Painter
) -> None:
    half = tmp_path / "half"
    painter.pipeline.to(torch.float16).save_pretrained(half)

    loaded = load_painter(profile(half), device="cpu")

    assert loaded.pipeline.unet.dtype == torch.float32
    assert loaded.pipeline.vae.dtype == torch.float32
    assert len(painted(loaded, seeds=(1,))) == 1


def test_painter_hash_names_the_weights(painter_folder: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(painter_folder, tmp_path / "copy")
    (copied / "README.md").write_text("A card is no weight.")

    assert painter_hash(copied) == painter_hash(painter_folder)
    assert painter_hash(tiny_painter(tmp_path / "other", seed=1)) != painter_hash(painter_folder)


def load_refusal(wanted: Profile) -> str:
    with pytest.raises(BadInput) as caught:
        load_painter(wanted, device="cpu")
    return str(caught.value)


@pytest.mark.parametrize("place", ["/nowhere/at/all", "nobody/has-this-painter"])
def test_load_painter_refuses_a_missing_painter(place: str) -> None:
    assert load_refusal(profile(place)) == (
        f"the painter {place} of the profile tiny is not on this machine; "
        "put its folder there or fetch it into the local hub cache"
    )


def test_load_painter_refuses_a_folder_without_a_pipeline(tmp_path: Path) -> None:
    assert load_refusal(profile(tmp_path)) == (
        f"{tmp_path} is no painter: it has no model_index.json of a diffusers pipeline"
    )


def test_load_painter_refuses_another_kind_of_pipeline(tmp_path: Path) -> None:
    write_json(tmp_path / "model_index.json", {"_class_name": "FluxPipeline"})

    assert load_refusal(profile(tmp_path)) == (
        f"the painter in {tmp_path} is a FluxPipeline; expected a StableDiffusionXLPipeline"
    )


@pytest.mark.parametrize("content", [None, b"", b"no tensors here"])
def test_load_painter_refuses_missing_or_broken_weights(
    painter_folder: Path, tmp_path: Path, content: bytes | None
) -> None:
    broken = shutil.copytree(painter_folder, tmp_path / "broken")
    weights = broken / "unet" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    if content is not None:
        weights.write_bytes(content)

    refusal = load_refusal(profile(broken))

    assert refusal.startswith(f"the painter in {broken} cannot be loaded: ")
    assert "\n" not in refusal


def test_load_painter_refuses_a_big_profile_without_a_gpu(painter_folder: Path) -> None:
    assert load_refusal(profile(painter_folder, needs_gpu=True)) == (
        "the profile tiny needs a GPU and this run has none; choose --profile mini"
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_load_painter_refuses_cuda_where_there_is_none(painter_folder: Path) -> None:
    with pytest.raises(BadInput, match="this machine has no CUDA device; take cpu"):
        load_painter(profile(painter_folder), device="cuda")


def test_adapter_changes_the_picture_with_its_weight(painter: Painter, emo_adapter: Path) -> None:
    base, *_ = painted(painter)
    painter.add_adapters([AdapterChoice("emo", emo_adapter, 1.0)], accept_foreign=False)
    full, *_ = painted(painter)
    painter.set_weights({"emo": 0.5})
    half, *_ = painted(painter)

    assert painter.weights == {"emo": 0.5}
    assert not same(base, full)
    assert not same(full, half)


def test_adapters_at_weight_0_give_the_base_pictures_bit_for_bit(
    painter: Painter, emo_adapter: Path, con_adapter: Path
) -> None:
    base = painted(painter)
    choices = [AdapterChoice("emo", emo_adapter, 0.7), AdapterChoice("con", con_adapter, 0.3)]
    painter.add_adapters(choices, accept_foreign=False)
    mixed = painted(painter)
    painter.set_weights({"emo": 0.0, "con": 0.0})
    off = painted(painter)
    painter.set_weights({"emo": 0.7, "con": 0.3})
    on_again = painted(painter)

    assert [same(*pair) for pair in zip(base, off, strict=True)] == [True] * 3
    assert [same(*pair) for pair in zip(base, mixed, strict=True)] == [False] * 3
    assert [same(*pair) for pair in zip(mixed, on_again, strict=True)] == [True] * 3


def test_axis_without_a_weight_is_off(
    painter: Painter, painter_folder: Path, emo_adapter: Path, con_adapter: Path
) -> None:
    choices = [AdapterChoice("emo", emo_adapter), AdapterChoice("con", con_adapter)]
    painter.add_adapters(choices, accept_foreign=False)
    painter.set_weights({"emo": 1.0})
    alone = load_painter(profile(painter_folder), device="cpu")
    alone.add_adapters([AdapterChoice("emo", emo_adapter)], accept_foreign=False)

    assert painter.weights == {"emo": 1.0, "con": 0.0}
    assert painter.pipeline.get_active_adapters() == ["emo"]  # What is off costs no time.
    assert same(painted(painter)[0], painted(alone)[0])


def test_set_weights_refuses_an_axis_without_adapter(painter: Painter) -> None:
    with pytest.raises(BadInput, match="no adapter is loaded for cre; give one first"):
        painter.set_weights({"cre": 1.0})


def test_read_origin_reads_the_lineage(
    emo_adapter: Path, foreign_adapter: Path, painter_folder: Path
) -> None:
    assert read_origin(emo_adapter) == AdapterOrigin(
        "emo", "r" * 64, "s" * 64, painter_hash(painter_folder), is_control=False
    )
    assert read_origin(foreign_adapter) == AdapterOrigin(None, None, None, None, is_control=False)


def add_refusal(painter: Painter, choice: AdapterChoice, *, accept_foreign: bool = False) -> str:
    with pytest.raises(BadInput) as caught:
        painter.add_adapters([choice], accept_foreign=accept_foreign)
    return str(caught.value)


def test_add_adapters_refuses_an_adapter_of_another_base(
    painter_folder: Path, emo_adapter: Path, tmp_path: Path
) -> None:
    other = load_painter(profile(tiny_painter(tmp_path / "other", seed=1)), device="cpu")

    assert add_refusal(other, AdapterChoice("emo", emo_adapter), accept_foreign=True) == (
        f"the adapter {emo_adapter} was trained on the base painter "
        f"{painter_hash(painter_folder)[:12]}, not on {other.sha256[:12]}; choose that painter"
    )


def test_add_adapters_refuses_an_adapter_of_another_axis(
    painter: Painter, emo_adapter: Path
) -> None:
    assert add_refusal(painter, AdapterChoice("cre", emo_adapter)) == (
        f"the adapter {emo_adapter} is for the axis emo, not cre; give it as emo={emo_adapter}"
    )


def test_add_adapters_refuses_a_foreign_adapter_unless_told_otherwise(
    painter: Painter, foreign_adapter: Path
) -> None:
    choice = AdapterChoice("cre", foreign_adapter)

    assert add_refusal(painter, choice) == (
        f"the adapter {foreign_adapter} does not say which base painter it was trained on; "
        "give --foreign-adapters to use it all the same"
    )
    painter.add_adapters([choice], accept_foreign=True)
    assert painter.weights == {"cre": 1.0}


def test_add_adapters_refuses_a_folder_without_adapter(painter: Painter, tmp_path: Path) -> None:
    assert add_refusal(painter, AdapterChoice("emo", tmp_path)) == (
        f"{tmp_path} is no adapter: it has no {ADAPTER_FILE}"
    )


def test_add_adapters_refuses_a_broken_file(painter: Painter, tmp_path: Path) -> None:
    (tmp_path / ADAPTER_FILE).write_bytes(b"no tensors here")

    assert add_refusal(painter, AdapterChoice("emo", tmp_path)).startswith(
        f"{tmp_path / ADAPTER_FILE} is broken: "
    )


def test_add_adapters_refuses_an_adapter_of_other_shapes(painter: Painter, tmp_path: Path) -> None:
    name = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
    weights = {f"{name}.lora_A.weight": torch.ones(2, 7), f"{name}.lora_B.weight": torch.ones(5, 2)}
    save_file(weights, tmp_path / ADAPTER_FILE, metadata={"format": "pt"})

    assert add_refusal(painter, AdapterChoice("emo", tmp_path), accept_foreign=True).startswith(
        f"the adapter {tmp_path} does not fit the painter: "
    )
