"""The painter's UNet and text encoders, trained together on latents and prompts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import EulerDiscreteScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

from miniature.train.checkpoints import Trainee
from miniature.train.loop import Losses, optimizer_for, run_steps
from miniature.train.recipe import best_device
from miniature.train.settings import PainterSettings
from miniature.train.vocabularies import CONTEXT
from miniature.world.latents import Latents
from miniature.world.pictures import SIZE_PX
from miniature.world.texts import varied_prompt
from workbench.run_folder import RunFolder

_TEXT_WIDTH = 64
_TIME_IDS = 6
_TIME_ID_WIDTH = 32
_TRAIN_TIMESTEPS = 1000


class Painting(NamedTuple):
    """The trainable parts of the pipeline."""

    unet: UNet2DConditionModel
    text_encoder: CLIPTextModel
    text_encoder_2: CLIPTextModelWithProjection

    def modules(self) -> dict[str, torch.nn.Module]:
        return dict(self._asdict())


def new_scheduler() -> EulerDiscreteScheduler:
    """v-prediction over DDPM's linear noise schedule, whose last step is noise almost alone.

    With SDXL's own schedule a picture's mean leaks through the last step (Lin et al. 2024), and
    the painter could not learn how dark or light a mood is.
    """
    return EulerDiscreteScheduler(
        num_train_timesteps=_TRAIN_TIMESTEPS,
        beta_start=1e-4,
        beta_end=0.02,
        beta_schedule="linear",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
    )


def new_painting(tokenizer: CLIPTokenizer, width: int) -> Painting:
    """UNet of 3.3 M parameters at width 40, and two text encoders of 0.25 M each."""
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=_TEXT_WIDTH,
        intermediate_size=4 * _TEXT_WIDTH,
        projection_dim=_TEXT_WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=CONTEXT,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    unet = UNet2DConditionModel(
        sample_size=SIZE_PX // 4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(width, 2 * width, 2 * width + 16),
        layers_per_block=1,
        cross_attention_dim=2 * _TEXT_WIDTH,
        attention_head_dim=(2, 4, 4),  # SDXL's configs use this name for the number of heads.
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=_TIME_ID_WIDTH,
        projection_class_embeddings_input_dim=_TEXT_WIDTH + _TIME_IDS * _TIME_ID_WIDTH,
        norm_num_groups=8,
    )
    # Channels last is several times faster on CPUs.
    unet = unet.to(memory_format=torch.channels_last)
    return Painting(unet, CLIPTextModel(text), CLIPTextModelWithProjection(text))


def token_ids(tokenizer: CLIPTokenizer, prompts: list[str]) -> Tensor:
    """(n, CONTEXT) int64, padded and cut as the SDXL pipeline does."""
    encoded = tokenizer(
        prompts, padding="max_length", max_length=CONTEXT, truncation=True, return_tensors="pt"
    )
    ids: Tensor = encoded.input_ids
    return ids


def train_painting(
    run: RunFolder,
    settings: PainterSettings,
    tokenizer: CLIPTokenizer,
    points: list[Latents],
    latents: Tensor,
) -> Painting:
    """Velocity regression (Salimans & Ho 2022, Eq. 11) on latents (n, 4, 16, 16) of the points."""
    torch.manual_seed(settings.seed)
    painting = new_painting(tokenizer, settings.unet_width)
    modules = painting.modules()
    device = best_device()
    for module in modules.values():
        module.to(device)
    trainee = Trainee(
        modules, optimizer_for(modules, settings.unet_learning_rate), settings.ema_decay
    )
    alphas = new_scheduler().alphas_cumprod

    def loss_of_step(generator: torch.Generator) -> Losses:
        size = (settings.unet_batch,)
        chosen = torch.randint(len(latents), size, generator=generator)
        words = np.random.default_rng(int(chosen.sum()) + generator.initial_seed())
        prompts = [varied_prompt(points[int(index)], words) for index in chosen]
        ids = token_ids(tokenizer, prompts)
        is_kept = torch.rand(size, generator=generator) >= settings.prompt_dropout
        return _velocity_loss(painting, latents[chosen], ids, is_kept, alphas, generator)

    run_steps(
        run, "unet", trainee, loss_of_step,
        steps=settings.unet_steps, seed=settings.seed, save_every=settings.save_every,
    )  # fmt: skip
    for module in modules.values():
        module.eval().requires_grad_(False)
    return painting


def _velocity_loss(
    painting: Painting,
    latents: Tensor,
    ids: Tensor,
    is_kept: Tensor,
    alphas: Tensor,
    generator: torch.Generator,
) -> Losses:
    n = len(latents)
    noise = torch.randn(latents.shape, generator=generator)
    # One stratum of time per picture of the batch: less variance than free draws.
    share = (torch.arange(n) + torch.rand(n, generator=generator)) / n
    timesteps = (share * _TRAIN_TIMESTEPS).long()
    signal = alphas[timesteps].sqrt()[:, None, None, None]
    spread = (1 - alphas[timesteps]).sqrt()[:, None, None, None]
    device = painting.unet.device
    states, pooled = _text_states(painting, ids.to(device))
    # The pipeline stands zeros for the empty negative prompt.
    kept = is_kept.to(device, states.dtype)[:, None]
    time_ids = torch.tensor([SIZE_PX, SIZE_PX, 0, 0, SIZE_PX, SIZE_PX]).float().expand(n, -1)
    noised = (signal * latents + spread * noise).contiguous(memory_format=torch.channels_last)
    predicted = painting.unet(
        noised.to(device),
        timesteps.to(device),
        encoder_hidden_states=states * kept[..., None],
        added_cond_kwargs={"text_embeds": pooled * kept, "time_ids": time_ids.to(device)},
    ).sample
    return {"loss": F.mse_loss(predicted, (signal * noise - spread * latents).to(device))}


def _text_states(painting: Painting, ids: Tensor) -> tuple[Tensor, Tensor]:
    """As SDXL: last-but-one states of both (n, CONTEXT, 128), pooled text of the second (n, 64)."""
    first = painting.text_encoder(ids, output_hidden_states=True)
    second = painting.text_encoder_2(ids, output_hidden_states=True)
    states = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
    return states, second.text_embeds
