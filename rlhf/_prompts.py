"""Prompts as what the UNet is conditioned on.

Letters in shapes: n prompts, l tokens, e width of both encoders together, p pooled width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
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
        known = self._known if self._are_frozen else {}
        asked = set(prompts) - known.keys()
        if self._are_frozen:
            # One by one: in company the last bits differ, and a run that goes on after a stop meets
            # prompts in other company than one that was never stopped.
            with torch.no_grad():
                for prompt in asked:
                    known |= self._encoded({prompt})
        else:
            known |= self._encoded(asked)
        rows = [known[prompt] for prompt in prompts]
        return Conditioning(
            torch.cat([row.states for row in rows]), torch.cat([row.pooled for row in rows])
        )

    def _encoded(self, prompts: AbstractSet[str | None]) -> dict[str | None, Conditioning]:
        """All at once: one by one, encoders as small as the miniature's mostly wait for calls."""
        told = sorted(prompt for prompt in prompts if prompt is not None)
        encoded: dict[str | None, Conditioning] = {}
        if told:
            states, _, pooled, _ = self._encode(told, is_unconditional=False)
            rows = zip(states.split(1), pooled.split(1), strict=True)
            encoded |= dict(zip(told, (Conditioning(*row) for row in rows), strict=True))
        if None in prompts:
            _, states, _, pooled = self._encode([""], is_unconditional=True)
            encoded[None] = Conditioning(states, pooled)
        return encoded

    def _encode(self, prompts: list[str], *, is_unconditional: bool) -> tuple[Tensor, ...]:
        encoded: tuple[Tensor, ...] = self._pipeline.encode_prompt(
            prompts,
            device=self._pipeline.unet.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=is_unconditional,
        )
        return encoded


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
