"""Everything that the report measures, on points of the world that no recipe learned from.

Painting, embedding and judging run on the CPU, whatever else there is: the targets are for a
laptop.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import torch
from diffusers.utils.logging import disable_progress_bar
from numpy.typing import NDArray
from scipy.stats import spearmanr

from cluster_sampling.embedder import TOKENIZER_FILE, load_embedder, open_tokenizer
from generation.painter import Painter, load_painter
from miniature.classifier import Name, load_classifier, recognised
from miniature.gold import Truth, best_constant, see, truth_of, utilities, worth
from miniature.report.rows import Report, Row, Weights
from miniature.report.settings import ReportSettings
from miniature.train.autoencoder import reconstruction_psnr
from miniature.train.drawn import HELD_OUT, drawn_pictures, world_latents
from miniature.train.embedding import Triples, held_out_recalls
from miniature.train.heard import heard_windows
from miniature.world.latents import Latents, triple_seed
from miniature.world.texts import varied_prompt
from workbench.axes import AXES
from workbench.files import sha256_of_folder
from workbench.profiles import PROFILES, ROOT
from workbench.run_folder import RunFolder, software_versions, source_commit

Pictures = NDArray[np.uint8]
Floats = NDArray[np.float64]

_BATCH = 16
_CANDIDATES = 100
_CLIPS_PER_PICTURE = 16
_LARGEST_MB = 30.0
_JUDGES: tuple[Name, ...] = get_args(Name)
_RECALLS = {
    "audio_to_image": 0.5,
    "caption_to_image": 0.5,
    "prompt_to_image": 0.5,
    "audio_to_caption": None,
}


class Gallery(NamedTuple):
    """n held-out points with their drawn and painted pictures (n, 64, 64, 3)."""

    points: list[Latents]
    drawn: Pictures
    painted: Pictures
    pictures_per_s: float


def measure(run: RunFolder, settings: ReportSettings) -> tuple[Report, Gallery]:
    """Measure the weights that the settings name.

    Raises BadInput when a folder does not hold what it should.
    """
    began = time.perf_counter()
    disable_progress_bar()  # diffusers' own; ours tell more.
    torch.set_num_threads(settings.threads)
    profile = PROFILES["mini"].model_copy(update={"painter": str(settings.painter)})
    painter = load_painter(profile, device="cpu")
    # Both are opened before the minutes of work, so that a wrong folder is told at once.
    recalls = _recalls(run, settings)
    gallery = _gallery(run, settings, painter)
    weights = list(_weights(settings))
    rows = [
        *_adherence_rows(gallery),
        *recalls,
        Row("painter", "pictures per s", gallery.pictures_per_s, ".2f", 2.0),
        Row("painter", "PSNR of reconstruction, dB",
            reconstruction_psnr(painter.pipeline.vae, gallery.drawn), ".1f"),
        *_gold_rows(gallery),
        Row("weights", "all together, MB", sum(w.megabytes for w in weights), ".1f",
            _LARGEST_MB, "at most"),
    ]  # fmt: skip
    report = Report(
        rows=rows,
        weights=weights,
        settings=settings.model_dump(mode="json"),
        versions=software_versions(),
        commit=source_commit(),
        seconds=time.perf_counter() - began,
    )
    return report, gallery


def _gallery(run: RunFolder, settings: ReportSettings, painter: Painter) -> Gallery:
    points = world_latents(settings.pictures, settings.seed + HELD_OUT)
    drawn = drawn_pictures(run, points)
    words = triple_seed(settings.seed + HELD_OUT, 0)
    prompts = [varied_prompt(point, words) for point in points]
    began = time.perf_counter()
    painting = painter.paint(
        prompts,
        [settings.seed + index for index in range(len(prompts))],
        steps=settings.steps,
        guidance=settings.guidance,
        size_px=PROFILES["mini"].size_px,
        batch=_BATCH,
    )
    tracked = run.track(painting, stage="painting", total=len(prompts))
    painted = np.stack([np.asarray(picture) for picture in tracked])
    return Gallery(points, drawn, painted, len(painted) / (time.perf_counter() - began))


def _recalls(run: RunFolder, settings: ReportSettings) -> list[Row]:
    embedder = load_embedder(settings.embedder)
    tokenizer = open_tokenizer(settings.embedder / TOKENIZER_FILE)
    # An embedder that was trained on other texts may need more tokens for these than it can read.
    tokenizer.enable_truncation(embedder.model.config.text_sizes.context)
    points = world_latents(settings.triples, settings.seed + HELD_OUT)
    triples = Triples(
        points,
        drawn_pictures(run, points, name="pictures-of-triples"),
        heard_windows(run, points, embedder.model.config.audio_sizes),
    )
    among = min(_CANDIDATES, settings.triples)
    recalls = held_out_recalls(embedder.model, tokenizer, triples, among=among)
    return [
        Row(
            "recall@1",
            f"{name.replace('_', ' ')}, of {among}",
            recalls[name],
            ".1%",
            target,
        )
        for name, target in _RECALLS.items()
    ]


def _adherence_rows(gallery: Gallery) -> Iterator[Row]:
    for name in reversed(_JUDGES):
        judge = load_classifier(name)
        for kind, pictures in (("painted", gallery.painted), ("drawn", gallery.drawn)):
            shares = recognised(judge, pictures, gallery.points)
            is_counted = name == "inspector" and kind == "painted"
            for what, share in shares._asdict().items():
                target = 0.8 if is_counted else None
                yield Row("adherence", f"{what}, {kind}, {name}", share, ".1%", target)


def _gold_rows(gallery: Gallery) -> Iterator[Row]:
    truths = [truth_of(point) for point in gallery.points]
    began = time.perf_counter()
    own = utilities(gallery.painted, truths)
    per_s = len(truths) / (time.perf_counter() - began)
    anyone = _over_clips(gallery.painted, truths)
    constant = best_constant(truths)
    for k, axis in enumerate(AXES):
        yield Row("gold", f"{axis}, of the own clip: mean", float(own[:, k].mean()), "+.2f")
        yield Row("gold", f"{axis}, pictures x clips: mean", float(anyone[:, k].mean()), "+.2f")
        yield Row("gold", f"{axis}, pictures x clips: sd", float(anyone[:, k].std()), ".2f")
        yield Row(
            "gold", f"{axis}, best constant picture", float(constant[k]), "+.2f", 0, "at most"
        )
    for one, other in combinations(range(len(AXES)), 2):
        correlation = _correlation(anyone[:, one], anyone[:, other])
        name = f"{AXES[one]} with {AXES[other]}: size of rho"
        yield Row("gold", name, correlation, ".2f", 0.3, "at most")
    yield Row("gold", "pictures judged per s", per_s, ".0f", 300)


def _over_clips(pictures: Pictures, truths: Sequence[Truth]) -> Floats:
    """(m, 3) worth of each picture for up to 16 clips, its own among them."""
    seen = see(pictures)
    shifts = range(min(_CLIPS_PER_PICTURE, len(truths)))
    return np.concatenate([worth(seen, [*truths[by:], *truths[:by]]) for by in shifts])


def _correlation(one: Floats, other: Floats) -> float:
    """Size of Spearman's correlation; NaN where one side never changes."""
    if min(np.ptp(one), np.ptp(other)) == 0:
        return math.nan
    return abs(float(spearmanr(one, other).statistic))


def _weights(settings: ReportSettings) -> Iterator[Weights]:
    folders = {"painter": settings.painter, "embedder": settings.embedder}
    folders |= {name: ROOT / "miniature" / "weights" / name for name in _JUDGES}
    for name, folder in folders.items():
        files = [path for path in folder.rglob("*.safetensors") if path.is_file()]
        yield Weights(
            name=name,
            folder=_shown_path(folder),
            megabytes=sum(path.stat().st_size for path in files) / 1e6,
            sha256=sha256_of_folder(folder, suffixes=(".safetensors",)),
        )


def _shown_path(folder: Path) -> str:
    return str(folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder)
