"""Training a reward model on cached features, against encoding the pictures again each epoch.

An epoch is the median of those of whole trainings by the trainer that people use, the first of each
left out; what a training costs before its first step is told beside it. Re-encoding is counted with
the two pictures of every pair, as a trainer that keeps no features would encode them.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection, TrainerCallback

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
EPOCHS = 4
BATCH = 1_024
WIDTH = 1_024
# What ImageBind-huge sees on its way, statistics of the look included.
ALL_WIDTH = 15_104
CLIPS = 200
PICTURES = 4_000
THREADS = 2
ENCODED = 8
REPEATS = 3
# 333 clips of 4 pictures give 6 comparisons each, of three votes.
AXIS_CLIPS = 333

# One head without dropped columns is what the loop itself costs; six are what is trained.
_ONE_HEAD: dict[str, Any] = {"heads": 1, "judges": 0, "input_dropout": 0.0}

Seconds = Callable[[], list[float]]


def measure(seed: int = 0) -> dict[str, Any]:
    """Ratios of one run; pairs are of random features, pictures and towers are of random content.

    The full axis goes through files and the mini profile, card and plots included.
    """
    only_our_bars()
    torch.manual_seed(seed)
    starts: list[float] = []
    with threads(THREADS), tempfile.TemporaryDirectory() as folder:
        seconds = _medians(
            {
                "six heads": _training(seed, starts),
                "default batch": _training(seed, [], batch_size=_default("batch_size")),
                "one head": _training(seed, [], **_ONE_HEAD),
                "all columns": _training(seed, [], width=ALL_WIDTH, reads="all", epochs=2),
                "mini tower": _timed(_mini_tower(seed)),
                "ViT-B/16": _timed(_vit_b(seed)),
            }
        )
        axis_s = _full_axis(Path(folder), seed)
    encoded = {name: 2 * PAIRS * seconds[name] / ENCODED for name in ("mini tower", "ViT-B/16")}
    return {
        "pairs": PAIRS,
        "columns": WIDTH,
        "pairs a batch": BATCH,
        "threads": THREADS,
        "pairs/s": {
            "six heads (default)": PAIRS / seconds["six heads"],
            f"six heads, batches of {_default('batch_size')} (default)": (
                PAIRS / seconds["default batch"]
            ),
            "one head, no column dropped": PAIRS / seconds["one head"],
            f"six heads, {ALL_WIDTH:,} columns": PAIRS / seconds["all columns"],
        },
        "start of a training_s": statistics.median(starts),
        "epoch, times faster than encoding by": {
            name: 1 + encoded[name] / seconds["six heads"] for name in encoded
        },
        "full axis": {"comparisons": 6 * AXIS_CLIPS, "seconds": axis_s},
    }


def _medians(works: Mapping[str, Seconds]) -> dict[str, float]:
    """Median of what each work says it took; in turn, so that noise disturbs all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(REPEATS):
        for name, work in works.items():
            taken[name] += work()
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _timed(work: Callable[[], object]) -> Seconds:
    def timed() -> list[float]:
        begun = time.perf_counter()
        work()
        return [time.perf_counter() - begun]

    return timed


class _Epochs(TrainerCallback):
    """When each epoch began and ended."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.ended: list[float] = []

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        self.begun.append(time.perf_counter())

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self.ended.append(time.perf_counter())


def _default(name: str) -> int:
    return int(RewardSettings.model_fields[name].default)


def _training(seed: int, starts: list[float], *, width: int = WIDTH, **changes: Any) -> Seconds:
    """Trains for a few epochs; `starts` hears how long it took until the first one."""
    features, preferences = _features(seed, width), _preferences(seed)
    usual = {"epochs": EPOCHS, "batch_size": BATCH, "reads": "embedding", "evaluations": 1}
    settings = RewardSettings(axis="emo", device="cpu", **(usual | changes))

    def train() -> list[float]:
        begun, epochs = time.perf_counter(), _Epochs()
        with (
            tempfile.TemporaryDirectory() as folder,
            started_run(
                Path(folder) / "run", kind="reward", settings=settings, seed=seed,
                show_progress=False,
            ) as run,
        ):  # fmt: skip
            model = new_reward_model(features, preferences, settings, "")
            trainer = new_trainer(model, features, preferences, settings, run)
            trainer.add_callback(epochs)
            trainer.train()
        starts.append(epochs.begun[0] - begun)
        return [end - start for start, end in zip(epochs.begun[1:], epochs.ended[1:], strict=True)]

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


def _features(seed: int, width: int) -> Features:
    """Clips are WIDTH wide, pictures `width`."""
    generator = torch.Generator().manual_seed(seed)

    def unit(rows: int, columns: int = WIDTH) -> torch.Tensor:
        return F.normalize(torch.randn(rows, columns, generator=generator), dim=-1)

    known = torch.ones(CLIPS, dtype=torch.bool)
    return Features(
        clips=ClipFeatures(unit(CLIPS), unit(CLIPS), known, known),
        images=unit(PICTURES, width),
        views=torch.empty(PICTURES, 0, width),
        clip_rows={f"clip{row}": row for row in range(CLIPS)},
        image_rows={f"image{row}": row for row in range(PICTURES)},
        image_blocks=[width - WIDTH, WIDTH],
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
