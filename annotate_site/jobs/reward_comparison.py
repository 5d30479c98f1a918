"""Reward runs side by side: where their settings differ, how good they are, their curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotate_site.jobs.charts import Panel, overlaid_panels
from annotate_site.jobs.fitness_words import fitness_words
from annotate_site.jobs.models import Run
from annotate_site.jobs.runners.reward import Settings, reward_folder
from annotate_site.jobs.setting_words import setting_label

MOST_RUNS = 4

_CURVES = ("eval_loss", "eval_accuracy", "loss")
_HASH_SHOWN = 12


@dataclass(frozen=True)
class Row:
    """One line of the table: what it is, and its value for each run."""

    name: str
    values: list[Any]


@dataclass(frozen=True)
class RewardComparison:
    runs: list[Run]
    differing: list[Row]
    """Settings, and the snapshot, that are not the same for all."""
    measured: list[Row]
    panels: list[Panel]


def compare_rewards(runs: Sequence[Run]) -> RewardComparison:
    """Finished reward runs, each a column in the order given."""
    told = [measured_facts(run.results) for run in runs]
    names = dict.fromkeys(name for facts in told for name in facts)
    return RewardComparison(
        runs=list(runs),
        differing=_differing(runs),
        measured=[Row(name, [facts.get(name) for facts in told]) for name in names],
        panels=overlaid_panels([reward_folder(run) / "metrics.jsonl" for run in runs], _CURVES),
    )


def measured_facts(results: Mapping[str, Any]) -> dict[str, Any]:
    """What to know of a reward model first, in words; what was not measured is left out."""
    splits, calibration = results.get("splits", {}), results.get("calibration") or {}
    test, validation = splits.get("test", {}), splits.get("validation", {})
    fitness = results.get("fitness", {})
    facts = {
        _("verdict"): "; ".join(fitness_words(fitness)),
        _("accuracy on unseen clips"): _with_interval(test),
        _("on decided pairs alone"): _with_interval(test.get("decided") or {}),
        _("one annotator against the rest"): test.get("human_ceiling"),
        _("unseen pairs"): test.get("n"),
        _("accuracy on validation clips"): _with_interval(validation),
        _("accuracy on training clips"): _with_interval(splits.get("train", {})),
        _("loss on unseen clips"): test.get("loss"),
        _("calibration error, as trained"): calibration.get("ece_before"),
        _("calibration error, after the temperature"): calibration.get("ece_after"),
        _("temperature"): calibration.get("temperature"),
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _with_interval(measured: Mapping[str, Any]) -> str:
    accuracy = measured.get("accuracy")
    if accuracy is None:
        return ""
    low, high = (measured.get(f"accuracy_{end}", measured.get(end)) for end in ("low", "high"))
    told = f"{accuracy:.1%}"
    if low is None or high is None:
        return told
    interval = _("%(low)s to %(high)s") % {"low": f"{low:.1%}", "high": f"{high:.1%}"}
    return f"{told} ({interval})"


def _differing(runs: Sequence[Run]) -> list[Row]:
    rows = [Row(_("snapshot"), [_short(run.results.get("snapshot_sha256", "")) for run in runs])]
    for name, info in Settings.model_fields.items():
        default = None if info.is_required() else info.get_default()
        values = [run.options.get(name, default) for run in runs]
        rows.append(Row(setting_label(name), values))
    return [row for row in rows if any(value != row.values[0] for value in row.values)]


def _short(digest: str) -> str:
    return digest[:_HASH_SHOWN]
