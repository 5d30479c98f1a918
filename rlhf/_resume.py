"""Going on with a run: only as the same run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from workbench.errors import BadInput
from workbench.files import read_json


def check_same_run(
    output: Path, settings: BaseModel, inputs: Mapping[str, str], *, may_change: str
) -> None:
    """Raises BadInput when `output` was started with other settings or on other inputs.

    Going on all the same would make a run that nothing describes. The setting `may_change` (how
    long to train) may differ.
    """
    facts: dict[str, Any] = read_json(output / "run.json")
    for name, value in settings.model_dump(mode="json").items():
        if name != may_change and facts.get("settings", {}).get(name) != value:
            raise BadInput(f"{output} was started with another {name}; go on with the same")
    for name, digest in inputs.items():
        if facts.get("inputs", {}).get(name) != digest:
            raise BadInput(f"{output} was started on another {name}; go on with the same")
