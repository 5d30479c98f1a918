"""Small recordings and pictures, and manifests of them, made by a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from workbench.manifests import ClipEntry, ImageEntry, write_manifest


def write_tone(path: Path, hertz: float, *, seconds: float = 1.0, rate_hz: int = 16_000) -> Path:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hertz * time), rate_hz)
    return path


def write_picture(path: Path, seed: int, *, width: int = 40, height: int = 40) -> Path:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


def write_world(folder: Path, *, clips: int = 6, images_per_clip: int = 2) -> tuple[Path, Path]:
    """Manifests clips.jsonl and images.jsonl of tones and noise; clip 0 has no caption."""
    clip_entries, image_entries = [], []
    for clip in range(clips):
        write_tone(folder / f"{clip}.wav", 110 * 2 ** (clip / 2))
        caption = f"calm piano number {clip}" if clip else ""
        clip_entries.append(ClipEntry(clip_id=f"c{clip}", audio=f"{clip}.wav", caption=caption))
        for number in range(images_per_clip):
            name = f"{clip}-{number}.png"
            write_picture(folder / name, seed=100 * clip + number)
            image_entries.append(
                ImageEntry(
                    image_id=f"i{clip}-{number}",
                    clip_id=f"c{clip}",
                    image=name,
                    painter="noise",
                    generation=number,
                )
            )
    write_manifest(folder / "clips.jsonl", clip_entries)
    write_manifest(folder / "images.jsonl", image_entries)
    return folder / "clips.jsonl", folder / "images.jsonl"
