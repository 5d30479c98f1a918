"""Prompts as what the UNet is conditioned on.

Letters in shapes: n prompts, l tokens, e width of both encoders together, p pooled width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor


class Conditioning(NamedTuple):
    """What the UNet of SDXL reads: token states (n, l, e) and the pooled text (n, p)."""

    states: Tensor
    pooled: Tensor


class PromptEncoder:
    """Both text encoders of a pipeline; each prompt is encoded once while they are frozen."""

    def __init__(self, pipeline: StableDiffusionXLPipeline, *, are_frozen: bool) -> None:
        self._pipeline = pipeline
        self._are_frozen = are_frozen
        self._known: dict[str | None, Conditioning] = {}

    def __call__(self, prompts: Sequence[str | None]) -> Conditioning:
        """Encode n prompts; None is "no prompt", as classifier-free guidance means it."""
        rows = [self._one(prompt) for prompt in prompts]
        return Conditioning(
            torch.cat([row.states for row in rows]), torch.cat([row.pooled for row in rows])
        )

    def _one(self, prompt: str | None) -> Conditioning:
        if not self._are_frozen:
            return self._encode(prompt)
        if prompt not in self._known:
            with torch.no_grad():
                self._known[prompt] = self._encode(prompt)
        return self._known[prompt]

    def _encode(self, prompt: str | None) -> Conditioning:
        states, unconditional, pooled, unconditional_pooled = self._pipeline.encode_prompt(
            prompt or "",
            device=self._pipeline.unet.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=prompt is None,
        )
        if prompt is None:
            return Conditioning(unconditional, unconditional_pooled)
        return Conditioning(states, pooled)


def overlong(pipeline: StableDiffusionXLPipeline, prompts: Iterable[str]) -> dict[str, str]:
    """Prompts that exceed the tokenizer's context, with the tail that the painter never reads."""
    tokenizer = pipeline.tokenizer
    room = tokenizer.model_max_length - 2  # Start and end take two.
    cut = {}
    for prompt in sorted(set(prompts)):
        ids = tokenizer(prompt, add_special_tokens=False, verbose=False).input_ids
        if len(ids) > room:
            cut[prompt] = tokenizer.decode(ids[room:])
    return cut
