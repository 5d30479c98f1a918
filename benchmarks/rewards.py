"""Training a reward model on cached features, against encoding the pictures again each epoch.

Rates are of whole calls of the trainer, its start included. Re-encoding is counted with the two
pictures of every pair, as a trainer that keeps no features would encode them.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from benchmarks.measuring import medians_s
from cluster_sampling.embedder import load_embedder
from rlhf._features import Features
from rlhf.preferences import Preference, Preferences
from rlhf.quietness import only_our_bars
from rlhf.reward_model import ClipFeatures
from rlhf.reward_settings import RewardSettings
from rlhf.reward_training import new_reward_model, new_trainer, train_reward
from tests.factories.snapshots import tiny_snapshot
from workbench.profiles import chosen_profile
from workbench.run_folder import started_run
from workbench.snapshots import Snapshot

PAIRS = 4_096
BATCH = 1_024
WIDTH = 1_024
CLIPS = 200
PICTURES = 4_000
THREADS = 2
ENCODED = 8
# 333 clips of 4 pictures give 6 comparisons each, of three votes.
AXIS_CLIPS = 333

# One head without dropped columns is what the loop itself costs; six are what is trained.
_ONE_HEAD = {"heads": 1, "judges": 0, "input_dropout": 0.0}


def measure(seed: int = 0) -> dict[str, float | int | str]:
    """Ratios of one run; pairs are of random features, pictures and towers are of random content.

    The full axis goes through files and the mini profile, card and plots included.
    """
    only_our_bars()
    torch.manual_seed(seed)
    with threads(THREADS), tempfile.TemporaryDirectory() as folder:
        seconds = medians_s(
            {
                "ensemble": _training(seed),
                "one head": _training(seed, **_ONE_HEAD),
                "mini tower": _mini_tower(seed),
                "ViT-B/16": _vit_b(seed),
            },
            repeats=3,
        )
        pair = {name: seconds[name] / PAIRS for name in ("ensemble", "one head")}
        encoded = {name: 2 * seconds[name] / ENCODED for name in ("mini tower", "ViT-B/16")}
        axis_s = _full_axis(Path(folder), seed)
    return {
        "pairs": PAIRS,
        "width": WIDTH,
        "batch": BATCH,
        "threads": THREADS,
        "six heads (default), pairs/s": 1 / pair["ensemble"],
        "one head, no column dropped, pairs/s": 1 / pair["one head"],
        "times faster than encoding by mini": 1 + encoded["mini tower"] / pair["ensemble"],
        "times faster than encoding by ViT-B/16": 1 + encoded["ViT-B/16"] / pair["ensemble"],
        "full axis, comparisons": 6 * AXIS_CLIPS,
        "full axis_s": axis_s,
    }  # fmt: skip


def _training(seed: int, **changes: float) -> Callable[[], object]:
    """One epoch over all pairs."""
    features, preferences = _features(seed), _preferences(seed)
    settings = RewardSettings(
        axis="emo", epochs=1, batch_size=BATCH, reads="embedding", evaluations=1, device="cpu"
    )
    settings = settings.model_copy(update=changes)

    def train() -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            started_run(
                Path(folder) / "run", kind="reward", settings=settings, seed=seed,
                show_progress=False,
            ) as run,
        ):  # fmt: skip
            model = new_reward_model(features, preferences, settings, "")
            new_trainer(model, features, preferences, settings, run).train()

    return train


def _mini_tower(seed: int) -> Callable[[], object]:
    """All levels of the mini embedder, from pictures that are decoded already."""
    embedder = load_embedder(chosen_profile("mini").embedder)
    pixels = np.random.default_rng(seed).integers(0, 256, (ENCODED, 64, 64, 3), dtype=np.uint8)
    pictures = [Image.fromarray(each) for each in pixels]
    return lambda: embedder.embed_image_levels(pictures)


def _vit_b(seed: int) -> Callable[[], object]:
    """The image tower of CLIP ViT-B/16 with random weights: the smallest that people use."""
    sizes = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
             "num_attention_heads": 12, "patch_size": 16, "projection_dim": 512}  # fmt: skip
    tower = CLIPVisionModelWithProjection(CLIPVisionConfig(**sizes)).eval()
    pixels = torch.rand(ENCODED, 3, 224, 224, generator=torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def encode() -> object:
        return tower(pixel_values=pixels).image_embeds

    return encode


def _full_axis(folder: Path, seed: int) -> float:
    """Seconds from a snapshot folder to a finished run."""
    snapshot = tiny_snapshot(folder / "snapshot", n_clips=AXIS_CLIPS, seed=seed, axes=("emo",))
    settings = RewardSettings(axis="emo", device="cpu")
    begun = time.perf_counter()
    train_reward(snapshot, folder / "run", settings, chosen_profile("mini"), show_progress=False)
    return time.perf_counter() - begun


def _features(seed: int) -> Features:
    generator = torch.Generator().manual_seed(seed)

    def unit(rows: int) -> torch.Tensor:
        return F.normalize(torch.randn(rows, WIDTH, generator=generator), dim=-1)

    known = torch.ones(CLIPS, dtype=torch.bool)
    return Features(
        clips=ClipFeatures(unit(CLIPS), unit(CLIPS), known, known),
        images=unit(PICTURES),
        views=torch.empty(PICTURES, 0, WIDTH),
        clip_rows={f"clip{row}": row for row in range(CLIPS)},
        image_rows={f"image{row}": row for row in range(PICTURES)},
        image_blocks=[WIDTH],
    )


def _preferences(seed: int) -> Preferences:
    rng = random.Random(seed)
    pairs = []
    for number in range(PAIRS):
        first, second = (f"image{row}" for row in rng.sample(range(PICTURES), 2))
        pairs.append(
            Preference(f"pair{number}", f"clip{number % CLIPS}", first, second, 1.0, 3, 1.0)
        )
    nowhere = Snapshot(Path(), {}, "")
    return Preferences("emo", nowhere, {"train": pairs, "validation": [], "test": []}, {}, {})


@contextmanager
def threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
