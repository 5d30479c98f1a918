from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from annotate_site.config import environment


def test_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "key"))
    assert environment.text("X") == "from the file"
    monkeypatch.setenv("X", "direct")
    assert environment.text("X") == "direct"


def test_missing_secret_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_FILE", "/nowhere/key")
    with pytest.raises(ImproperlyConfigured, match="X_FILE = '/nowhere/key' cannot be read"):
        environment.text("X")


@pytest.mark.parametrize("value", ["maybe", "", "2"])
def test_flag_refuses_other_words(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="neither yes nor no"):
        environment.flag("X", default=True)


@pytest.mark.parametrize("value", ["-1", "0", "11", "1.5", "ten", "", "١"])
def test_whole_number_refuses_what_is_out_of_range(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="no whole number from 1 to 10"):
        environment.whole_number("X", 3, least=1, most=10)


def test_words_drop_empty_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", " a, ,b,")
    assert environment.words("X", "") == ["a", "b"]
