"""In which order a comparison's axes are asked, and in which words."""

from __future__ import annotations

from typing import NamedTuple, cast

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


QUESTIONS: dict[Axis, Question] = {
    "emo": Question(
        "emo",
        "Feeling",
        "Which picture fits the ",
        "feeling",
        " of the music better?",
        "Go by the mood alone: calm or restless, bright or dark, gentle or fierce. "
        "Leave aside what is shown and how well it is painted.",
        "For a slow, quiet lament, a still grey shore fits better than a lively market, "
        "however well the market is painted.",
    ),
    "con": Question(
        "con",
        "Content",
        "Which picture fits ",
        "what the music is about",
        " better?",
        "Go by what is depicted: scene, place, time, instruments, people. "
        "Leave aside mood and beauty.",
        "For a sea shanty, a ship fits better than a forest, even if the forest is prettier.",
    ),
    "cre": Question(
        "cre",
        "Appeal",
        "Which picture is more ",
        "beautiful and original",
        "?",
        "Go by the picture as a picture: composition, colour, skill and invention. "
        "Leave aside how well it goes with the music.",
        "A daring composition in fine colours wins over a flat, muddled one, "
        "even if the music is about the flat one's scene.",
    ),
}


def questions_of(project: Project) -> dict[Axis, Question]:
    """The questions in the project's own words, and in the built-in ones where it has none."""
    return {axis: _worded(QUESTIONS[axis], project.questions.get(axis, {})) for axis in QUESTIONS}


def _worded(question: Question, words: dict[str, str]) -> Question:
    if words.get("question"):
        question = question._replace(before=words["question"], stress="", after="")
    return question._replace(
        label=words.get("label") or question.label,
        definition=words.get("definition") or question.definition,
        example=words.get("example") or question.example,
    )


def axes_asked(lease: Lease) -> tuple[Axis, ...]:
    """The axes of a lease's comparison in the order in which this annotator is asked."""
    return tuple(cast(list[Axis], lease.axes))


def next_axis(lease: Lease) -> Axis | None:
    """The axis to ask now; None when all are answered."""
    return axes_asked(lease)[lease.answered] if lease.answered < len(axes_asked(lease)) else None
