"""The painter: a StableDiffusionXLPipeline with an adapter per axis.

Supports any SDXL pipeline folder of diffusers and LoRA adapters for its UNet and text encoders.
Assumes square pictures. Reads local files only: nothing is ever downloaded from here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from diffusers import StableDiffusionXLPipeline
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
from PIL import Image
from safetensors import SafetensorError

from generation.adapters import ADAPTER_FILE, AdapterChoice, refuse_stranger
from workbench.axes import Axis
from workbench.errors import BadInput, RunFailed
from workbench.files import read_json, sha256_of_file, sha256_of_folder
from workbench.profiles import Profile

_PIPELINE = "StableDiffusionXLPipeline"

Device = Literal["auto", "cpu", "cuda"]


class Painter:
    """A loaded pipeline. Make one with `load_painter`.

    sha256: the hash of the base painter's weights (`painter_hash`).
    adapters: sha256 of each loaded adapter by axis.
    """

    def __init__(self, pipeline: StableDiffusionXLPipeline, sha256: str) -> None:
        self.pipeline = pipeline
        self.sha256 = sha256
        self.adapters: dict[Axis, str] = {}
        self.weights: dict[Axis, float] = {}

    def add_adapters(self, choices: Sequence[AdapterChoice], *, accept_foreign: bool) -> None:
        """Load one adapter per axis and set the weights.

        Raises BadInput for a missing or broken file, an adapter of another axis or base painter,
        and one that names neither unless `accept_foreign`.
        """
        for choice in choices:
            refuse_stranger(choice, self.sha256, accept_foreign=accept_foreign)
            _load_adapter(self.pipeline, choice)
            self.adapters[choice.axis] = sha256_of_file(choice.folder / ADAPTER_FILE)
        self.set_weights({choice.axis: choice.weight for choice in choices})

    def set_weights(self, weights: Mapping[Axis, float]) -> None:
        """Weigh every loaded adapter anew; axes without a weight are off.

        What is off is not computed: with all of them off the base painter's pictures come back
        bit for bit, and as fast.
        """
        unknown = sorted(set(weights) - set(self.adapters))
        if unknown:
            raise BadInput(f"no adapter is loaded for {', '.join(unknown)}; give one first")
        self.weights = {axis: weights.get(axis, 0.0) for axis in self.adapters}
        acting = {axis: weight for axis, weight in self.weights.items() if weight}
        if not acting:
            if self.adapters:
                self.pipeline.disable_lora()
            return
        self.pipeline.enable_lora()
        self.pipeline.set_adapters(list(acting), list(acting.values()))

    def paint(
        self,
        prompts: Sequence[str],
        seeds: Sequence[int],
        *,
        steps: int,
        guidance: float,
        size_px: int,
        batch: int = 4,
    ) -> Iterator[Image.Image]:
        """Yield one square RGB picture for each prompt, `batch` of them at a time.

        Each picture starts from noise of its own seed, drawn on the CPU, so neither the batch size
        nor the device decides what is painted.
        Raises BadInput for an impossible size, RunFailed when the painter's numbers overflow.
        """
        self.refuse_size(size_px)
        if len(prompts) != len(seeds):
            raise ValueError(f"{len(prompts)} prompts but {len(seeds)} seeds; give one each")
        for start in range(0, len(prompts), batch):
            generators = [torch.Generator().manual_seed(s) for s in seeds[start : start + batch]]
            pixels = self.pipeline(
                list(prompts[start : start + batch]),
                num_inference_steps=steps,
                guidance_scale=guidance,
                height=size_px,
                width=size_px,
                generator=generators,
                output_type="np",
            ).images
            yield from _pictures(pixels)

    def overflow(self, prompt: str) -> str:
        """The end of `prompt` that the text encoders cannot read; empty when it fits 77 tokens."""
        tokenizer = self.pipeline.tokenizer
        limit = tokenizer.model_max_length
        tokens = tokenizer(prompt).input_ids
        if len(tokens) <= limit:
            return ""
        return str(tokenizer.decode(tokens[limit - 1 : -1])).strip()

    def refuse_size(self, size_px: int) -> None:
        """Raise BadInput for an edge that the painter cannot make."""
        multiple = max(8, self.pipeline.vae_scale_factor)  # The pipeline itself asks for 8.
        if size_px <= 0 or size_px % multiple:
            raise BadInput(f"size_px = {size_px} will not do: it must be a multiple of {multiple}")


def load_painter(profile: Profile, *, device: Device = "auto") -> Painter:
    """Load the base painter of a profile from a local folder or the local hub cache.

    On a CPU everything runs in float32, whatever the files hold; the sdxl profile runs in float16
    on the GPU with its VAE in float32, which float16 would overflow.
    Raises BadInput when the weights are missing, no SDXL pipeline, broken, or need a GPU that is
    not there.
    """
    place = _device(profile, device)
    folder = _painter_folder(profile)
    dtype = torch.float16 if place == "cuda" and profile.needs_gpu else torch.float32
    try:
        pipeline = StableDiffusionXLPipeline.from_pretrained(
            folder,
            dtype=dtype,
            variant=_variant(folder),
            use_safetensors=True,
            local_files_only=True,
            add_watermarker=False,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"the painter in {folder} cannot be loaded: {reason}") from None
    pipeline.vae.register_to_config(force_upcast=True)
    pipeline.set_progress_bar_config(disable=True)
    for part in (pipeline.unet, pipeline.vae):
        part.to(memory_format=torch.channels_last)  # Paints half as fast again, or faster.
    return Painter(pipeline.to(place), painter_hash(folder))


def painter_hash(folder: Path) -> str:
    """The identity of a base painter: sha256 over the names and contents of its safetensors."""
    return sha256_of_folder(folder, suffixes=(".safetensors",))


def _load_adapter(pipeline: StableDiffusionXLPipeline, choice: AdapterChoice) -> None:
    try:
        with warnings.catch_warnings():
            # One adapter per axis is just what is meant here.
            warnings.filterwarnings("ignore", message="Already found a `peft_config` attribute")
            pipeline.load_lora_weights(
                choice.folder,
                weight_name=ADAPTER_FILE,
                adapter_name=choice.axis,
                local_files_only=True,
            )
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"the adapter {choice.folder} does not fit the painter: {reason}") from None


def _device(profile: Profile, device: Device) -> str:
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise BadInput("device = 'cuda' will not do: this machine has no CUDA device; take cpu")
    place = "cuda" if has_gpu and device != "cpu" else "cpu"
    if profile.needs_gpu and place == "cpu":
        raise BadInput(
            f"the profile {profile.name} needs a GPU and this run has none; choose --profile mini"
        )
    return place


def _painter_folder(profile: Profile) -> Path:
    folder = Path(profile.painter)
    if not folder.is_dir():
        folder = _cached(profile)
    index = folder / "model_index.json"
    if not index.is_file():
        raise BadInput(
            f"{folder} is no painter: it has no model_index.json of a diffusers pipeline"
        )
    contents = read_json(index)
    kind = contents.get("_class_name") if isinstance(contents, dict) else None
    if kind != _PIPELINE:
        raise BadInput(f"the painter in {folder} is a {kind}; expected a {_PIPELINE}")
    return folder


def _cached(profile: Profile) -> Path:
    try:
        return Path(snapshot_download(profile.painter, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        raise BadInput(
            f"the painter {profile.painter} of the profile {profile.name} is not on this machine; "
            "put its folder there or fetch it into the local hub cache"
        ) from None


def _variant(folder: Path) -> str | None:
    """Which files to load: half-precision ones only where there are no others."""
    has_full = (folder / "unet" / "diffusion_pytorch_model.safetensors").exists() or any(
        (folder / "unet").glob("diffusion_pytorch_model-*.safetensors")
    )
    has_half = any((folder / "unet").glob("diffusion_pytorch_model*.fp16*.safetensors"))
    return "fp16" if has_half and not has_full else None


def _pictures(pixels: npt.NDArray[np.float32]) -> Iterator[Image.Image]:
    """pixels: shape (n, h, w, 3), float32, in [0, 1]."""
    if not np.isfinite(pixels).all():
        raise RunFailed("the painter's numbers overflowed: its pictures hold NaN or infinity")
    for picture in (pixels * 255).round().astype(np.uint8):
        yield Image.fromarray(picture)
