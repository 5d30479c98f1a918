"""The steps of a refinement, with its checkpoints, its watch and what is kept in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rlhf._adapter import adapter_parameters, save_adapter
from rlhf._interruption import Resumable, held_back, uninterrupted
from rlhf._processes import Processes
from rlhf._refinement_checkpoint import Progress, load_checkpoint, save_checkpoint
from rlhf._rollout import NotFinite
from rlhf._watch import Lookout, posted
from rlhf._watch_rules import Ending, Watch, bounds_of, ending_of, kept, stop_of
from rlhf.objectives import GradientNorms, Objective
from rlhf.refine_settings import RefineSettings
from workbench.errors import RunFailed, RunInterrupted
from workbench.files import whole_file
from workbench.profiles import Profile
from workbench.run_folder import RunFolder


@dataclass
class Training:
    """The moving parts of a refinement. Start it with `started_training`."""

    objective: Objective
    run: RunFolder
    lineage: Mapping[str, str]
    parameters: list[nn.Parameter]
    optimizer: torch.optim.Optimizer
    average: list[Tensor]
    """Running average of `parameters`; empty when there is none."""
    lookout: Lookout | None
    """None goes without a watch, or leaves it to the main process."""
    kept: list[Tensor]
    """What the watch would keep of `parameters`; empty without a watch."""
    progress: Progress

    @property
    def settings(self) -> RefineSettings:
        return self.objective.settings

    @property
    def processes(self) -> Processes:
        return self.objective.processes

    @property
    def ending(self) -> Ending | None:
        """What the watch says so far; None without a watch."""
        settings, watches = self.settings, self.progress.watches
        bounds = bounds_of(settings)
        return ending_of(watches, bounds, settings.keep) if settings.watch_every else None

    def train(self) -> None:
        """Take the steps that are left, or as many as the watch allows, and keep what it keeps.

        Raises RunFailed when a number is not finite; RunInterrupted after saving a checkpoint.
        """
        try:
            with self._following_the_main_process():
                self._take_steps()
        except (RunInterrupted, KeyboardInterrupt):
            self.save()
            where = f"after step {self.progress.step} of {self.settings.steps}"
            raise Resumable(where) from None
        _copy(self.kept or self.average, self.parameters)

    def save(self) -> None:
        """Write a checkpoint."""
        if self.processes.is_main:
            memory = self.objective.memory()
            save_checkpoint(self.run.folder, self.progress, self.rows, self.optimizer, memory)

    @property
    def rows(self) -> dict[str, Sequence[Tensor]]:
        """All weights that a checkpoint holds."""
        return {"weight": self.parameters, "average": self.average, "kept": self.kept}

    def _take_steps(self) -> None:
        first, total = self.progress.step, self.settings.steps
        # The base; or, after an interruption, what was cut short.
        self._watch_if_due()
        for step in self.run.track(range(first, total), stage="refine", total=total - first):
            if self._is_stopped():
                break
            with held_back() as is_asked:
                self.run.log(step + 1, **self._one_step(step))
                if self.settings.adapter_every and (step + 1) % self.settings.adapter_every == 0:
                    self._save_adapter()
                if self.processes.count > 1 and self.processes.any(is_asked()):
                    raise RunInterrupted("a process was asked to stop")
            self._watch_if_due()
            is_last = step + 1 == total or self._is_stopped()
            if is_last or (step + 1) % self.settings.checkpoint_every == 0:
                with uninterrupted():
                    self.save()

    def _is_stopped(self) -> bool:
        return stop_of(self.progress.watches, bounds_of(self.settings)) is not None

    def _one_step(self, step: int) -> dict[str, float]:
        weight = self.progress.reward_weight
        with self._told_not_finite(step + 1):
            measured = self.objective.step(step, weight, self.parameters, self.optimizer)
        self.progress = self.progress._replace(step=step + 1)
        decay = min(self.settings.ema_decay, (1 + step) / (10 + step))
        for row, parameter in zip(self.average, self.parameters, strict=False):
            row.lerp_(parameter.detach(), 1 - decay)
        return measured

    def _watch_if_due(self) -> None:
        step, settings, known = self.progress.step, self.settings, self.progress.watches
        if not settings.watch_every or (known and known[-1].step == step):
            return
        if step == settings.steps or step % settings.watch_every == 0:
            self._watch()

    def _watch(self) -> None:
        """Look, and take note all at once: a checkpoint knows either nothing of it or all."""
        with self._as_saved(), self._told_not_finite(self.progress.step):
            seen = self.processes.from_main(self._look)
            with uninterrupted():
                watches = [*self.progress.watches, seen]
                if kept(watches, bounds_of(self.settings), self.settings.keep) is seen:
                    _copy(self.parameters, self.kept)
                self.progress = self.progress._replace(watches=watches)
                self.run.log(seen.step, **{f"watch_{name}": v for name, v in seen.means().items()})

    def _look(self) -> Watch:
        assert self.lookout is not None  # It is the main process that looks.
        return self.lookout.look(self.progress.step)

    @contextmanager
    def _following_the_main_process(self) -> Iterator[None]:
        """In the others a stop waits until all have agreed on the step after which they stop."""
        if self.processes.is_main:
            yield
            return
        with held_back():
            yield

    def _save_adapter(self) -> None:
        if not self.processes.is_main:
            return
        step = self.progress.step
        with self._as_saved():
            save_adapter(
                self.objective.pipeline,
                self.run.path(f"adapters/step-{step:05d}"),
                self.settings,
                {**self.lineage, "step": str(step)},
            )

    @contextmanager
    def _as_saved(self) -> Iterator[None]:
        """The adapter as it would be saved, were this the last step, for the time of the block."""
        weights = _copies(self.parameters)
        _copy(self.average, self.parameters)
        try:
            yield
        finally:
            _copy(weights, self.parameters)

    @contextmanager
    def _told_not_finite(self, step: int) -> Iterator[None]:
        try:
            yield
        except NotFinite as error:
            raise RunFailed(
                f"{error.where} became NaN or infinite at step {step}; the checkpoint in "
                f"{self.run.folder} is the last good one; lower learning_rate or the reward's "
                "weight"
            ) from None


def started_training(
    objective: Objective,
    profile: Profile,
    run: RunFolder,
    lineage: Mapping[str, str],
    *,
    resume: bool,
) -> Training:
    """Everything in place for the next step: the first, or with `resume` that of the checkpoint."""
    settings = objective.settings
    parameters = adapter_parameters(objective.pipeline)
    is_watching = bool(settings.watch_every) and objective.processes.is_main
    lookout = posted(objective, profile) if is_watching else None
    training = Training(
        objective=objective,
        run=run,
        lineage=lineage,
        parameters=parameters,
        optimizer=torch.optim.AdamW(
            parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay
        ),
        average=_copies(parameters) if settings.ema_decay else [],
        lookout=lookout,
        kept=_copies(parameters) if settings.watch_every else [],
        progress=Progress(0, 0.0, []),
    )
    if resume:
        _restore(training)
    else:
        weight = _reward_weight(objective, settings, run)
        training.progress = training.progress._replace(reward_weight=weight)
    training.save()
    return training


def _restore(training: Training) -> None:
    run, memory = training.run, training.objective.memory()
    progress = load_checkpoint(run.folder, training.rows, training.optimizer, memory)
    if training.processes.is_main:
        _forget_after(run, progress)
    run.note(reward_weight=progress.reward_weight, resumed_at=progress.step)
    training.progress = progress


def _forget_after(run: RunFolder, progress: Progress) -> None:
    """Drop logged lines that the checkpoint does not know: they will be written again."""
    path = run.path("metrics.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    seen = {watch.step for watch in progress.watches}

    def is_known(line: dict[str, float]) -> bool:
        is_watch = any(name.startswith("watch_") for name in line)
        return line["step"] in seen if is_watch else line["step"] <= progress.step

    with whole_file(path) as partial:
        text = "".join(line + "\n" for line in lines if is_known(json.loads(line)))
        partial.write_text(text, encoding="utf-8")


def _reward_weight(objective: Objective, settings: RefineSettings, run: RunFolder) -> float:
    """lambda of Eq. 11: as given, or from the gradient norms, which are noted either way."""
    norms = _finite_norms(objective)
    weight = settings.reward_weight
    if weight is None:
        if norms.reward == 0:
            raise RunFailed(f"nothing teaches the axis {settings.axis}: {objective.silence}")
        weight = norms.weight_for(settings.gradient_ratio)
    run.note(
        reward_weight=weight,
        gradient_norms=norms._asdict(),
        gradient_ratio=weight * norms.reward / norms.pretraining if norms.pretraining else None,
    )
    return weight


def _finite_norms(objective: Objective) -> GradientNorms:
    try:
        return objective.gradient_norms()
    except NotFinite as error:
        raise RunFailed(f"{error.where} became NaN or infinite before the first step") from None


def _copies(rows: Sequence[Tensor]) -> list[Tensor]:
    return [row.detach().clone() for row in rows]


@torch.no_grad()
def _copy(source: Sequence[Tensor], target: Sequence[Tensor]) -> None:
    """Nothing, when there is no source."""
    for row, place in zip(source, target, strict=bool(source)):
        place.copy_(row)
