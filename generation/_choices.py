"""What was asked for on the command line, made definite before any model is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from generation.adapters import AdapterChoice
from generation.settings import PaintSettings
from workbench.axes import AXES, Axis
from workbench.errors import BadInput
from workbench.profiles import Profile, chosen_profile


def profile_of(settings: PaintSettings) -> Profile:
    """The chosen profile with what the settings put in place of its own values."""
    own = settings.model_dump(include={"painter", "steps", "guidance", "size_px"})
    given = {name: value for name, value in own.items() if value is not None}
    return chosen_profile(settings.profile).model_copy(update=given)


def resolved(settings: PaintSettings, adapters: Sequence[AdapterChoice]) -> PaintSettings:
    """The settings with every choice filled in that was left to the profile, for the records."""
    profile = profile_of(settings)
    weights = {choice.axis: choice.weight for choice in adapters}
    return settings.model_copy(
        update={
            "profile": profile.name,
            "painter": profile.painter,
            "steps": profile.steps,
            "guidance": profile.guidance,
            "size_px": profile.size_px,
            **{axis: weights.get(axis) for axis in AXES},
        }
    )


def chosen_adapters(given: Sequence[str], settings: PaintSettings) -> list[AdapterChoice]:
    """Read "axis=FOLDER" and the weights of the settings together.

    Raises BadInput for an unknown axis, an axis given twice, or a weight without an adapter.
    """
    folders: dict[str, Path] = {}
    for text in given:
        axis, _, folder = text.partition("=")
        if axis not in AXES or not folder:
            raise BadInput(f"--adapter {text} will not do: give AXIS=FOLDER with {', '.join(AXES)}")
        if axis in folders:
            raise BadInput(f"--adapter {axis}=... comes twice; give one adapter per axis")
        folders[axis] = Path(folder)
    return [choice for axis in AXES if (choice := _choice(axis, folders, settings))]


def _choice(
    axis: Axis, folders: Mapping[str, Path], settings: PaintSettings
) -> AdapterChoice | None:
    weight = settings.weight_of(axis)
    if axis in folders:
        return AdapterChoice(axis, folders[axis], 1.0 if weight is None else weight)
    if weight:
        raise BadInput(f"--{axis} {weight:g} has no adapter to weigh; give --adapter {axis}=FOLDER")
    return None
