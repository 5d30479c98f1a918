"""What is recomputed to save memory, and that it changes no gradient."""

from __future__ import annotations

import pytest
import torch

from rlhf._latents import decode_latents
from rlhf._painter import load_base_painter
from tests.rlhf.objectives.conftest import small_settings


def _decoded_backward(profile, *, saves_decoder_memory: bool) -> tuple[int, torch.Tensor]:
    """How often the VAE decoder's middle was begun in all, and the gradient of the latents."""
    settings = small_settings("refl", saves_decoder_memory=saves_decoder_memory)
    vae = load_base_painter(profile, settings, "cpu").pipeline.vae
    runs: list[int] = []
    # Before, as recomputing breaks off when it has all that is needed.
    vae.decoder.mid_block.register_forward_pre_hook(lambda *_: runs.append(1))
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(1, 4, 8, 8, generator=generator).requires_grad_()
    decode_latents(vae, latents).square().mean().backward()
    assert latents.grad is not None
    return len(runs), latents.grad


def test_decoder_is_recomputed_on_the_way_back_with_the_same_gradient(profile):
    kept, recomputed = (
        _decoded_backward(profile, saves_decoder_memory=saves) for saves in (False, True)
    )
    assert (kept[0], recomputed[0]) == (1, 2)
    torch.testing.assert_close(recomputed[1], kept[1])


@pytest.mark.parametrize("saves", [False, True])
def test_unet_recomputes_only_when_memory_is_to_be_saved(profile, saves):
    settings = small_settings("refl", saves_memory=saves)
    unet = load_base_painter(profile, settings, "cpu").pipeline.unet
    assert unet.is_gradient_checkpointing == saves
