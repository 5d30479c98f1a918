"""A profile whose models are tiny and know nothing."""

from __future__ import annotations

from pathlib import Path

from tests.factories.embedders import tiny_embedder
from tests.factories.painters import tiny_painter
from workbench.profiles import Profile

SIZE_PX = 32


def tiny_profile(folder: Path, *, steps: int) -> Profile:
    """Painter and embedder written below `folder`."""
    return Profile(
        name="tiny",
        painter=str(tiny_painter(folder / "painter", size_px=SIZE_PX)),
        embedder=str(tiny_embedder(folder / "embedder", size_px=SIZE_PX)),
        size_px=SIZE_PX,
        steps=steps,
        guidance=2.0,
    )
