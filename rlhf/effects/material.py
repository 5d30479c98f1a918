"""What is measured and what measures it, opened and refused before anything is painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cluster_sampling.embedder import Embedder
from generation.adapters import ADAPTER_FILE, AdapterChoice, read_origin, refuse_stranger
from generation.painter import load_painter
from rlhf._device import resolved_device
from rlhf._features import encode_clips
from rlhf._refinement_data import briefs_of
from rlhf._siblings import open_reward_run
from rlhf.effects.hall import Hall, hall_of
from rlhf.effects.settings import EffectsSettings
from rlhf.preferences import Preferences, read_preferences
from rlhf.reward_model import ClipFeatures, RewardModel, embedder_hash
from rlhf.reward_training import reward_model_hash
from workbench.axes import AXES, Axis
from workbench.errors import BadInput
from workbench.files import read_json, sha256_of_file
from workbench.profiles import Profile
from workbench.snapshots import open_snapshot


@dataclass(frozen=True)
class Lineage:
    """Whether what measures an adapter also taught it."""

    taught_by_given: bool | None
    """By the given reward model of its axis; None where none of its axis was given."""
    same_snapshot: bool
    """Whether the held-out clips were surely held out from it."""


@dataclass(frozen=True)
class Material:
    """All that a run works with."""

    hall: Hall
    clips: ClipFeatures
    """What the embedder hears and reads of the hall's clips, a row for each."""
    models: dict[Axis, RewardModel]
    embedder: Embedder
    adapters: dict[Axis, AdapterChoice]
    controls: dict[Axis, AdapterChoice]
    """Taught towards other clips' music and text; what they gain as well is no gain in fit."""
    runs: dict[Axis, Path]
    """The folders that were given for `adapters`: runs, or the adapters themselves."""
    lineage: dict[Axis, Lineage]
    strangers: list[Axis]
    """Axes whose reward model learned on another snapshot than the one that holds the clips out."""
    hashes: dict[str, str]
    cut_prompts: dict[str, str]
    """Prompts that exceed the painter's context, with the end that it never reads."""


def open_material(
    adapters: Sequence[Path],
    rewards: Sequence[Path],
    snapshot: Path,
    settings: EffectsSettings,
    profile: Profile,
    controls: Sequence[Path] = (),
) -> Material:
    """Raises BadInput for anything that is missing, broken or does not fit the rest."""
    choices = adapters_by_axis(adapters)
    _refuse_unweighable(settings, choices)
    shuffled = _controls_by_axis(controls, choices)
    opened = open_snapshot(snapshot)
    models = _models_by_axis(rewards, profile, resolved_device(settings.device))
    preferences = read_preferences(opened, next(iter(models)))
    hall = hall_of(
        briefs_of(preferences).held_out,
        clips=settings.pictures // settings.per_clip,
        per_clip=settings.per_clip,
        seed=settings.seed,
    )
    embedder = next(iter(models.values())).embedder
    painter = load_painter(profile, device=settings.device)
    painter.refuse_size(profile.size_px)
    painter.add_adapters(list(choices.values()), accept_foreign=False)
    for choice in shuffled.values():
        refuse_stranger(choice, painter.sha256, accept_foreign=False)
    cut = {brief.prompt: painter.overflow(brief.prompt) for brief in hall.briefs}
    hashes = {
        "snapshot": opened.sha256,
        "embedder": embedder_hash(Path(profile.embedder)),
        "base_painter": painter.sha256,
        **{f"adapter_{axis}": sha256 for axis, sha256 in painter.adapters.items()},
        **{f"control_{a}": sha256_of_file(c.folder / ADAPTER_FILE) for a, c in shuffled.items()},
        **_reward_hashes(rewards, models),
    }
    return Material(
        hall=hall,
        clips=_heard(embedder, preferences, hall),
        models=models,
        embedder=embedder,
        adapters=choices,
        controls=shuffled,
        runs={read_axis(folder): folder for folder in adapters},
        lineage={axis: _lineage(choice, hashes) for axis, choice in choices.items()},
        strangers=[a for a, m in models.items() if m.config.snapshot_sha256 != opened.sha256],
        hashes=hashes,
        cut_prompts={prompt: end for prompt, end in cut.items() if end},
    )


def adapters_by_axis(folders: Sequence[Path]) -> dict[Axis, AdapterChoice]:
    """Refinement runs, or adapter folders themselves, in the order of the axes.

    Raises BadInput for a folder without an adapter, one that names no axis, and two of one axis.
    """
    found: dict[Axis, AdapterChoice] = {}
    for folder in folders:
        own, axis = adapter_folder(folder), read_axis(folder)
        if axis in found:
            raise BadInput(
                f"{found[axis].folder} and {own} are both adapters for {axis}; give one per axis"
            )
        if read_origin(own).is_control:
            raise BadInput(
                f"the adapter {own} is a control, rewarded for other clips than its own; give it "
                "as --control beside the one that it controls"
            )
        found[axis] = AdapterChoice(axis, own)
    return {axis: found[axis] for axis in AXES if axis in found}


def adapter_folder(given: Path) -> Path:
    """The adapter of a refinement run, or `given` itself."""
    return given / "adapter" if (given / "adapter" / ADAPTER_FILE).is_file() else given


def read_axis(given: Path) -> Axis:
    """The axis of a run's adapter. Raises BadInput when it names none."""
    own = adapter_folder(given)
    axis = read_origin(own).axis
    if axis not in AXES:
        raise BadInput(
            f"the adapter {own} says that it is for the axis {axis}; one of {', '.join(AXES)} "
            "is needed, which `musepainter refine` writes"
        )
    return axis


def _controls_by_axis(
    folders: Sequence[Path], adapters: Mapping[Axis, AdapterChoice]
) -> dict[Axis, AdapterChoice]:
    found: dict[Axis, AdapterChoice] = {}
    for folder in folders:
        own, axis = adapter_folder(folder), read_axis(folder)
        if not read_origin(own).is_control:
            raise BadInput(
                f"the adapter {own} was rewarded for its own clips, so it controls nothing; "
                "a control is made by `musepainter refine --targets shuffled`"
            )
        if axis in found or axis not in adapters:
            raise BadInput(
                f"the control {own} is of the axis {axis}, for which "
                + ("there is another one" if axis in found else "no adapter is given")
                + "; give one for each adapter"
            )
        found[axis] = AdapterChoice(axis, own)
    return {axis: found[axis] for axis in AXES if axis in found}


def _models_by_axis(runs: Sequence[Path], profile: Profile, device: str) -> dict[Axis, RewardModel]:
    """In the order of the axes; all share one embedder."""
    found: dict[Axis, RewardModel] = {}
    for run in runs:
        shared = next((model.embedder for model in found.values()), None)
        model = open_reward_run(run, profile.embedder, device=device, embedder=shared)
        axis = cast(Axis, model.config.axis)
        if axis in found:
            raise BadInput(
                f"two of the reward models are of the axis {axis}, one of them in {run}; give one "
                "per axis"
            )
        if not model.config.judges:
            raise BadInput(
                f"the reward model in {run} has no judges, without which nothing but the optimised "
                "reward could be told; train it with --judges 2"
            )
        if shared and model.embedder is not shared:
            raise BadInput(
                f"the reward model in {run} sees by other towers than the one before it, so that "
                "they cannot look at the same features; measure by models of one frozen backbone"
            )
        found[axis] = model
    if not found:
        raise BadInput("there is nothing to measure with; give --reward RUN, once for each axis")
    return {axis: found[axis] for axis in AXES if axis in found}


def _reward_hashes(runs: Sequence[Path], models: Mapping[Axis, RewardModel]) -> dict[str, str]:
    hashes = {_axis_of(run): reward_model_hash(run) for run in runs}
    return {f"reward_model_{axis}": hashes[axis] for axis in models}


def _axis_of(run: Path) -> str:
    return str(read_json(run / "model" / "config.json")["axis"])


def _lineage(choice: AdapterChoice, hashes: Mapping[str, str]) -> Lineage:
    origin = read_origin(choice.folder)
    given = hashes.get(f"reward_model_{choice.axis}")
    return Lineage(
        taught_by_given=None if given is None else origin.reward_model == given,
        same_snapshot=origin.snapshot == hashes["snapshot"],
    )


def _heard(embedder: Embedder, preferences: Preferences, hall: Hall) -> ClipFeatures:
    return encode_clips(embedder, [preferences.clips[brief.clip_id] for brief in hall.briefs])


def _refuse_unweighable(settings: EffectsSettings, choices: Mapping[Axis, AdapterChoice]) -> None:
    for axis, weight in settings.mixture.items():
        if axis not in choices:
            raise BadInput(f"--{axis} {weight:g} has no adapter to weigh; give one for {axis}")
