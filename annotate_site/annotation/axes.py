"""In which order a comparison's axes are asked, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from django.utils.functional import lazy
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from annotate_site.annotation.models import Lease, Project
from workbench.axes import Axis


class Question(NamedTuple):
    axis: Axis
    label: str
    before: str
    """The question around its one stressed word."""
    stress: str
    after: str
    definition: str
    example: str = ""

    @property
    def text(self) -> str:
        return f"{self.before}{self.stress}{self.after}"

    @property
    def marked(self) -> str:
        """As a manager writes it: the stressed word between asterisks."""
        return f"{self.before}*{self.stress}*{self.after}"


def _(text: str) -> str:
    """A text that is translated when it is shown."""
    return cast(str, gettext_lazy(text))


def _question(axis: Axis, label: str, asked: str, definition: str, example: str) -> Question:
    """`asked` has its stressed word between asterisks, in every language."""
    before, stress, after = (_translated_part(asked, place) for place in range(3))
    return Question(axis, label, before, stress, after, definition, example)


def _part(asked: str, place: int) -> str:
    return (*asked.split("*", 2), "", "")[place]


_translated_part: Callable[[str, int], str] = lazy(
    lambda asked, place: _part(gettext(asked), place), str
)

QUESTIONS: dict[Axis, Question] = {
    "emo": _question(
        "emo",
        _("Feeling"),
        gettext_noop("Which picture fits the *feeling* of the music better?"),
        _(
            "Go by the mood alone: calm or restless, bright or dark, gentle or fierce. "
            "Leave aside what is shown and how well it is painted."
        ),
        _(
            "For a slow, quiet lament, a still grey shore fits better than a lively market, "
            "however well the market is painted."
        ),
    ),
    "con": _question(
        "con",
        _("Content"),
        gettext_noop("Which picture fits *what the music is about* better?"),
        _(
            "Go by what is depicted: scene, place, time, instruments, people. "
            "Leave aside mood and beauty."
        ),
        _("For a sea shanty, a ship fits better than a forest, even if the forest is prettier."),
    ),
    "cre": _question(
        "cre",
        _("Appeal"),
        gettext_noop("Which picture is more *beautiful and original*?"),
        _(
            "Go by the picture as a picture: composition, colour, skill and invention. "
            "Leave aside how well it goes with the music."
        ),
        _(
            "A daring composition in fine colours wins over a flat, muddled one, "
            "even if the music is about the flat one's scene."
        ),
    ),
}


def questions_of(project: Project) -> dict[Axis, Question]:
    """The questions in the project's own words, and in the built-in ones where it has none."""
    return {axis: worded(QUESTIONS[axis], project.questions.get(axis, {})) for axis in QUESTIONS}


def worded(question: Question, words: Mapping[str, str]) -> Question:
    """The question with what `words` says instead; empty parts stay as they are."""
    changed: dict[str, Any] = {
        key: words[key] for key in ("label", "definition", "example") if words.get(key)
    }
    if words.get("question"):
        # As in the built-in ones, a stress may lie between asterisks.
        before, stress, after = (_part(words["question"], place) for place in range(3))
        changed |= {"before": before, "stress": stress, "after": after}
    return question._replace(**changed)


def axes_asked(lease: Lease) -> tuple[Axis, ...]:
    """The axes of a lease's comparison in the order in which this annotator is asked."""
    return tuple(cast(list[Axis], lease.axes))


def next_axis(lease: Lease) -> Axis | None:
    """The axis to ask now; None when all are answered."""
    return axes_asked(lease)[lease.answered] if lease.answered < len(axes_asked(lease)) else None
