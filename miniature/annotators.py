"""Simulated annotators: people whose biases are known, so that what the loop learns can be checked.

An annotator compares two utilities of one clip on one axis (`miniature.gold.utility`):

    cannot tell   with the probability `cannot_tell_rate`, and where both utilities are nothing
    lapse         with the probability `lapse_rate`: left or right at random, whatever is shown
    otherwise     x = (u_left - u_right) / temperature[axis] + left_bias + logistic noise;
                  tie if |x| < tie_threshold, else left if x > 0, else right

Without ties, lapses and bias that is the Bradley-Terry model at the given temperature (Eq. 9).
An adversary turns every answer round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.axes import AXES, Axis

Verdict = Literal["left", "right", "tie", "cannot_tell"]
Character = Literal["careful", "careless", "adversary"]

_ADVERSARY_FROM = 8


@dataclass(frozen=True)
class SimulatedAnnotator:
    """One annotator with known parameters.

    temperature: utility difference (in sd of gold) that multiplies the odds by e, per axis; > 0.
    left_bias: log odds added in favour of the left picture.
    tie_threshold: half width, in log odds, of what counts as equally good; >= 0.
    lapse_rate, cannot_tell_rate: probabilities in [0, 1].
    """

    name: str
    character: Character
    temperature: Mapping[Axis, float]
    left_bias: float
    tie_threshold: float
    lapse_rate: float
    cannot_tell_rate: float

    def __post_init__(self) -> None:
        if set(self.temperature) != set(AXES) or min(self.temperature.values()) <= 0:
            raise ValueError(f"temperature must be positive on {', '.join(AXES)}")
        if self.tie_threshold < 0:
            raise ValueError(f"a tie threshold is at least 0, not {self.tie_threshold}")
        for rate in (self.lapse_rate, self.cannot_tell_rate):
            if not 0.0 <= rate <= 1.0:
                raise ValueError(f"a rate lies in [0, 1], not {rate}")

    def judge(
        self, axis: Axis, utility_left: float, utility_right: float, rng: np.random.Generator
    ) -> Verdict:
        """Answer one comparison on one axis; all chance comes from `rng`."""
        if rng.random() < self.cannot_tell_rate or utility_left == utility_right == 0.0:
            return "cannot_tell"
        if rng.random() < self.lapse_rate:
            return "left" if rng.random() < 0.5 else "right"
        preference = (utility_left - utility_right) / self.temperature[axis]
        if self.character == "adversary":
            preference = -preference
        leaning = preference + self.left_bias + float(rng.logistic())
        if abs(leaning) < self.tie_threshold:
            return "tie"
        return "left" if leaning > 0 else "right"


def cohort(
    n: int, seed: int, *, careless_share: float = 0.15, adversaries: int | None = None
) -> list[SimulatedAnnotator]:
    """`n` annotators: mostly careful, some careless, the last ones adversaries.

    Left out, `adversaries` is one from eight people on and none below. Equal arguments give equal
    people. Raises ValueError for n < 1, a share outside of [0, 1], and for more careless people
    and adversaries than n.
    """
    if n < 1:
        raise ValueError(f"a cohort has at least one annotator, not {n}")
    if not 0.0 <= careless_share <= 1.0:
        raise ValueError(f"the careless share lies in [0, 1], not {careless_share}")
    rng = np.random.default_rng((seed, n))
    careless = round(careless_share * n)
    if adversaries is None:
        adversaries = int(n >= _ADVERSARY_FROM)
    if adversaries < 0 or careless + adversaries > n:
        raise ValueError(
            f"{careless} careless people and {adversaries} adversaries do not fit {n} annotators"
        )
    characters: list[Character] = ["careful"] * (n - careless - adversaries)
    characters += ["careless"] * careless
    characters += ["adversary"] * adversaries
    return [_person(f"sim-{seed}-{k:02d}", c, rng) for k, c in enumerate(characters, start=1)]


def _person(name: str, character: Character, rng: np.random.Generator) -> SimulatedAnnotator:
    is_careless = character == "careless"
    # People agree most about fit to the mood and least about creativity.
    usual: Mapping[Axis, float] = {"emo": 0.45, "con": 0.5, "cre": 0.6}
    return SimulatedAnnotator(
        name=name,
        character=character,
        temperature={axis: t * float(rng.lognormal(0.0, 0.2)) for axis, t in usual.items()},
        left_bias=float(rng.normal(0.1, 0.15)),
        tie_threshold=float(rng.uniform(0.2, 0.6)),
        lapse_rate=float(rng.uniform(0.5, 0.8) if is_careless else rng.uniform(0.0, 0.05)),
        cannot_tell_rate=float(rng.uniform(0.0, 0.05)),
    )
