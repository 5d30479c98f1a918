"""Music into words and words into pictures (sections 3.2 and 3.3 of the paper).

A recording and its caption become six descriptors (`RuleAnalyst`), these become a visual
description in five dimensions (`RuleVisualiser`), and its prompt becomes pictures (`Painter`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.lazy_names import lazy_names

if TYPE_CHECKING:
    from generation.adapters import AdapterChoice, AdapterOrigin, read_origin
    from generation.analyst import Analyst, Clip, RuleAnalyst
    from generation.audio import Recording, load_audio
    from generation.descriptors import Descriptors
    from generation.painter import Painter, load_painter, painter_hash
    from generation.settings import DescribeSettings, PaintSettings
    from generation.visual_prompt import RuleVisualiser, VisualDescription, Visualiser

_HOMES = {
    "AdapterChoice": "adapters",
    "AdapterOrigin": "adapters",
    "Analyst": "analyst",
    "Clip": "analyst",
    "DescribeSettings": "settings",
    "Descriptors": "descriptors",
    "PaintSettings": "settings",
    "Painter": "painter",
    "Recording": "audio",
    "RuleAnalyst": "analyst",
    "RuleVisualiser": "visual_prompt",
    "VisualDescription": "visual_prompt",
    "Visualiser": "visual_prompt",
    "load_audio": "audio",
    "load_painter": "painter",
    "painter_hash": "painter",
    "read_origin": "adapters",
}

__all__ = [
    "AdapterChoice",
    "AdapterOrigin",
    "Analyst",
    "Clip",
    "DescribeSettings",
    "Descriptors",
    "PaintSettings",
    "Painter",
    "Recording",
    "RuleAnalyst",
    "RuleVisualiser",
    "VisualDescription",
    "Visualiser",
    "load_audio",
    "load_painter",
    "painter_hash",
    "read_origin",
]

__getattr__ = lazy_names(__name__, _HOMES)
