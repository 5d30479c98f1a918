"""When refinement has gone too far, and which step is kept: arithmetic on what the watch noted.

Letters in shapes: n pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rlhf.refine_settings import Keep, RefineSettings

# Pictures that all changed alike have no error.
_ERROR_FLOOR = 1e-9


class Watch(NamedTuple):
    """What was seen at one step, on the same prompts, seeds and noise at every step."""

    step: int
    rewards: list[float]
    """n rewards that are being optimised, in sd."""
    judged: list[float]
    """n rewards by the judges, in sd; nobody optimises them."""
    diversity: float
    adherence: float
    loss_pre: float

    @property
    def reward(self) -> float:
        return float(np.mean(self.rewards))

    @property
    def judge(self) -> float:
        return float(np.mean(self.judged))

    def means(self) -> dict[str, float]:
        """One number for each measure."""
        return {
            "reward": self.reward,
            "judge": self.judge,
            "diversity": self.diversity,
            "adherence": self.adherence,
            "loss_pre": self.loss_pre,
        }


class Bounds(NamedTuple):
    """How far an adapter may go from its base; see `RefineSettings` for the reasons."""

    diversity: float
    """Share of the base's that may be lost."""
    adherence: float
    """The same."""
    loss_pre: float
    """Share of the base's that may be added."""
    judge: float
    """Standard errors that the judges may fall behind their best while the reward rises."""
    patience: int
    """Watches in a row that find them further behind before it counts."""


class Stop(NamedTuple):
    """Which bound was broken, and at which step."""

    step: int
    reason: str
    """One sentence, without its full stop."""
    numbers: dict[str, float]


class Ending(NamedTuple):
    """What came of the watch."""

    watches: list[Watch]
    """In the order of their steps, the base's first."""
    saved: Watch
    """The one whose adapter was saved."""
    stop: Stop | None

    @property
    def has_gained(self) -> bool:
        """Whether the judges like the saved adapter better than the base."""
        return self.saved.judge > self.watches[0].judge

    def as_dict(self) -> dict[str, Any]:
        return {
            "saved_step": self.saved.step,
            "has_gained": self.has_gained,
            "stopped": self.stop._asdict() if self.stop else None,
            "watches": [{"step": watch.step, **watch.means()} for watch in self.watches],
        }


def bounds_of(settings: RefineSettings) -> Bounds:
    return Bounds(
        diversity=settings.diversity_bound,
        adherence=settings.adherence_bound,
        loss_pre=settings.loss_pre_bound,
        judge=settings.judge_bound,
        patience=settings.judge_patience,
    )


def ending_of(watches: Sequence[Watch], bounds: Bounds, keep: Keep) -> Ending:
    return Ending(list(watches), kept(watches, bounds, keep), stop_of(watches, bounds))


def stop_of(watches: Sequence[Watch], bounds: Bounds) -> Stop | None:
    """Whether the last of `watches`, the base's first, breaks a bound."""
    if not watches:
        return None
    return _too_far(watches[0], watches[-1], bounds) or _fallen_behind(watches, bounds)


def kept(watches: Sequence[Watch], bounds: Bounds, keep: Keep) -> Watch:
    """The watch whose adapter is worth keeping: within all bounds, so at worst the base's.

    best: whom the judges like best, the earliest of equals. The base takes part: an adapter that
    they do not prefer to it is nothing to paint with. last: the last one.
    """
    within = [watch for watch in watches if not _too_far(watches[0], watch, bounds)]
    return within[-1] if keep == "last" else max(within, key=lambda watch: watch.judge)


def standard_errors_behind(best: Watch, watch: Watch) -> float:
    """How far the judges' mean fell from `best` to `watch`, in standard errors; below 0 if it rose.

    Both are of the same prompts and noise, n >= 2 of them, so the differences are paired.
    """
    fall = np.subtract(best.judged, watch.judged)
    error = float(fall.std(ddof=1)) / math.sqrt(len(fall))
    return float(fall.mean()) / max(error, _ERROR_FLOOR)


def _too_far(base: Watch, watch: Watch, bounds: Bounds) -> Stop | None:
    """Whether what is seen differs too much from what the base paints."""
    for what, now, then, bound in (
        ("diversity between prompts fell", watch.diversity, base.diversity, bounds.diversity),
        ("prompt adherence fell", watch.adherence, base.adherence, bounds.adherence),
        ("L_pre rose", watch.loss_pre, base.loss_pre, bounds.loss_pre),
    ):
        share = _share(now - then if "rose" in what else then - now, then)
        if share > bound:
            reason = (
                f"{what} from {then:.3g} to {now:.3g}, by {share:.0%} of the base's; the bound is "
                f"{bound:.0%}"
            )
            numbers = {"base": then, "now": now, "share": share, "bound": bound}
            return Stop(watch.step, reason, numbers)
    return None


def _share(change: float, base: float) -> float:
    """A change for the worse as a share of what the base had; of nothing, any is all of it."""
    if change <= 0:
        return 0.0
    return change / abs(base) if base else 1.0


def _fallen_behind(watches: Sequence[Watch], bounds: Bounds) -> Stop | None:
    """Over-optimisation: the reward goes on rising while those who never taught it turn away."""
    best, last = kept(watches, bounds, "best"), watches[-1]
    behind = [
        watch.reward > best.reward and standard_errors_behind(best, watch) > bounds.judge
        for watch in watches[-bounds.patience :]
    ]
    if len(behind) < bounds.patience or not all(behind):
        return None
    errors = standard_errors_behind(best, last)
    reason = (
        f"the optimised reward rose from {best.reward:+.2f} to {last.reward:+.2f} sd after step "
        f"{best.step}, while the judges' fell from {best.judge:+.2f} to {last.judge:+.2f}, by "
        f"{errors:.1f} standard errors; the bound is {bounds.judge:g}, broken {bounds.patience} "
        "times in a row"
    )
    numbers = {
        "best_step": best.step,
        "best_reward": best.reward,
        "now_reward": last.reward,
        "best_judge": best.judge,
        "now_judge": last.judge,
        "errors": errors,
        "bound": bounds.judge,
    }
    return Stop(last.step, reason, numbers)
