"""One picture: what paints it, what names it, and how it is saved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation._choices import profile_of
from generation.adapters import AdapterChoice
from generation.painter import Painter, load_painter
from generation.settings import PaintSettings
from workbench.files import whole_file

_SEED_BITS = 31


class Brush(NamedTuple):
    """A painter with everything but prompt and seed decided."""

    painter: Painter
    steps: int
    guidance: float
    size_px: int
    batch: int

    def paint(self, prompts: Sequence[str], seeds: Sequence[int]) -> Iterator[Image.Image]:
        return self.painter.paint(
            prompts,
            seeds,
            steps=self.steps,
            guidance=self.guidance,
            size_px=self.size_px,
            batch=self.batch,
        )

    def facts(self) -> dict[str, Any]:
        """What decides its pictures beside prompt and seed; saved in each of them."""
        adapters = {
            axis: {"sha256": self.painter.adapters[axis], "weight": weight}
            for axis, weight in self.painter.weights.items()
        }
        return {
            "painter": self.painter.sha256,
            "adapters": adapters,
            "steps": self.steps,
            "guidance": self.guidance,
            "size_px": self.size_px,
        }


class Commission(NamedTuple):
    """One picture to be painted."""

    image_id: str
    clip_id: str
    prompt: str
    seed: int


def load_brush(settings: PaintSettings, adapters: Sequence[AdapterChoice]) -> Brush:
    """Load the base painter and its adapters. Raises BadInput as `load_painter` does."""
    profile = profile_of(settings)
    painter = load_painter(profile, device=settings.device)
    painter.refuse_size(profile.size_px)
    painter.add_adapters(adapters, accept_foreign=settings.foreign_adapters)
    return Brush(painter, profile.steps, profile.guidance, profile.size_px, settings.batch)


def commission(brush: Brush, clip_id: str, prompt: str, seed: int) -> Commission:
    """Name a picture by all that decides it, so that equal ones have equal ids."""
    decided = json.dumps([clip_id, prompt, seed, brush.facts()], sort_keys=True)
    return Commission(hashlib.sha256(decided.encode()).hexdigest()[:20], clip_id, prompt, seed)


def picture_seed(seed: int, clip_id: str, number: int) -> int:
    """The seed of a clip's picture `number`, independent of the other clips of the manifest."""
    digest = hashlib.sha256(f"{seed}:{clip_id}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - _SEED_BITS)


def save_picture(picture: Image.Image, path: Path, made: Commission, brush: Brush) -> None:
    """Write a PNG whose text fields say how to paint it again."""
    info = PngInfo()
    info.add_text("prompt", made.prompt)
    for name, value in {"seed": made.seed, **brush.facts()}.items():
        info.add_text(name, value if isinstance(value, str) else json.dumps(value, sort_keys=True))
    with whole_file(path) as partial:
        picture.save(partial, format="PNG", pnginfo=info)
