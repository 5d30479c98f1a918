"""The numbers that standardise the gold utilities, measured on drawn pictures of the world.

They are committed in gold_reference.json, because gold must not change unnoticed;
`python -m miniature.train gold` measures them again after the world or the examiner has changed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from workbench.files import read_json

Floats = NDArray[np.float64]

TONE = ("saturation", "warmth", "lightness", "contrast", "detail")
"""The features that make the tone of a picture, in the order of all arrays of tone."""
FORM = ("harmony", "thirds", "variety", "detail")
"""The features that u_cre is made of."""
PATH = Path(__file__).with_name("gold_reference.json")


class Spread(BaseModel):
    """Mean and standard deviation over drawn pictures."""

    model_config = ConfigDict(frozen=True)

    mean: float
    sd: float

    def standardised(self, values: Floats) -> Floats:
        return np.asarray((values - self.mean) / self.sd)


class GoldReference(BaseModel):
    """What drawn pictures are like.

    implied: mean tone by palette, lighting and feature (8, 5, 5), of pictures of neutral mood.
    tone: of what is left of the tone once half of `implied` is taken away, in the order of TONE.
    form: of the features of FORM, by name. The others: of the sums that `miniature.gold` defines.
    """

    model_config = ConfigDict(frozen=True)

    implied: tuple[tuple[tuple[float, ...], ...], ...]
    tone: tuple[Spread, ...]
    form: dict[str, Spread]
    gladness: Spread
    excitement: Spread
    appeal: Spread


@cache
def load_reference() -> GoldReference:
    return GoldReference.model_validate(read_json(PATH))
