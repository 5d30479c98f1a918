"""In which order a comparison's axes are asked, and in which words."""

from __future__ import annotations

from typing import NamedTuple, cast

from django.utils.translation import gettext_lazy

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


def _(text: str) -> str:
    """A text that is translated when it is shown."""
    return cast(str, gettext_lazy(text))


QUESTIONS: dict[Axis, Question] = {
    "emo": Question(
        "emo",
        _("Feeling"),
        _("Which picture fits the "),
        _("feeling"),
        _(" of the music better?"),
        _(
            "Go by the mood alone: calm or restless, bright or dark, gentle or fierce. "
            "Leave aside what is shown and how well it is painted."
        ),
        _(
            "A slow, sad violin: a grey shore in the rain fits its feeling better than a sunny "
            "concert hall, although the hall has a violin in it."
        ),
    ),
    "con": Question(
        "con",
        _("Content"),
        _("Which picture fits "),
        _("what the music is about"),
        _(" better?"),
        _(
            "Go by what is depicted: scene, place, time, instruments, people. "
            "Leave aside mood and beauty."
        ),
        _(
            "A Mexican wedding dance: a clumsy drawing of dancers in a village square fits better "
            "than a masterly portrait of a queen."
        ),
    ),
    "cre": Question(
        "cre",
        _("Appeal"),
        _("Which picture is more "),
        _("beautiful and original"),
        _("?"),
        _(
            "Go by the picture as a picture: composition, colour, skill and invention. "
            "Leave aside how well it goes with the music."
        ),
        _(
            "A bold picture with surprising colours is more appealing than a tidy one that you "
            "have seen a hundred times, whatever the music is."
        ),
    ),
}


def questions_of(project: Project) -> dict[Axis, Question]:
    """The project's own words where it has some, else the built-in ones."""
    return {
        axis: _reworded(usual, project.questions.get(axis)) for axis, usual in QUESTIONS.items()
    }


def _reworded(usual: Question, words: object) -> Question:
    """`words` maps label, question, definition and example; the stress lies between asterisks."""
    if not isinstance(words, dict):
        return usual
    own = {key: str(words[key]).strip() for key in words if str(words[key] or "").strip()}
    if asked := own.pop("question", ""):
        before, stress, after = (*asked.split("*", 2), "", "")[:3]
        own |= {"before": before, "stress": stress, "after": after}
    return usual._replace(**{key: own[key] for key in own if key in usual._fields[1:]})


def axes_asked(lease: Lease) -> tuple[Axis, ...]:
    """The axes of a lease's comparison in the order in which this annotator is asked."""
    return tuple(cast(list[Axis], lease.axes))


def next_axis(lease: Lease) -> Axis | None:
    """The axis to ask now; None when all are answered."""
    return axes_asked(lease)[lease.answered] if lease.answered < len(axes_asked(lease)) else None
