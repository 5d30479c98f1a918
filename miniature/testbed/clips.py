"""Clips of the world as files: recordings, captions, prompts; their truth stays in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from miniature.world.latents import Latents, sample_latents, triple_seed
from miniature.world.music import compose
from miniature.world.synthesiser import render
from miniature.world.texts import heard_prompt, write_caption
from workbench.files import whole_folder
from workbench.manifests import ClipEntry, write_manifest
from workbench.run_folder import RunFolder

RATE_HZ = 16_000
MANIFEST = "clips.jsonl"

# Worlds of the testbed begin here; the models were trained on points of far lower numbers.
_FIRST_WORLD = 500_000
_PROMPTS = 2


@dataclass(frozen=True)
class WorldClip:
    """One clip, and the point of the world that it was made from."""

    clip_id: str
    point: Latents
    caption: str
    prompts: tuple[str, ...]
    """Two ways to tell a painter what to paint, as a describer of music would: no scene is named,
    because which one the music evokes is what people judge."""

    @property
    def recording(self) -> str:
        """Place of its recording below the folder of its clips."""
        return f"audio/{self.clip_id}.wav"


def learning_clips(seed: int, count: int) -> list[WorldClip]:
    """Clips to learn on."""
    return [_clip("clip", _FIRST_WORLD + 2 * seed, index) for index in range(count)]


def evaluation_clips(seed: int, count: int) -> list[WorldClip]:
    """Clips of another world: no learner ever meets them."""
    return [_clip("held", _FIRST_WORLD + 2 * seed + 1, index) for index in range(count)]


def write_clips(run: RunFolder, clips: Sequence[WorldClip], folder: Path) -> None:
    """Render the music and write the manifest, as the first files of an installation would be."""
    with whole_folder(folder) as partial:
        (partial / "audio").mkdir()
        for clip in run.track(clips, stage="render music", total=len(clips)):
            samples = render(compose(clip.point), sample_rate_hz=RATE_HZ)
            soundfile.write(partial / clip.recording, samples, RATE_HZ)
        write_manifest(partial / MANIFEST, [_entry(clip) for clip in clips])


def noise_seed(seed: int, *what: str | int) -> int:
    """The seed of one picture's noise, by what it is for: 31 bits."""
    digest = hashlib.sha256(":".join(map(str, (seed, *what))).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _clip(kind: str, world: int, index: int) -> WorldClip:
    rng = triple_seed(world, index)
    point = sample_latents(rng)
    caption = write_caption(point, rng)
    prompts = tuple(heard_prompt(point, rng) for _ in range(_PROMPTS))
    return WorldClip(f"{kind}-{index:04d}", point, caption, prompts)


def _entry(clip: WorldClip) -> ClipEntry:
    return ClipEntry(clip_id=clip.clip_id, audio=Path(clip.recording), caption=clip.caption)
