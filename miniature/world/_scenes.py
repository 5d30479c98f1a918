"""How each scene is drawn, from far to near, on a canvas of any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from miniature.world._palettes import Colour, Colours
from miniature.world.vocabulary import Scene

Rgb = tuple[int, int, int]


class Stage(NamedTuple):
    """Where a scene is drawn. Lengths are shares of the edge unless they end in _px."""

    draw: ImageDraw.ImageDraw
    size_px: int
    colours: Colours
    horizon: float
    scale: float
    sun: tuple[float, float]
    rng: np.random.Generator

    def ridge(self, heights: NDArray[np.float64], colour: Colour) -> None:
        """Fill everything below a line of heights (shares, y downwards) over the full width."""
        xs = np.linspace(0, self.size_px, len(heights))
        top = [(float(x), float(y * self.size_px)) for x, y in zip(xs, heights, strict=True)]
        corners = [(float(self.size_px), float(self.size_px)), (0.0, float(self.size_px))]
        self.draw.polygon([*top, *corners], fill=rgb(colour))

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        s = self.size_px
        box = ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s)
        self.draw.ellipse(box, fill=rgb(colour))

    def shape(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        self.draw.polygon([(x * self.size_px, y * self.size_px) for x, y in points], rgb(colour))


def rgb(colour: Colour) -> Rgb:
    red, green, blue = (round(255 * min(max(part, 0.0), 1.0)) for part in colour)
    return red, green, blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` of `other` in it."""
    red, green, blue = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    return red, green, blue


def draw_scene(scene: Scene, stage: Stage) -> None:
    """Draw the scene over a canvas that holds the sky."""
    if scene not in ("rings", "ribbons"):
        stage.disc(*stage.sun, 0.085 * stage.scale**0.5, stage.colours.accent)
    _PAINTERS[scene](stage)


def _ocean(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    x = np.linspace(0, 1, 60)
    bands = 4
    for band in range(bands):
        depth = band / (bands - 1)
        y = stage.horizon + (1.0 - stage.horizon) * depth * 0.80
        swell = 0.006 + 0.034 * depth * stage.scale
        wave = y + swell * np.sin(2 * np.pi * ((1.6 + 0.8 * (1 - depth)) * x + rng.random()))
        shade = mixed(colours.far, colours.near, depth)
        stage.ridge(wave - 0.05 * depth, mixed(shade, colours.accent, 0.5))
        stage.ridge(wave, shade)
    middle, far, near = stage.sun[0], stage.horizon, stage.horizon + 0.16
    glitter = [(middle - 0.05, far), (middle + 0.05, far), (middle + 0.12, near)]
    stage.shape([*glitter, (middle - 0.12, near)], mixed(colours.far, colours.accent, 0.6))


def _dunes(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    x = np.linspace(0, 1, 80)
    for layer in range(4):
        depth = layer / 3
        base = stage.horizon + (0.92 - stage.horizon) * depth
        peak = rng.uniform(0.15, 0.85)
        height = (0.10 + 0.10 * depth) * stage.scale
        crest = base - height * np.exp(-(((x - peak) / 0.28) ** 2))
        crest += 0.015 * np.sin(2 * np.pi * (1.3 * x + rng.random()))
        light = mixed(mixed(colours.far, colours.accent, 0.25), colours.mid, depth)
        stage.ridge(crest, light)
        _shaded_flank(stage, x, crest, peak, mixed(light, colours.near, 0.50))


def _shaded_flank(
    stage: Stage, x: NDArray[np.float64], crest: NDArray[np.float64], peak: float, colour: Colour
) -> None:
    away = 1 if stage.sun[0] < peak else -1
    flank = [i for i in range(len(x)) if (x[i] - peak) * away >= 0]
    if len(flank) < 2:
        return
    line = [(float(x[i]), float(crest[i])) for i in flank]
    foot = [(float(x[i]), float(crest[i] + 0.9 * abs(x[i] - peak) ** 0.8)) for i in reversed(flank)]
    stage.shape([*line, *foot], colour)


def _mountains(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    for layer, colour in enumerate((colours.far, colours.mid, colours.near)):
        base = stage.horizon + 0.06 + 0.17 * layer
        for place in rng.permutation(3):
            x = (place + rng.uniform(0.3, 0.7)) / 3
            height = (0.48 - 0.12 * layer) * stage.scale * rng.uniform(0.7, 1.1)
            _peak(stage, x, base, height, colour, is_snowy=layer < 2)
        stage.ridge(np.full(2, base), colour)


def _peak(
    stage: Stage, x: float, base: float, height: float, colour: Colour, *, is_snowy: bool
) -> None:
    half, top = 0.62 * height, base - height
    stage.shape([(x - half, base), (x, top), (x + half, base)], colour)
    side = 1 if stage.sun[0] < x else -1
    dark = mixed(colour, stage.colours.near, 0.45)
    stage.shape([(x, top), (x + side * half, base), (x + side * 0.12 * half, base)], dark)
    if is_snowy:
        cap, low = 0.38 * half, top + 0.38 * height
        snow = mixed(stage.colours.accent, colour, 0.12)
        stage.shape([(x, top), (x + cap, low), (x, low + 0.03), (x - cap, low)], snow)


def _forest(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    for layer, colour in enumerate((colours.far, colours.mid, colours.near)):
        ground = stage.horizon + 0.08 + 0.20 * layer
        stage.ridge(np.full(2, ground), mixed(colour, colours.sky_low, 0.15))
        count = 6 - layer
        for place in range(count):
            x = (place + rng.uniform(0.35, 0.65)) / count
            height = (0.30 + 0.13 * layer) * stage.scale * rng.uniform(0.85, 1.15)
            _pine(stage, x, ground + 0.02, height, mixed(colour, colours.near, 0.3 * (place % 2)))
    stage.ridge(np.full(2, 0.93), mixed(colours.near, colours.mid, 0.3))


def _pine(stage: Stage, x: float, ground: float, height: float, colour: Colour) -> None:
    for tier in range(3):
        low = ground - 0.12 * height - 0.27 * height * tier
        half = 0.30 * height * (1 - 0.24 * tier)
        stage.shape([(x - half, low), (x, low - 0.42 * height), (x + half, low)], colour)
    trunk = mixed(stage.colours.near, (0.2, 0.1, 0.05), 0.5)
    half = 0.04 * height
    stage.shape([(x - half, ground - 0.12 * height), (x + half, ground - 0.12 * height),
                 (x + half, ground), (x - half, ground)], trunk)  # fmt: skip


def _city(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    for layer, colour in enumerate((colours.far, mixed(colours.mid, colours.near, 0.55))):
        ground = stage.horizon + 0.22 + 0.12 * layer
        edge = -0.02
        while edge < 1.0:
            width = rng.uniform(0.17, 0.23)
            height = rng.uniform(0.24, 0.54 - 0.10 * layer) * stage.scale
            _tower(stage, edge, ground, width, height, colour, has_windows=layer == 1)
            edge += width + rng.uniform(0.0, 0.02)
        stage.ridge(np.full(2, ground), colour)
    stage.ridge(np.full(2, stage.horizon + 0.36), colours.near)


def _tower(
    stage: Stage, left: float, ground: float, width: float, height: float, colour: Colour,
    *, has_windows: bool,
) -> None:  # fmt: skip
    top, right = ground - height, left + width
    stage.shape([(left, ground), (left, top), (right, top), (right, ground)], colour)
    if not has_windows:
        return
    side = 0.055
    for column in (left + 0.03, right - 0.03 - side):
        for row in np.arange(top + 0.035, ground - side, 0.095):
            if stage.rng.random() < 0.8:
                corners = [(column, row), (column + side, row)]
                corners += [(column + side, row + side), (column, row + side)]
                stage.shape(corners, stage.colours.accent)


def _meadow(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    x = np.linspace(0, 1, 40)
    for layer, colour in enumerate((colours.far, colours.mid)):
        phase = rng.random()
        hill = stage.horizon + 0.16 * layer + 0.05 * np.sin(2 * np.pi * ((1 + layer) * x + phase))
        stage.ridge(hill, colour)
    petals = (colours.accent, mixed(colours.accent, colours.sky_top, 0.6), colours.sky_low)
    for row in range(2):
        y = stage.horizon + 0.20 + (0.84 - stage.horizon - 0.20) * row
        count = 5 - row
        for place in range(count):
            spot = (place + rng.uniform(0.35, 0.65)) / count
            radius = (0.038 + 0.018 * row) * stage.scale**0.5
            _flower(stage, spot, y + rng.uniform(-0.02, 0.02), radius, petals[(place + row) % 3])


def _flower(stage: Stage, x: float, y: float, radius: float, petal: Colour) -> None:
    stem = stage.colours.near
    half = 0.25 * radius
    foot = y + 3.2 * radius
    stage.shape([(x - half, y), (x + half, y), (x + half, foot), (x - half, foot)], stem)
    for angle in np.arange(5) * 2 * np.pi / 5:
        stage.disc(x + 0.8 * radius * np.cos(angle), y + 0.8 * radius * np.sin(angle),
                   0.62 * radius, petal)  # fmt: skip
    stage.disc(x, y, 0.5 * radius, stage.colours.near)


def _rings(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    x, y = stage.sun
    count = 5
    cycle = (colours.near, colours.accent, colours.mid, colours.sky_low, colours.far)
    for ring in range(count, 0, -1):
        stage.disc(x, y, 0.52 * stage.scale * ring / count, cycle[ring % len(cycle)])
    for moon in range(3):
        angle = 2 * np.pi * (moon / 3 + rng.random() / 3)
        far = 0.60 * stage.scale
        stage.disc(x + far * np.cos(angle), y + far * np.sin(angle), 0.05, colours.accent)


def _ribbons(stage: Stage) -> None:
    colours, rng = stage.colours, stage.rng
    x = np.linspace(0, 1, 60)
    cycle = (colours.far, colours.accent, colours.mid, colours.near, colours.sky_low, colours.mid)
    swing, phase, lean = rng.uniform(0.09, 0.15), rng.random(), rng.uniform(-0.3, 0.3)
    middle = stage.horizon - 0.08
    for band, colour in enumerate(cycle):
        offset = (band - 2.5) * 0.115 * stage.scale
        wave = middle + offset + lean * (x - 0.5)
        wave = wave + swing * np.sin(2 * np.pi * (1.15 * x + phase + 0.045 * band))
        width = 0.085 * stage.scale * (0.75 + 0.35 * np.sin(2 * np.pi * (x + phase + band / 6)))
        upper = list(zip(x.tolist(), wave.tolist(), strict=True))
        lower = list(zip(x[::-1].tolist(), (wave + width)[::-1].tolist(), strict=True))
        stage.shape([*upper, *lower], colour)


_PAINTERS: dict[Scene, Callable[[Stage], None]] = {
    "ocean": _ocean,
    "dunes": _dunes,
    "mountains": _mountains,
    "forest": _forest,
    "city": _city,
    "meadow": _meadow,
    "rings": _rings,
    "ribbons": _ribbons,
}
