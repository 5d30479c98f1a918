"""Runs in words: one short sentence on what came out, and labels to choose inputs by."""

from __future__ import annotations

from typing import Any

from annotate_site.jobs.models import Run, RunKind
from workbench.axes import AXIS_NAMES, Axis


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
    return AXIS_NAMES[axis] if axis else ""


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


_COIN = 0.5


def _describe(results: dict[str, Any]) -> str:
    failed = f"; {counted(results['failed'], 'failure')}" if results["failed"] else ""
    return f"{counted(results['described'], 'clip')} described{failed}"


def _paint(results: dict[str, Any]) -> str:
    pictures, clips = counted(results["pictures"], "picture"), counted(results["clips"], "clip")
    return f"{pictures} for {clips} by {results['painter']}"


def _sample(results: dict[str, Any]) -> str:
    published = results["published"]
    comparisons = counted(published["comparisons"], "new comparison")
    return f"{comparisons} from {counted(published['triplets'], 'triplet')}"


def _snapshot(results: dict[str, Any]) -> str:
    judgements = results.get("counts", {}).get("judgements")
    told = f", {counted(judgements, 'judgement')}" if isinstance(judgements, int) else ""
    return f"{results['name']}{told}" if "name" in results else ""


def _reward(results: dict[str, Any]) -> str:
    for split, name in (("test", "unseen"), ("validation", "held-out"), ("train", "training")):
        measured = results["splits"].get(split, {})
        if measured.get("accuracy") is not None:
            pairs = counted(measured["n"], "pair")
            doubt = ", no better than a coin" if measured["accuracy"] <= _COIN else ""
            unfit = "; unfit" if results.get("fitness", {}).get("verdict") == "unfit" else ""
            return f"{measured['accuracy']:.0%} right on {pairs} of {name} clips{doubt}{unfit}"
    return "no pair to measure on"


def _refine(results: dict[str, Any]) -> str:
    if results["saved_step"] == 0:
        return "nothing gained: the judges like no step better than the base, which was kept"
    before, after = results["reward_before"], results["reward_after"]
    verdict = "worse than before: " if after < before else ""
    stop = f"; stopped, step {results['saved_step']} kept" if "stopped_because" in results else ""
    gain = f"reward {before:+.2f} → {after:+.2f} sd, higher for {results['win_rate']:.0%}"
    return f"{verdict}{gain}{stop}"


def _simulate(results: dict[str, Any]) -> str:
    return f"{counted(results['stored'], 'simulated judgement')}; {results['ended_because']}"


_SENTENCES = {
    RunKind.DESCRIBE: _describe,
    RunKind.PAINT: _paint,
    RunKind.SAMPLE: _sample,
    RunKind.SNAPSHOT: _snapshot,
    RunKind.REWARD: _reward,
    RunKind.REFINE: _refine,
    RunKind.SIMULATE: _simulate,
}
