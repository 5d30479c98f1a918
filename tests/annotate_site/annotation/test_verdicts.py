from __future__ import annotations

import pytest

from annotate_site.annotation.models import Side, Verdict
from annotate_site.annotation.verdicts import chosen_side


@pytest.mark.parametrize(
    ("verdict", "left", "chosen"),
    [
        (Verdict.LEFT, Side.FIRST, Side.FIRST),
        (Verdict.LEFT, Side.SECOND, Side.SECOND),
        (Verdict.RIGHT, Side.FIRST, Side.SECOND),
        (Verdict.RIGHT, Side.SECOND, Side.FIRST),
        (Verdict.TIE, Side.FIRST, None),
        (Verdict.CANNOT_TELL, Side.SECOND, None),
    ],
)
def test_chosen_side_undoes_the_swap(verdict, left, chosen):
    assert chosen_side(verdict, left) == chosen
