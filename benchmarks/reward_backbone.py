"""Fine-tuning a CLIP-H-sized backbone end to end by LoRA: memory and seconds per optimizer step.

    python -m benchmarks.reward_backbone              # one GPU, random weights, nothing downloaded
    python -m benchmarks.reward_backbone --miniature  # the same code on a CPU, in seconds

A step is that of a reward model with `--unfrozen lora --precision bf16`: both pictures and the text
of every pair through their towers, Eq. 9 by all heads, back, clip, AdamW. Music is a row that was
computed before, as in training. Beside it: the same step on cached features, which is what frozen
towers leave to do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import CLIPConfig, CLIPModel

from benchmarks.clip_sizes import clip_h
from benchmarks.gpu import device_name, median_s, run_command
from cluster_sampling.embedder import TOKENIZER_FILE, Embedder, open_tokenizer
from cluster_sampling.imagebind_config import ImageBindConfig
from cluster_sampling.look import LOOK_WIDTH
from rlhf._clip_towers import ClipTowers
from rlhf._preference_loss import bradley_terry_loss
from rlhf.reward_model import RewardModel, RewardModelConfig
from workbench.profiles import PROFILES

_EMBEDDER = Path(PROFILES["mini"].embedder)
_LEARNING_RATE = 1e-4


@dataclass(frozen=True)
class Size:
    """What is measured, and how long."""

    device: str
    pairs: tuple[int, ...]
    lora_rank: int
    repeats: int
    is_full: bool


FULL = Size("cuda", (8, 16, 32, 64), 16, 5, is_full=True)
MINIATURE = Size("cpu", (1, 2), 4, 1, is_full=False)


def measure(size: Size) -> dict[str, Any]:
    """Every number of pairs, activations recomputed and kept."""
    torch.manual_seed(0)
    rows = {}
    model = reward_model(size)
    counts = {
        "parameters": sum(each.numel() for each in model.towers.parameters()),
        "parameters that learn": sum(each.numel() for each in learning(model)),
    }
    for recomputes, pairs in product((False, True), size.pairs):
        if recomputes and pairs == size.pairs[0]:
            model.learn_towers(saves_memory=True)
        name = f"{pairs} pairs, " + ("recomputed" if recomputes else "kept")
        rows[name] = _measured_row(size, model, pairs)
    cached_s = median_s(
        size.device, _step(model, features(size, model, size.pairs[-1])), repeats=size.repeats
    )
    return {
        "device": device_name(size.device),
        **counts,
        "lora_rank": size.lora_rank,
        "precision": "bf16",
        "steps": rows,
        f"{size.pairs[-1]} pairs of cached features, step_s": cached_s,
    }


def _measured_row(size: Size, model: RewardModel, pairs: int) -> dict[str, Any]:
    try:
        if size.device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        step_s = median_s(
            size.device, _step(model, pictures(size, model, pairs)), repeats=size.repeats
        )
    except torch.cuda.OutOfMemoryError:
        model.zero_grad()
        return {"fits": False}
    peak = torch.cuda.max_memory_allocated() / 2**30 if size.device == "cuda" else None
    return {"fits": True, "step_s": step_s, "pairs_per_s": pairs / step_s, "peak_gib": peak}


def reward_model(size: Size) -> RewardModel:
    """Fresh heads on random towers of both kinds, LoRA in place and learning."""
    tokenizer = open_tokenizer(_EMBEDDER / TOKENIZER_FILE)
    end_id = ImageBindConfig.from_pretrained(_EMBEDDER).text_sizes.end_id
    with torch.device(size.device):
        towers = ClipTowers(CLIPModel(clip_h(end_id) if size.is_full else _tiny_clip(end_id)))
        embedder = Embedder(towers, tokenizer)  # type: ignore[arg-type]
        model = RewardModel(
            RewardModelConfig(
                embedding_width=embedder.dimension,
                level_width=embedder.level_width,
                look_width=LOOK_WIDTH,
                reads="all",
                unfrozen="lora",
                lora_rank=size.lora_rank,
                precision="bf16",
            )
        )
        model.attach(embedder)
    model.to(size.device).train()
    model.learn_towers()
    return model


def learning(model: RewardModel) -> list[nn.Parameter]:
    return [each for each in model.parameters() if each.requires_grad]


def pictures(size: Size, model: RewardModel, pairs: int) -> dict[str, Tensor]:
    """Noise for the pictures and words at random, as the trainer hands them over."""
    sizes = model.towers.config.image_sizes, model.towers.config.text_sizes
    shape = (2 * pairs, 3, sizes[0].size_px, sizes[0].size_px)
    tokens = torch.randint(2, model.towers.config.text_sizes.vocabulary, (pairs, sizes[1].context))
    tokens[:, -1] = sizes[1].end_id
    return _on(size, model, pairs) | {
        "image": torch.randint(256, shape, dtype=torch.uint8).to(size.device),
        "text": tokens.to(size.device),
    }


def features(size: Size, model: RewardModel, pairs: int) -> dict[str, Tensor]:
    """What frozen towers would have left of them."""
    config, device = model.config, size.device
    return _on(size, model, pairs) | {
        "image": torch.randn(2 * pairs, config.level_width, device=device),
        "text": torch.randn(pairs, config.embedding_width, device=device),
    }


def _on(size: Size, model: RewardModel, pairs: int) -> dict[str, Tensor]:
    """A clip for each pair, shown with both of its pictures."""
    known = torch.ones(pairs, dtype=torch.bool, device=size.device)
    music = torch.randn(pairs, model.config.music_width, device=size.device)
    shown = torch.stack([torch.arange(2 * pairs), torch.arange(pairs).repeat(2)])
    return {
        "music": nn.functional.normalize(music, dim=-1),
        "has_music": known,
        "has_text": known,
        "shown": shown.to(size.device),
    }


def _step(model: RewardModel, batch: dict[str, Tensor]) -> Callable[[], object]:
    parameters = learning(model)
    optimizer = torch.optim.AdamW(parameters, lr=_LEARNING_RATE)
    certain = torch.ones(len(batch["image"]) // 2, 1, device=model.device)

    def step() -> None:
        chosen, rejected = model(**batch).by_head.chunk(2)
        bradley_terry_loss(chosen, rejected, certain, certain).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def _tiny_clip(end_id: int) -> CLIPConfig:
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
             "num_attention_heads": 2}  # fmt: skip
    words = {"vocab_size": 1280, "eos_token_id": end_id, "pad_token_id": end_id, "bos_token_id": 0}
    return CLIPConfig(
        text_config=tower | words,
        vision_config=tower | {"image_size": 32, "patch_size": 8},
        projection_dim=8,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    return run_command(
        "reward_backbone", lambda is_mini: measure(MINIATURE if is_mini else FULL), arguments
    )


if __name__ == "__main__":
    sys.exit(main())
