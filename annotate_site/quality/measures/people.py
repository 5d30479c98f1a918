"""One annotator in numbers, and whether a manager should look at them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from annotate_site.annotation.models import Project
from annotate_site.quality.measures.answers import PersonCounts
from annotate_site.quality.measures.known import Hits
from workbench.proportions import Share, coin_p_value, wilson

FAST_MS = 3000
"""Quicker than this, hardly anybody has looked at two pictures."""

# When a number is a reason to look at somebody. Each needs enough answers to mean something.
_LEAST_COMPARED = 30
_COIN = 0.55
_SIDE_P = 0.001  # One honest annotator in a thousand is flagged by chance.
_LEAST_TIMED = 20
_LEAST_REPEATS = 10
_REPEATS_ALIKE = 0.5


class Reliability(NamedTuple):
    accuracy: float
    compared: int
    """Answers to what others answered too; the rest says nothing."""


@dataclass(frozen=True)
class PersonFigures:
    """What the answers of one annotator say about the annotator."""

    answers: int
    comparisons: int
    decided: int
    """Answers that name one of the pictures."""
    lefts: int
    ties: int
    cannot_tell: int
    accuracy: float | None
    """One-coin Dawid-Skene: how often they name the picture that is likely the better one."""
    compared: int
    """Answers that it goes by: to what others answered too."""
    side_p: float
    """How likely a fair coin is to prefer one side so strongly."""
    median_ms: float | None
    fast: int
    timed: int
    gold_asked: int
    gold_right: int
    repeats: int
    repeats_alike: int

    @property
    def left_rate(self) -> Share | None:
        return wilson(self.lefts, self.decided)

    @property
    def gold(self) -> Share | None:
        return wilson(self.gold_right, self.gold_asked)

    @property
    def consistency(self) -> Share | None:
        return wilson(self.repeats_alike, self.repeats)

    @property
    def fast_share(self) -> float | None:
        return self.fast / self.timed if self.timed else None

    @property
    def median_s(self) -> float | None:
        return None if self.median_ms is None else self.median_ms / 1000

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def person_figures(
    counts: PersonCounts, reliability: Reliability | None, gold: Hits | None, repeats: Hits | None
) -> PersonFigures:
    decided = counts.lefts + counts.rights
    gold, repeats = gold or Hits(0, 0), repeats or Hits(0, 0)
    return PersonFigures(
        answers=counts.answers,
        comparisons=counts.comparisons,
        decided=decided,
        lefts=counts.lefts,
        ties=counts.ties,
        cannot_tell=counts.cannot_tell,
        accuracy=reliability.accuracy if reliability else None,
        compared=reliability.compared if reliability else 0,
        side_p=coin_p_value(counts.lefts, decided),
        median_ms=counts.median_ms,
        fast=counts.fast,
        timed=counts.timed,
        gold_asked=gold.asked,
        gold_right=gold.right,
        repeats=repeats.asked,
        repeats_alike=repeats.right,
    )


def _most_sided(figures: PersonFigures) -> float:
    return max(figures.lefts, figures.decided - figures.lefts) / figures.decided


def reasons_to_look(figures: PersonFigures, project: Project) -> list[str]:
    """Why a manager should look at this annotator, in words; empty when nothing stands out."""
    found = []
    if (
        figures.accuracy is not None
        and figures.compared >= _LEAST_COMPARED
        and figures.accuracy < _COIN
    ):
        found.append(
            _("agrees with the others hardly more often than a coin would (%(share)d %%)")
            % {"share": round(100 * figures.accuracy)}
        )
    if figures.side_p < _SIDE_P:
        side = _("left") if 2 * figures.lefts > figures.decided else _("right")
        found.append(
            _("takes the %(side)s side in %(share)d %% of the answers, more than chance allows")
            % {"side": side, "share": round(100 * _most_sided(figures))}
        )
    if figures.timed >= _LEAST_TIMED and 2 * figures.fast > figures.timed:
        found.append(
            _("gives %(share)d %% of the answers within 3 seconds")
            % {"share": round(100 * figures.fast / figures.timed)}
        )
    if (
        figures.gold_asked >= project.gold_window
        and figures.gold_right < project.gold_least * figures.gold_asked
    ):
        found.append(
            _("answers %(right)d of %(asked)d known questions rightly")
            % {"right": figures.gold_right, "asked": figures.gold_asked}
        )
    if (
        figures.repeats >= _LEAST_REPEATS
        and figures.repeats_alike < _REPEATS_ALIKE * figures.repeats
    ):
        found.append(
            _("answers only %(alike)d of %(asked)d repeated questions alike")
            % {"alike": figures.repeats_alike, "asked": figures.repeats}
        )
    return found
