from __future__ import annotations

from pathlib import Path

import pytest

from generation._choices import chosen_adapters, profile_of, resolved
from generation.adapters import AdapterChoice
from generation.settings import PaintSettings
from workbench.errors import BadInput
from workbench.profiles import PROFILES


def test_chosen_adapters_pairs_folders_with_weights() -> None:
    settings = PaintSettings(emo=0.7, con=0.0)

    assert chosen_adapters(["cre=c", "emo=e/a=b", "con=d"], settings) == [
        AdapterChoice("emo", Path("e/a=b"), 0.7),
        AdapterChoice("con", Path("d"), 0.0),
        AdapterChoice("cre", Path("c"), 1.0),
    ]


@pytest.mark.parametrize(
    ("given", "settings", "sentence"),
    [
        (
            ["joy=a"],
            PaintSettings(),
            "--adapter joy=a will not do: give AXIS=FOLDER with emo, con, cre",
        ),
        (
            ["emo"],
            PaintSettings(),
            "--adapter emo will not do: give AXIS=FOLDER with emo, con, cre",
        ),
        (
            ["emo="],
            PaintSettings(),
            "--adapter emo= will not do: give AXIS=FOLDER with emo, con, cre",
        ),
        (
            ["emo=a", "emo=b"],
            PaintSettings(),
            "--adapter emo=... comes twice; give one adapter per axis",
        ),
        (
            [],
            PaintSettings(cre=0.5),
            "--cre 0.5 has no adapter to weigh; give --adapter cre=FOLDER",
        ),
    ],
)
def test_chosen_adapters_refuses(given: list[str], settings: PaintSettings, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        chosen_adapters(given, settings)

    assert str(caught.value) == sentence


def test_weight_0_without_an_adapter_is_no_mistake() -> None:
    assert chosen_adapters([], PaintSettings(emo=0.0)) == []


def test_profile_of_puts_given_values_in_place_of_the_profiles() -> None:
    settings = PaintSettings(profile="mini", painter="folder", steps=3)

    assert profile_of(settings) == PROFILES["mini"].model_copy(
        update={"painter": "folder", "steps": 3}
    )


def test_resolved_settings_leave_nothing_to_the_profile() -> None:
    settings = resolved(PaintSettings(), [AdapterChoice("con", Path("a"), 1.0)])

    mini = PROFILES["mini"]
    assert settings == PaintSettings(
        profile="mini",
        painter=mini.painter,
        steps=mini.steps,
        guidance=mini.guidance,
        size_px=mini.size_px,
        con=1.0,
    )
