from __future__ import annotations

from annotate_site.annotation.axes import QUESTIONS, axes_asked, next_axis
from annotate_site.annotation.models import AxisChoice, Lease
from workbench.axes import AXES


def test_the_database_the_questions_and_the_packages_name_the_same_axes():
    assert tuple(AxisChoice.values) == tuple(QUESTIONS) == AXES


def test_next_axis_follows_the_order_in_which_they_are_asked():
    leases = [Lease(answered=answered) for answered in range(4)]

    assert axes_asked(leases[0]) == AXES
    assert [next_axis(lease) for lease in leases] == ["emo", "con", "cre", None]


def test_question_text_is_one_sentence():
    assert QUESTIONS["emo"].text == "Which picture fits the feeling of the music better?"
