"""Pictures to look at: a row for each clip, a column for each painter, the same noise in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rlhf._pretraining_set import Brief
from workbench.files import whole_file

Pictures = NDArray[np.uint8]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_EDGE_PX = 192
_LABEL_PX = 250
_HEAD_PX = 34
_GAP_PX = 10
_FONT_PX = 15
_LINE_PX = 20
_GREY = "#606060"


def write_contact_sheet(
    path: Path, briefs: Sequence[Brief], columns: Mapping[str, Pictures]
) -> None:
    """columns: (n, h, w, 3) RGB pictures by the name of what painted them, one for each brief."""
    across, down = _EDGE_PX + _GAP_PX, _EDGE_PX + _GAP_PX
    size = (_LABEL_PX + len(columns) * across, _HEAD_PX + len(briefs) * down)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_FONT_PX)
    for column, (name, pictures) in enumerate(columns.items()):
        left = _LABEL_PX + column * across
        draw.text((left, _GAP_PX), name, "black", font)
        for row, pixels in enumerate(pictures):
            sheet.paste(_enlarged(pixels), (left, _HEAD_PX + row * down))
    for row, brief in enumerate(briefs):
        _write_label(draw, font, brief, _HEAD_PX + row * down)
    with whole_file(path) as partial:
        sheet.save(partial)


def _enlarged(pixels: Pictures) -> Image.Image:
    """pixels: (h, w, 3); larger pictures are made smaller."""
    return Image.fromarray(pixels).resize((_EDGE_PX, _EDGE_PX), Image.Resampling.BICUBIC)


def _write_label(draw: ImageDraw.ImageDraw, font: Font, brief: Brief, top: int) -> None:
    room = (_EDGE_PX // _LINE_PX) - 1
    lines = list(_wrapped(brief.prompt, font, _LABEL_PX - 2 * _GAP_PX))
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1] + " …"]
    draw.text((_GAP_PX, top), brief.clip_id, "black", font)
    for number, line in enumerate(lines, start=1):
        draw.text((_GAP_PX, top + number * _LINE_PX), line, _GREY, font)


def _wrapped(text: str, font: Font, width_px: int) -> Iterator[str]:
    """`text` in lines that are not wider; a longer word stands alone."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width_px:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line
