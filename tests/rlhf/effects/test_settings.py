import pytest
from pydantic import ValidationError

from rlhf.effects.settings import EffectsSettings


def test_weights_are_ascending_from_0():
    assert EffectsSettings(weights="1, .5,1").curve_weights == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"weights": "0,2.5"}, "weights lie between 0 and 2"),
        ({"weights": "-1"}, "weights lie between 0 and 2"),
        ({"weights": "nan"}, "weights lie between 0 and 2"),
        ({"weights": "0,x"}, "numbers separated by commas"),
        ({"emo": 2.1}, "less than or equal to 2"),
        ({"pictures": 3, "per_clip": 2}, "not enough for two clips"),
    ],
)
def test_what_cannot_be_measured_is_refused(changes, reason):
    with pytest.raises(ValidationError, match=reason):
        EffectsSettings(**changes)


def test_mixture_holds_what_was_given():
    assert EffectsSettings(con=0.2, emo=0.0).mixture == {"emo": 0.0, "con": 0.2}
    assert EffectsSettings().mixture == {}
