"""In which order a comparison's axes are asked, and in which words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from annotate_site.annotation.models import Lease, Project
from workbench.axes import AXES, Axis

_STRESSED = re.compile(r"([^*]*)\*([^*]+)\*([^*]*)")


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


class Wording(NamedTuple):
    """How an axis is put; of the question, the word between two asterisks is stressed."""

    label: str
    question: str
    definition: str
    example: str


# Lazy texts: each is translated whole, when it is shown.
BUILT_IN: dict[Axis, Wording] = {
    "emo": Wording(
        cast(str, _("Feeling")),
        cast(str, _("Which picture fits the *feeling* of the music better?")),
        cast(
            str,
            _(
                "Go by the mood alone: calm or restless, bright or dark, gentle or fierce. "
                "Leave aside what is shown and how well it is painted."
            ),
        ),
        cast(
            str,
            _(
                "For a slow, quiet lament, a still grey shore fits better than a lively market, "
                "however well the market is painted."
            ),
        ),
    ),
    "con": Wording(
        cast(str, _("Content")),
        cast(str, _("Which picture fits *what the music is about* better?")),
        cast(
            str,
            _(
                "Go by what is depicted: scene, place, time, instruments, people. "
                "Leave aside mood and beauty."
            ),
        ),
        cast(
            str,
            _(
                "For a sea shanty, a ship fits better than a forest, even if the forest is "
                "prettier."
            ),
        ),
    ),
    "cre": Wording(
        cast(str, _("Appeal")),
        cast(str, _("Which picture is more *beautiful and original*?")),
        cast(
            str,
            _(
                "Go by the picture as a picture: composition, colour, skill and invention. "
                "Leave aside how well it goes with the music."
            ),
        ),
        cast(
            str,
            _(
                "A daring composition in fine colours wins over a flat, muddled one, "
                "even if the music is about the flat one's scene."
            ),
        ),
    ),
}


def question_of(axis: Axis, wording: Mapping[str, Any]) -> Question:
    """`wording` over the built-in words; what it leaves out or leaves empty is built in."""
    built_in = BUILT_IN[axis]._asdict()
    label, text, definition, example = (
        str(wording.get(part) or built_in[part]) for part in Wording._fields
    )
    found = _STRESSED.fullmatch(text)
    before, stress, after = found.groups() if found else ("", text, "")
    return Question(axis, label, before, stress, after, definition, example)


def questions_of(project: Project) -> dict[Axis, Question]:
    """The project's own words over the built-in ones."""
    return {axis: question_of(axis, project.questions.get(axis) or {}) for axis in AXES}


def questions() -> dict[Axis, Question]:
    """The questions in the project's own words, else in the built-in ones of the reader's language.

    A project's own words are shown in all languages as they are.
    """
    from annotate_site.annotation.services.project import (  # noqa: PLC0415  the services import us
        current_project,
    )

    return questions_of(current_project())


def _in_english() -> dict[Axis, Question]:
    with override("en"):
        return {axis: question_of(axis, {}) for axis in AXES}


QUESTIONS = _in_english()
"""The built-in words in English."""


def axes_asked(lease: Lease) -> tuple[Axis, ...]:
    """The axes of a lease's comparison in the order in which this annotator is asked."""
    return tuple(cast(list[Axis], lease.axes))


def next_axis(lease: Lease) -> Axis | None:
    """The axis to ask now; None when all are answered."""
    return axes_asked(lease)[lease.answered] if lease.answered < len(axes_asked(lease)) else None
