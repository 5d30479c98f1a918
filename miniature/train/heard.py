"""The rendered music that the embedder learns from, as log-mel windows in the run folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cluster_sampling.imagebind_config import AudioSizes
from cluster_sampling.preprocessing import log_mel
from miniature.world.latents import Latents
from miniature.world.music import compose
from miniature.world.synthesiser import render
from workbench.files import whole_file
from workbench.run_folder import RunFolder


def heard_windows(
    run: RunFolder, points: list[Latents], sizes: AudioSizes, *, name: str = "mels"
) -> NDArray[np.float16]:
    """Log-mel windows (n, w, m, t) of the music of all points, rendered once per run folder.

    Natural logarithms, not normalised yet, so that volume is a constant to add.
    """
    path = run.path(f"{name}.npy")
    if not path.is_file():
        _render_all(run, points, sizes, path)
    windows: NDArray[np.float16] = np.load(path, mmap_mode="r")
    return windows


def _render_all(run: RunFolder, points: list[Latents], sizes: AudioSizes, path: Path) -> None:
    shape = (len(points), sizes.windows, sizes.mel_bins, sizes.frames)
    with whole_file(path) as partial:
        kept = np.lib.format.open_memmap(partial, mode="w+", dtype=np.float16, shape=shape)
        for index, point in enumerate(run.track(points, stage="rendering", total=len(points))):
            kept[index] = _windows(point, sizes).astype(np.float16)
        kept.flush()


def _windows(point: Latents, sizes: AudioSizes) -> NDArray[np.float32]:
    """(w, m, t), from windows that lie evenly over the clip as the embedder takes them."""
    samples = render(compose(point), sample_rate_hz=sizes.sample_rate_hz)
    length = round(sizes.window_s * sizes.sample_rate_hz)
    starts = np.linspace(0, max(0, len(samples) - length), sizes.windows).round().astype(int)
    # A little noise: no recording is digitally silent.
    noise = np.random.default_rng(point.seed).normal(0, 1e-4, len(samples)).astype(np.float32)
    audible = samples + noise
    return np.stack([log_mel(audible[start : start + length], sizes) for start in starts])
