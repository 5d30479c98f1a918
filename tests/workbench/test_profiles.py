from __future__ import annotations

import pytest

from workbench.errors import BadInput
from workbench.profiles import chosen_profile


def test_profile_comes_from_argument_then_environment_then_mini(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MUSEPAINTER_PROFILE", raising=False)
    assert chosen_profile().name == "mini"
    monkeypatch.setenv("MUSEPAINTER_PROFILE", "sdxl")
    assert chosen_profile().name == "sdxl"
    assert chosen_profile("mini").name == "mini"


def test_unknown_profile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSEPAINTER_PROFILE", "huge")
    with pytest.raises(BadInput, match="'huge' is unknown; choose one of mini, sdxl"):
        chosen_profile()
