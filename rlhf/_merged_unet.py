"""The painter's UNet with its adapter added into the weights, for painting without gradients.

An adapter beside the weights costs thin products that wait for memory: with one of rank 16, a pass
of SDXL's UNet over 8 pictures of 1024 px took 273 ms on an H100, without it 172 ms. Added in, it
costs nothing (Hu et al. 2021, section 4.1). On a GPU the pass is also recorded once and replayed
(CUDA graphs), as launching its three thousand kernels one by one takes longer than a small batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from peft.tuners.lora import LoraLayer
from torch import Tensor

from rlhf._rollout import UNet


class MergedUNet:
    """Two painters in the place of one: the base, and the base with the adapter added in.

    Both use the same second copy of the adapted weights. replays: record passes on a GPU.
    """

    def __init__(self, unet: UNet2DConditionModel, adapter: str, *, replays: bool = True) -> None:
        self.unet = unet
        self.replays = replays
        self._adapter = adapter
        self._layers = [layer for layer in unet.modules() if isinstance(layer, LoraLayer)]
        self._merged: list[Tensor] = []
        """Nothing before there is first something to paint: not every objective does."""
        self._recording: _Recorded | None = None

    @property
    def dtype(self) -> torch.dtype:
        return self._weight(self._layers[0]).dtype

    @contextmanager
    @torch.no_grad()
    def with_adapter(self, seed: int) -> Iterator[UNet]:
        """The UNet as the adapter makes it now. seed: of rounding, where weights are bf16."""
        generator = torch.Generator(self.unet.device).manual_seed(seed)
        for layer, merged in self._places():
            whole = self._weight(layer).float() + layer.get_delta_weight(self._adapter).float()
            merged.copy_(_rounded(whole, merged.dtype, generator))
        if self._is_recording:
            yield _Replay(self)
            return
        with self._in_place():
            yield self.unet

    @contextmanager
    @torch.no_grad()
    def as_base(self) -> Iterator[UNet]:
        """The UNet as it was before there was an adapter."""
        if not self._is_recording:
            with self._bare():
                yield self.unet
            return
        for layer, merged in self._places():
            merged.copy_(self._weight(layer))
        yield _Replay(self)

    def recorded(self, inputs: tuple[Tensor, ...], run: Callable[..., Tensor]) -> _Recorded:
        """The recording for inputs of these shapes; only the last one is kept, for memory."""
        if self._recording is None or not self._recording.fits(inputs):
            self._recording = None
            with self._in_place():
                self._recording = _Recorded(inputs, run)
        return self._recording

    def _places(self) -> Iterator[tuple[LoraLayer, Tensor]]:
        """Each adapted layer with its second weight, which stays where it is from then on."""
        if not self._merged:
            self._merged = [torch.empty_like(self._weight(layer)) for layer in self._layers]
        return zip(self._layers, self._merged, strict=True)

    @property
    def _is_recording(self) -> bool:
        return self.replays and self.unet.device.type == "cuda"

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        """The merged weights in the place of the others, and no adapter beside them."""
        with self._bare():
            self._swap()
            try:
                yield
            finally:
                self._swap()

    @contextmanager
    def _bare(self) -> Iterator[None]:
        """No adapter beside the weights, also where one was switched off before."""
        was_on = not all(layer.disable_adapters for layer in self._layers)
        if was_on:
            self.unet.disable_adapters()
        try:
            yield
        finally:
            if was_on:
                self.unet.enable_adapters()

    def _swap(self) -> None:
        for number, layer in enumerate(self._layers):
            weight = self._weight(layer)
            weight.data, self._merged[number] = self._merged[number], weight.data

    @staticmethod
    def _weight(layer: LoraLayer) -> Tensor:
        weight: Tensor = layer.get_base_layer().weight
        return weight


class _Replay:
    """The UNet's passes by recording; calls look like the UNet's own."""

    def __init__(self, merged: MergedUNet) -> None:
        self._merged = merged

    @property
    def dtype(self) -> torch.dtype:
        return self._merged.dtype

    def __call__(self, latents: Tensor, timestep: Tensor, **conditions: Any) -> tuple[Tensor]:
        added = conditions["added_cond_kwargs"]
        states = conditions["encoder_hidden_states"]
        inputs = (latents, timestep, states, added["text_embeds"], added["time_ids"])
        return (self._merged.recorded(inputs, self._run)(inputs),)

    def _run(
        self, latents: Tensor, timestep: Tensor, states: Tensor, texts: Tensor, time_ids: Tensor
    ) -> Tensor:
        said: Tensor = self._merged.unet(
            latents,
            timestep,
            encoder_hidden_states=states,
            added_cond_kwargs={"text_embeds": texts, "time_ids": time_ids},
            return_dict=False,
        )[0]
        return said


class _Recorded:
    """One pass as a CUDA graph, for inputs of one shape and the weights at one address."""

    def __init__(self, inputs: tuple[Tensor, ...], run: Callable[..., Tensor]) -> None:
        self._inputs = tuple(value.clone() for value in inputs)
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.no_grad(), torch.cuda.stream(aside):
            for _ in range(2):  # Kernels are compiled and chosen now: no recording holds that.
                run(*self._inputs)
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.no_grad(), torch.cuda.graph(self._graph):
            self._said = run(*self._inputs)

    def fits(self, inputs: tuple[Tensor, ...]) -> bool:
        return [value.shape for value in inputs] == [value.shape for value in self._inputs]

    def __call__(self, inputs: tuple[Tensor, ...]) -> Tensor:
        for held, value in zip(self._inputs, inputs, strict=True):
            held.copy_(value)
        self._graph.replay()
        return self._said.clone()


def _rounded(whole: Tensor, dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    """float32 in another precision; to bf16 up or down by chance, so that the mean is kept.

    Most of what an adapter adds is less than half a step of bf16: rounding to the nearest would
    lose it, where by chance it is kept on average over the weights of a layer.
    """
    if dtype != torch.bfloat16:
        return whole.to(dtype)
    # The upper half of a float32's bits is a bf16, and what is added carries into it.
    chance = torch.randint(
        1 << 16, whole.shape, generator=generator, device=whole.device, dtype=torch.int32
    )
    bits = (whole.contiguous().view(torch.int32) + chance) & -(1 << 16)
    return bits.view(torch.float32).to(dtype)
