from __future__ import annotations

import importlib

import pytest

PACKAGES = ["cluster_sampling", "generation", "rlhf"]


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_of_a_package_is_there(name: str) -> None:
    package = importlib.import_module(name)
    assert [public for public in package.__all__ if getattr(package, public) is None] == []
    assert package.__all__ == sorted(package.__all__)


@pytest.mark.parametrize("name", PACKAGES)
def test_unknown_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nothing'"):
        _ = importlib.import_module(name).nothing
