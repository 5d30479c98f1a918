"""Refining SDXL at its full size: speed, memory, and how much of the GPU is put to use.

    python -m benchmarks.refine_sdxl              # one GPU, random weights, nothing downloaded
    python -m benchmarks.refine_sdxl --miniature  # the same code on a CPU, in seconds

Measured are whole optimizer steps of `refl` (Eqs. 10-11) at their longest, with the gradient at
the last step of the rollout, and L_pre on as many pictures. The plain loop takes the same steps as
trainers commonly do: nothing compiled, merged or replayed, prompts encoded anew, one picture after
the other. Both see the same noise and come to the same gradient.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from diffusers import StableDiffusionXLPipeline
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from transformers import CLIPTokenizer

from benchmarks.gpu import device_name, median_s, run_command
from benchmarks.sdxl_sizes import full_size_pipeline
from cluster_sampling.embedder import TOKENIZER_FILE, Embedder, open_tokenizer
from cluster_sampling.imagebind import ImageBind
from cluster_sampling.imagebind_config import ImageBindConfig
from rlhf._adapter import add_adapter, compile_blocks
from rlhf._latents import decode_latents, seeded_noise
from rlhf._painter import place_painter
from rlhf._pretraining_set import Brief, PretrainingSet
from rlhf._prompts import PromptEncoder
from rlhf._refinement_data import Briefs, RefinementData
from rlhf._rollout import begun_rollout
from rlhf.objectives import ReflObjective
from rlhf.objectives._accumulation import accumulate
from rlhf.objectives._commission import Commission
from rlhf.objectives._reward_gradient import Window
from rlhf.preferences import Preferences
from rlhf.refine_settings import RefineSettings
from rlhf.reward_model import ClipFeatures, RewardModel, RewardModelConfig
from workbench.profiles import PROFILES

_PROMPTS = ("a calm blue ocean at dusk", "a golden city in the rain", "a dark forest, mist")
_MINI = PROFILES["mini"]


@dataclass(frozen=True)
class Size:
    """What is measured, and how long."""

    device: str
    size_px: int
    batches: tuple[int, ...]
    plain_batch: int
    """The one that the plain loop is measured with."""
    rollout_steps: int
    rank: int
    repeats: int
    matmul: int
    """Edge of the square matrices that tell how fast the device multiplies."""
    is_full: bool
    compiles: bool


FULL = Size("cuda", 1024, (1, 2, 4, 8), 2, 30, 16, 3, 8192, is_full=True, compiles=True)
MINIATURE = Size("cpu", 64, (1, 2), 2, 3, 4, 1, 256, is_full=False, compiles=False)


class _PlainRefl(ReflObjective):
    """The rollout as trainers commonly have it: one picture after the other, adapter beside."""

    def _begun(self, order: Commission, window: Window, seed: int) -> torch.Tensor:
        orders = [order.part(slice(row, row + 1)) for row in range(len(order.briefs))]
        until = window.steps[0]
        return torch.cat(
            [
                begun_rollout(self.denoiser(one.briefs), self.sampling, one.noise, until=until)
                for one in orders
            ]
        )


def measure(size: Size, tell: Callable[[str], None]) -> dict[str, Any]:
    """All batches by our loop, one of them by the plain one too, and the decoder by itself.

    tell: takes each number as soon as it is known.
    """
    torch.manual_seed(0)
    pipeline, reward = _painter(size), _reward(size)
    settings = _settings(size, 1)
    parameters = add_adapter(pipeline, settings)
    bench = _Bench(size, pipeline, reward, parameters)
    speed = matmul_flops_per_s(size)
    step_flops, rollout_flops = _flops(bench)
    tell(f"{speed / 1e12:.1f} TFLOP/s; a picture takes {step_flops / 1e12:.1f} TFLOP")
    plain_s = _plain_step_s(bench)
    tell(f"plain loop, batch {size.plain_batch}: {plain_s:.2f} s")
    if size.compiles:
        compile_blocks(pipeline)
    rows = {}
    for batch in size.batches:
        row = _batch(bench, batch)
        if row["fits"]:
            row["share of matmul, step"] = batch * step_flops / row["step_s"] / speed
            row["share of matmul, rollout"] = batch * rollout_flops / row["rollout_s"] / speed
            # The plain loop takes pictures one by one, so its time goes with their number.
            row["times faster than plain"] = plain_s / size.plain_batch * batch / row["step_s"]
        rows[str(batch)] = row
        tell(f"batch {batch}: {row}")
    return {
        "device": device_name(size.device),
        "size_px": size.size_px,
        "rank": size.rank,
        "rollout steps": size.rollout_steps,
        "precision": settings.precision,
        "vae_precision": settings.vae_precision,
        "compiled": size.compiles,
        "matmul_tflops_per_s": speed / 1e12,
        "tflops per picture, step": step_flops / 1e12,
        "tflops per picture, rollout": rollout_flops / 1e12,
        "plain": {"batch": size.plain_batch, "step_s": plain_s},
        "batches": rows,
        "decoder": _decoder(bench, tell),
    }


class _Bench(NamedTuple):
    """What everything is measured with."""

    size: Size
    pipeline: StableDiffusionXLPipeline
    reward: RewardModel
    parameters: list[nn.Parameter]

    def objective(self, batch: int, kind: type[ReflObjective] = ReflObjective) -> ReflObjective:
        settings = _settings(self.size, batch)
        if kind is _PlainRefl:
            settings = settings.model_copy(update={"micro_batch": 1})
        return _objective(self.size, self.pipeline, self.reward, settings, kind)


def matmul_flops_per_s(size: Size) -> float:
    """What the device reaches on large bf16 matrices: the measure of what could be reached."""
    edge = size.matmul
    left, right = (
        torch.randn(edge, edge, device=size.device, dtype=torch.bfloat16) for _ in range(2)
    )
    return 2.0 * edge**3 / median_s(size.device, lambda: left @ right, repeats=10)


def _batch(bench: _Bench, batch: int) -> dict[str, Any]:
    size = bench.size
    gc.collect()
    if size.device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    objective = bench.objective(batch)
    try:
        begun = time.perf_counter()
        step_s = median_s(size.device, _steps(objective, bench.parameters), repeats=size.repeats)
        with_warmup_s = time.perf_counter() - begun
        peak = torch.cuda.max_memory_allocated() / 2**30 if size.device == "cuda" else None
        rollout_s = median_s(size.device, lambda: _roll_out(objective), repeats=size.repeats)
        closeness = lambda: accumulate(objective.closeness(objective.generator(0)), 1.0)  # noqa: E731
        closeness_s = median_s(size.device, closeness, repeats=size.repeats)
    except torch.cuda.OutOfMemoryError:
        return {"fits": False}
    return {
        "fits": True,
        "step_s": step_s,
        "rollout_s": rollout_s,
        "closeness_s": closeness_s,
        "warm-up_s": with_warmup_s - size.repeats * step_s,
        "peak_gib": peak,
    }


def _plain_step_s(bench: _Bench) -> float:
    objective = bench.objective(bench.size.plain_batch, _PlainRefl)
    objective.prompts = PromptEncoder(bench.pipeline, are_frozen=False)
    # What runs in it is warm: the operations have been counted in it.
    return median_s(bench.size.device, _steps(objective, bench.parameters), repeats=1, warm_up=0)


def _steps(objective: ReflObjective, parameters: list[nn.Parameter]) -> Callable[[], object]:
    optimizer = torch.optim.AdamW(parameters, lr=objective.settings.learning_rate)
    return lambda: objective.step(0, 1.0, parameters, optimizer)


@torch.no_grad()
def _roll_out(objective: ReflObjective) -> torch.Tensor:
    """All denoising steps without gradients, as they begin each step of the optimizer."""
    settings, data = objective.settings, objective.data
    briefs = [data.briefs.train[n % len(_PROMPTS)] for n in range(settings.batch_size)]
    generator = torch.Generator().manual_seed(0)
    shape = (settings.batch_size, *objective.latent_shape())
    noise = seeded_noise(shape, generator, objective.device)
    denoiser = objective.denoiser(briefs)
    with objective.merged.with_adapter(0) as unet:
        swift = denoiser._replace(unet=unet)
        return begun_rollout(swift, objective.sampling, noise, until=settings.painting_steps)


def _flops(bench: _Bench) -> tuple[int, int]:
    """Of a step on one picture and of its rollout, as executed: what is recomputed counts again."""
    objective = bench.objective(1)
    objective.merged.replays = False  # What is replayed cannot be counted.
    step = _steps(objective, bench.parameters)
    step()  # Prompts are encoded once.
    return _counted(step), _counted(lambda: _roll_out(objective))


def _counted(work: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def _decoder(bench: _Bench, tell: Callable[[str], None]) -> dict[str, Any]:
    """Decoding one picture and going backward, in each precision, with and without recomputing."""
    size, vae = bench.size, bench.pipeline.vae
    edge = size.size_px // bench.pipeline.vae_scale_factor
    channels = bench.pipeline.unet.config.in_channels
    latents = torch.randn(1, channels, edge, edge, device=size.device, requires_grad=True)
    rows: dict[str, Any] = {}
    for precision in (torch.bfloat16, torch.float32):
        for recomputes in (False, True):
            place = getattr(vae.to(precision).train(), _SWITCH[recomputes])
            place()
            name = f"{precision}".removeprefix("torch.") + (", recomputed" if recomputes else "")
            gc.collect()
            if size.device == "cuda":
                torch.cuda.empty_cache()
                torch.cuda.reset_peak_memory_stats()
                held = torch.cuda.memory_allocated()
            seconds = median_s(
                size.device,
                lambda: decode_latents(vae, latents).mean().backward(),
                repeats=size.repeats,
            )
            rows[name] = {"seconds": seconds}
            if size.device == "cuda":
                rows[name]["more_gib"] = (torch.cuda.max_memory_allocated() - held) / 2**30
            tell(f"decoder, {name}: {rows[name]}")
    return rows


_SWITCH = {True: "enable_gradient_checkpointing", False: "disable_gradient_checkpointing"}


def _settings(size: Size, batch: int) -> RefineSettings:
    return RefineSettings(
        axis="emo",
        batch_size=batch,
        pretrain_batch_size=batch,
        rank=size.rank,
        learning_rate=1e-5,
        painting_steps=size.rollout_steps,
        gradient_from=1.0,
        margin_sd=100.0,  # Every picture pushes.
        adapt_text_encoders=False,
        precision="bf16",
        vae_precision="bf16",
        decode_batch=1,
        saves_memory=True,
    )


def _painter(size: Size) -> StableDiffusionXLPipeline:
    folder = Path(_MINI.painter)
    if size.is_full:
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", model_max_length=77)
        with torch.device(size.device):
            pipeline = full_size_pipeline(tokenizer)
    else:
        pipeline = StableDiffusionXLPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    for part in (pipeline.unet, pipeline.vae):
        part.to(memory_format=torch.channels_last)
    place_painter(pipeline, _settings(size, 1))
    return pipeline


def _reward(size: Size) -> RewardModel:
    """Random heads on a random tower that sees; those that hear and read have nothing to do."""
    mini = ImageBindConfig.from_pretrained(_MINI.embedder)
    config = ImageBindConfig(audio=mini.audio, text=mini.text) if size.is_full else mini
    with torch.device(size.device):
        tower = ImageBind(config)
        embedder = Embedder(tower, open_tokenizer(Path(_MINI.embedder) / TOKENIZER_FILE))
        model = RewardModel(
            RewardModelConfig(embedding_width=embedder.dimension, level_width=embedder.level_width)
        )
    model.requires_grad_(False).eval()
    model.attach(embedder)
    return model


def _objective(
    size: Size,
    pipeline: StableDiffusionXLPipeline,
    reward: RewardModel,
    settings: RefineSettings,
    kind: type[ReflObjective],
) -> ReflObjective:
    width, count = reward.config.embedding_width, len(_PROMPTS)
    rows = nn.functional.normalize(torch.randn(2, count, width), dim=-1)
    known = torch.ones(count, dtype=torch.bool)
    briefs = [Brief(f"clip{number}", prompt) for number, prompt in enumerate(_PROMPTS)]
    edge = size.size_px // pipeline.vae_scale_factor
    latents = torch.randn(8, pipeline.unet.config.in_channels, edge, edge, device=size.device)
    data = RefinementData(
        preferences=cast(Preferences, None),  # There is no snapshot here.
        briefs=Briefs(briefs, briefs, briefs),
        clips=ClipFeatures(rows[0], rows[1], known, known),
        clip_rows={brief.clip_id: row for row, brief in enumerate(briefs)},
        pretraining=PretrainingSet(latents, [_PROMPTS[n % count] for n in range(8)]),
    )
    return kind(pipeline, reward, data, settings, size.size_px)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 a command


def main(arguments: Sequence[str] | None = None) -> int:
    return run_command(
        "refine_sdxl", lambda is_mini: measure(MINIATURE if is_mini else FULL, _tell), arguments
    )


if __name__ == "__main__":
    sys.exit(main())
