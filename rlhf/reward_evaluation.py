"""Any rewards on any snapshot, side by side: trained models and what they must beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from rlhf._correlation import Correlation, correlation
from rlhf._device import resolved_device
from rlhf._intervals import Resampling
from rlhf._reward_report import Measures, held_out, measured
from rlhf._rewards import Rewards
from rlhf.baselines.constant import Constant
from rlhf.baselines.dual_encoder import DualEncoder
from rlhf.baselines.gallery import Gallery, Scorer
from rlhf.baselines.imagebind import ImageBindSimilarity
from rlhf.baselines.logistic import Logistic
from rlhf.baselines.trained import Trained
from rlhf.devices import Device
from rlhf.preferences import Preferences, read_preferences
from workbench.axes import Axis
from workbench.errors import BadInput
from workbench.profiles import Profile
from workbench.snapshots import open_snapshot


@dataclass(frozen=True)
class Judged:
    """One scorer and how it did."""

    measures: Measures
    trained_on: str | None
    """Hash of the snapshot that a reward model learned from, None for a baseline. When it is
    another one than here, clips of the training may be among the test clips."""
    trained_axis: Axis | None
    beside: dict[str, Correlation]
    """With the other scorers, by name, on the held-out pictures."""


@dataclass(frozen=True)
class Evaluation:
    """Scorers by name, all on the same pairs."""

    axis: Axis
    snapshot_sha256: str
    scorers: dict[str, Judged]

    def as_dict(self) -> dict[str, Any]:
        told = asdict(self)
        for name, judged in self.scorers.items():
            told["scorers"][name]["measures"] = judged.measures.as_dict()
        return told


def evaluate_rewards(
    names: Sequence[str],
    snapshot_folder: Path,
    profile: Profile,
    *,
    axis: Axis | None = None,
    clip_model: Path | None = None,
    device: Device = "auto",
    resampling: Resampling,
) -> Evaluation:
    """Measure each of `names`: the folder of a reward run, or one of `BASELINES`.

    `axis` left out is that of the runs; any run can be judged on any axis, so a model of the
    pooled votes of all axes can be laid beside those of one. `clip_model` is the folder for
    clip-score and pickscore. Raises BadInput for an unknown or repeated name, runs of different
    axes without `axis`, and a snapshot without test pairs of the axis.
    """
    if len(set(names)) < len(names):
        raise BadInput(f"{_first_repeated(names)!r} is named twice; name every scorer once")
    place = resolved_device(device)
    scorers = {name: _scorer(name, profile, clip_model, place) for name in names}
    wanted = axis or _axis_of(scorers)
    preferences = read_preferences(open_snapshot(snapshot_folder), wanted)
    if not preferences.pairs["test"]:
        raise BadInput(
            f"{snapshot_folder} holds no {wanted} judgement in its test split, so there is nothing "
            "to measure on; take a snapshot of more clips"
        )
    gallery = Gallery(preferences, profile.embedder, place)
    rewards = {name: scorer.score(gallery) for name, scorer in scorers.items()}
    beside = _likenesses(rewards, preferences, resampling)
    judged = {
        name: _judged(scorers[name], measured(rewards[name], preferences, resampling), beside[name])
        for name in names
    }
    return Evaluation(wanted, preferences.snapshot.sha256, judged)


def _judged(scorer: Scorer, measures: Measures, beside: dict[str, Correlation]) -> Judged:
    config = scorer.model.config if isinstance(scorer, Trained) else None
    return Judged(
        measures=measures,
        trained_on=config.snapshot_sha256 if config else None,
        trained_axis=config.axis if config else None,
        beside=beside,
    )


def _likenesses(
    rewards: Mapping[str, Rewards], preferences: Preferences, resampling: Resampling
) -> dict[str, dict[str, Correlation]]:
    """By scorer and other scorer, on the held-out pictures; the same both ways."""
    found: dict[str, dict[str, Correlation]] = {name: {} for name in rewards}
    for one, other in combinations(rewards, 2):
        ours = held_out(rewards[one], preferences)
        found[one][other] = found[other][one] = correlation(ours, rewards[other], resampling)
    return found


def _scorer(name: str, profile: Profile, clip_model: Path | None, device: str) -> Scorer:
    if name in BASELINES:
        return BASELINES[name](clip_model, device)
    if Path(name).is_dir():
        return Trained(Path(name), profile.embedder, device)
    raise BadInput(
        f"{name!r} is neither the folder of a reward run nor one of {', '.join(BASELINES)}"
    )


def _dual_encoder(name: str, *, is_scaled: bool) -> Callable[[Path | None, str], Scorer]:
    def opened(folder: Path | None, device: str) -> Scorer:
        if folder is None:
            raise BadInput(
                f"{name} needs the folder of a CLIPModel, given by --model FOLDER; nothing is "
                "downloaded"
            )
        return DualEncoder(folder, device, is_scaled=is_scaled)

    return opened


BASELINES: dict[str, Callable[[Path | None, str], Scorer]] = {
    "constant": lambda *_: Constant(),
    "imagebind": lambda *_: ImageBindSimilarity("both"),
    "imagebind-music": lambda *_: ImageBindSimilarity("music"),
    "imagebind-text": lambda *_: ImageBindSimilarity("text"),
    "logistic": lambda *_: Logistic(),
    "clip-score": _dual_encoder("clip-score", is_scaled=False),
    "pickscore": _dual_encoder("pickscore", is_scaled=True),
}


def _axis_of(scorers: Mapping[str, Scorer]) -> Axis:
    axes: set[Axis] = {
        scorer.model.config.axis for scorer in scorers.values() if isinstance(scorer, Trained)
    }
    if len(axes) != 1:
        found = f"the runs are of {', '.join(sorted(axes))}" if axes else "no run tells the axis"
        raise BadInput(f"{found}; give --axis emo, con or cre")
    return axes.pop()


def _first_repeated(names: Sequence[str]) -> str:
    return next(name for place, name in enumerate(names) if name in names[:place])
