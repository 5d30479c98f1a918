"""Runs in words: one short sentence on what came out, and labels to choose inputs by."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotate_site.jobs.models import Run, RunKind
from workbench.axes import Axis


def result_in_words(run: Run) -> str:
    """What a succeeded run brought; empty while there is nothing to tell."""
    if not run.results:
        return ""
    return _SENTENCES[RunKind(run.kind)](run.results)


def input_label(run: Run) -> str:
    """How a run is offered as the input of another."""
    made = f"{run.created_at:%-d %b %H:%M}"
    return f"{axis_name(run)}, {made}: {result_in_words(run)}"


def axis_name(run: Run) -> str:
    axis: Axis | None = run.options.get("axis")
    return axis_words(axis) if axis else ""


def axis_words(axis: str) -> str:
    return str(_AXIS_WORDS[axis])


# As in workbench.axes, which knows no translations.
_AXIS_WORDS = {
    "emo": gettext_lazy("emotional consistency"),
    "con": gettext_lazy("semantic content alignment"),
    "cre": gettext_lazy("creative aesthetic appeal"),
}


_COIN = 0.5


def _described_clips(n: int) -> str:
    return ngettext("%(n)s clip described", "%(n)s clips described", n) % {"n": f"{n:,}"}


def _failures(n: int) -> str:
    return ngettext("%(n)s failure", "%(n)s failures", n) % {"n": f"{n:,}"}


def _pictures(n: int) -> str:
    return ngettext("%(n)s picture", "%(n)s pictures", n) % {"n": f"{n:,}"}


def _clips(n: int) -> str:
    return ngettext("%(n)s clip", "%(n)s clips", n) % {"n": f"{n:,}"}


def _pairs(n: int) -> str:
    return ngettext("%(n)s pair", "%(n)s pairs", n) % {"n": f"{n:,}"}


def _describe(results: dict[str, Any]) -> str:
    failed = f"; {_failures(results['failed'])}" if results["failed"] else ""
    return f"{_described_clips(results['described'])}{failed}"


def _paint(results: dict[str, Any]) -> str:
    return _("%(pictures)s for %(clips)s by %(painter)s") % {
        "pictures": _pictures(results["pictures"]),
        "clips": _clips(results["clips"]),
        "painter": results["painter"],
    }


def _sample(results: dict[str, Any]) -> str:
    n, triplets = results["published"]["comparisons"], results["published"]["triplets"]
    made = ngettext("%(n)s new comparison", "%(n)s new comparisons", n) % {"n": f"{n:,}"}
    source = ngettext("%(n)s triplet", "%(n)s triplets", triplets) % {"n": f"{triplets:,}"}
    return _("%(comparisons)s from %(triplets)s") % {"comparisons": made, "triplets": source}


def _snapshot(results: dict[str, Any]) -> str:
    n = results.get("counts", {}).get("judgements")
    told = ""
    if isinstance(n, int):
        told = ", " + ngettext("%(n)s judgement", "%(n)s judgements", n) % {"n": f"{n:,}"}
    return f"{results['name']}{told}" if "name" in results else ""


def _reward(results: dict[str, Any]) -> str:
    told = {
        "test": _("%(share)s right on %(pairs)s of unseen clips"),
        "validation": _("%(share)s right on %(pairs)s of held-out clips"),
        "train": _("%(share)s right on %(pairs)s of training clips"),
    }
    for split, words in told.items():
        measured = results["splits"].get(split, {})
        if measured.get("accuracy") is not None:
            facts = {"share": f"{measured['accuracy']:.0%}", "pairs": _pairs(measured["n"])}
            doubt = _(", no better than a coin") if measured["accuracy"] <= _COIN else ""
            is_unfit = results.get("fitness", {}).get("verdict") == "unfit"
            return words % facts + doubt + (_("; unfit") if is_unfit else "")
    return _("no pair to measure on")


def _refine(results: dict[str, Any]) -> str:
    if results["saved_step"] == 0:
        return _("nothing gained: the judges like no step better than the base, which was kept")
    before, after = results["reward_before"], results["reward_after"]
    gain = _("reward %(before)s → %(after)s sd, higher for %(share)s") % {
        "before": f"{before:+.2f}",
        "after": f"{after:+.2f}",
        "share": f"{results['win_rate']:.0%}",
    }
    stop = ""
    if "stopped_because" in results:
        stop = _("; stopped, step %(n)s kept") % {"n": results["saved_step"]}
    return (_("worse than before: ") if after < before else "") + gain + stop


def _simulate(results: dict[str, Any]) -> str:
    n = results["stored"]
    told = ngettext("%(n)s simulated judgement", "%(n)s simulated judgements", n)
    return f"{told % {'n': f'{n:,}'}}; {_(results['ended_because'])}"


_SENTENCES = {
    RunKind.DESCRIBE: _describe,
    RunKind.PAINT: _paint,
    RunKind.SAMPLE: _sample,
    RunKind.SNAPSHOT: _snapshot,
    RunKind.REWARD: _reward,
    RunKind.REFINE: _refine,
    RunKind.SIMULATE: _simulate,
}
