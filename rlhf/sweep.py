"""lambda tuned on validation clips, as the paper does: short runs, of which the best goes on.

The values are those of lambda in Eq. 11 itself, the `reward_weight` of the settings. Who does not
know their order of magnitude lets `gradient_ratio` calibrate lambda once, reads it in run.json, and
sweeps around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rlhf._refinement_card import Refined
from rlhf._watch_rules import Ending
from rlhf.refine_settings import RefineSettings
from rlhf.refinement import refine
from workbench.command_line import is_first_process
from workbench.errors import BadInput
from workbench.files import read_json, write_json
from workbench.profiles import Profile

SWEEP_COLUMNS = ("lambda", "step", "judges", "reward", "diversity", "adherence", "L_pre", "stopped")
_STEPS_SHARE = 4


class Trial(NamedTuple):
    """What a short run with one lambda came to: its best watch within the bounds."""

    reward_weight: float
    step: int
    judge: float
    reward: float
    diversity: float
    adherence: float
    loss_pre: float
    stopped: str | None
    """Which bound it broke in the end."""

    def cells(self) -> tuple[str, ...]:
        """Below `SWEEP_COLUMNS`."""
        numbers = (self.judge, self.reward, self.diversity, self.adherence, self.loss_pre)
        told = (f"{number:+.3f}" for number in numbers)
        return (f"{self.reward_weight:g}", str(self.step), *told, "yes" if self.stopped else "no")


class Swept(NamedTuple):
    """All trials, in the order of their lambdas, and the full run by the best."""

    trials: list[Trial]
    chosen: Trial
    refined: Refined

    def as_dict(self) -> dict[str, Any]:
        return {**self.refined.as_dict(), "sweep": sweep_facts(self.trials)}


def parsed_lambdas(text: str) -> list[float]:
    """ "0.1,1,10" as numbers, in order. Raises BadInput for what is no list of two or more."""
    try:
        values = sorted({float(part) for part in text.split(",")})
    except ValueError:
        values = []
    if len(values) < 2 or not all(0 < value < float("inf") for value in values):
        raise BadInput(
            f"--sweep-lambda = {text!r} will not do: give two or more numbers above 0, such as "
            "0.1,1,10"
        )
    return values


def sweep_lambda(
    snapshot_folder: Path,
    reward_run: Path,
    output: Path,
    settings: RefineSettings,
    profile: Profile,
    lambdas: Sequence[float],
    *,
    guards: Sequence[Path] = (),
    force: bool = False,
    resume: bool = False,
    show_progress: bool = True,
) -> Swept:
    """A quarter of the steps with each lambda, then all of them with the one the judges like best.

    Trials are kept in the folder `output`-sweep, each a run of its own; with `resume`, those that
    are finished are not made again. run.json of the full run in `output` holds the table.
    """
    if not settings.watch_every:
        raise BadInput("a sweep asks the judges, whom watch_every = 0 switches off; set it above 0")
    folder = output.with_name(f"{output.name}-sweep")
    trials = []
    for value in lambdas:
        run = folder / f"lambda-{value:g}"
        known = _known_trial(run) if resume else None
        if known is None:
            is_begun = resume and (run / "run.json").is_file()
            refined = refine(
                snapshot_folder,
                reward_run,
                run,
                _short(settings, value),
                profile,
                guards=guards,
                force=force,
                resume=is_begun,
                show_progress=show_progress,
            )
            known = _trial(value, refined.ending)
            if is_first_process():
                write_json(run / "trial.json", known._asdict())
        trials.append(known)
    chosen = best_of(trials)
    refined = refine(
        snapshot_folder,
        reward_run,
        output,
        settings.model_copy(update={"reward_weight": chosen.reward_weight}),
        profile,
        guards=guards,
        force=force,
        resume=resume and (output / "run.json").is_file(),
        show_progress=show_progress,
        facts={"sweep": sweep_facts(trials)},
    )
    return Swept(trials, chosen, refined)


def best_of(trials: Sequence[Trial]) -> Trial:
    """Whom the judges like best, at a watch within the bounds; the least lambda of equals."""
    return max(trials, key=lambda trial: (trial.judge, -trial.reward_weight))


def sweep_facts(trials: Sequence[Trial]) -> dict[str, Any]:
    """What run.json keeps of a sweep."""
    return {
        "chosen": best_of(trials).reward_weight,
        "trials": [trial._asdict() for trial in trials],
    }


def _short(settings: RefineSettings, reward_weight: float) -> RefineSettings:
    steps = max(1, settings.steps // _STEPS_SHARE)
    return settings.model_copy(
        update={"reward_weight": reward_weight, "steps": steps, "evaluation_pictures": 1}
    )


def _known_trial(run: Path) -> Trial | None:
    path = run / "trial.json"
    return Trial(**read_json(path)) if path.is_file() else None


def _trial(reward_weight: float, ending: Ending | None) -> Trial:
    assert ending is not None  # There is a watch.
    seen = ending.saved
    stopped = ending.stop.reason if ending.stop else None
    return Trial(reward_weight, seen.step, seen.judge, seen.reward, seen.diversity,
                 seen.adherence, seen.loss_pre, stopped)  # fmt: skip
