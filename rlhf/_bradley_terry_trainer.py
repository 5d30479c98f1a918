"""`trl.RewardTrainer` for pictures: soft ties, vote weights, pairs as rows of cached features."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# Nothing about a run leaves the machine; the libraries read these on import.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from datasets import Dataset
from safetensors import SafetensorError
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from torch import Tensor
from transformers import (
    PreTrainedTokenizerFast,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from trl import RewardTrainer

from rlhf._features import Features
from rlhf._interruption import Resumable, uninterrupted
from rlhf._preference_loss import bradley_terry_loss
from rlhf.preferences import Preference
from workbench.errors import RunFailed
from workbench.run_folder import RunFolder

Batch = dict[str, Tensor]

# What Python, torch and safetensors raise when a disk takes no more.
_CANNOT_WRITE = (OSError, RuntimeError, SafetensorError)


class BradleyTerryTrainer(RewardTrainer):
    """Eq. 9 with soft labels and weights.

    Supports a `RewardModel` on features, one process, checkpoints and evaluation. Assumes batches
    of `PairCollator`, chosen rows first. Raises RunFailed as soon as a loss is not finite, naming
    the comparisons of the batch.
    """

    def __init__(
        self,
        *,
        comparison_ids: Sequence[str],
        missing_share: float,
        centring: float,
        taught: Tensor,
        tower_learning_rate: float,
        **kwargs: Any,
    ) -> None:
        """taught: (clips, heads) how much each head learns on each clip. tower_learning_rate: of
        what learns of the backbone, if anything does.
        """
        super().__init__(processing_class=_placeholder_tokenizer(), **kwargs)
        self._comparison_ids = comparison_ids
        self._missing_share = missing_share
        self._centring = centring
        self._taught = taught
        self._tower_learning_rate = tower_learning_rate

    def create_optimizer(self, model: torch.nn.Module | None = None) -> torch.optim.Optimizer:
        """As the base does, with a rate of its own for what learns of the backbone."""
        optimizer: torch.optim.Optimizer = super().create_optimizer(model)
        towers = {id(parameter) for parameter in self.model.tower_parameters}
        for group in list(optimizer.param_groups) if towers else []:
            learned = [each for each in group["params"] if id(each) in towers]
            group["params"] = [each for each in group["params"] if id(each) not in towers]
            if learned:
                own = {"params": learned, "lr": self._tower_learning_rate}
                optimizer.add_param_group({**group, **own})
        return optimizer

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: Batch,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        outputs = model(**self._with_gaps(_seen_anew(inputs)) if model.training else inputs)
        chosen, rejected = outputs.logits.chunk(2)  # (b, 1)
        self._note(chosen, rejected, inputs["label"])
        if model.training:
            loss = self._taught_loss(outputs.by_head, inputs)
        else:  # The reward that will be asked for, not its parts, decides when to stop.
            weight = inputs["weight"].unsqueeze(1)
            loss = bradley_terry_loss(chosen, rejected, inputs["label"].unsqueeze(1), weight)
        self._refuse_nan(loss, inputs["pair"])
        return (loss, outputs) if return_outputs else loss

    def _taught_loss(self, by_head: Tensor, inputs: Batch) -> Tensor:
        """Every head's own loss on the clips that it is taught, averaged over the heads."""
        chosen, rejected = by_head.chunk(2)  # (b, m)
        taught = self._taught.to(by_head.device)[inputs["clip"]]
        weight = inputs["weight"].unsqueeze(1) * taught
        loss = bradley_terry_loss(chosen, rejected, inputs["label"].unsqueeze(1), weight)
        return loss + self._centring * (chosen + rejected).square().mean()

    def _save_checkpoint(self, *arguments: Any, **named: Any) -> None:
        """A stop waits until the checkpoint is whole: half of one could not be gone on from.

        Older checkpoints are removed only after that. Raises RunFailed when the disk is full.
        """
        with uninterrupted():
            try:
                super()._save_checkpoint(*arguments, **named)
            except _CANNOT_WRITE as error:
                name = f"checkpoint-{self.state.global_step}"
                shutil.rmtree(Path(self.args.output_dir) / name, ignore_errors=True)
                raise RunFailed(
                    f"{name} cannot be written: {error}; the one before it is whole: make room and "
                    "go on with --resume"
                ) from None

    def create_model_card(self, *_arguments: Any, **_named: Any) -> None:
        """The run writes a card of its own when the model has been measured."""

    def _with_gaps(self, inputs: Batch) -> Batch:
        """Hide the music of some pairs and the text of others, alike for both pictures."""
        hidden = dict(inputs)
        for name in ("has_music", "has_text"):
            half = len(inputs[name]) // 2
            kept = torch.rand(half, device=inputs[name].device) >= self._missing_share
            hidden[name] = inputs[name] & kept.repeat(2)
        return hidden

    def _note(self, chosen: Tensor, rejected: Tensor, label: Tensor) -> None:
        metrics = self._metrics["train" if self.model.training else "eval"]
        decided = label > 0.5
        if bool(decided.any()):
            right = (chosen > rejected).squeeze(1)[decided].float().mean()
            metrics["accuracy"].append(right.item())
        metrics["margin"].append((chosen - rejected).mean().item())

    def _refuse_nan(self, loss: Tensor, pairs: Tensor) -> None:
        if not bool(torch.isfinite(loss)):
            names = ", ".join(self._comparison_ids[pair] for pair in pairs.tolist())
            raise RunFailed(
                f"the loss became {loss.item()} at step {self.state.global_step + 1}, on the "
                f"comparisons {names}; lower learning_rate or look at their pictures"
            )


def _seen_anew(inputs: Batch) -> Batch:
    """The batch with each picture's features replaced by those of it or of any of its views."""
    if not inputs["views"].shape[1]:
        return inputs
    seen = torch.cat([inputs["image"].unsqueeze(1), inputs["views"]], dim=1)  # (n, 1 + v, d)
    chosen = torch.randint(seen.shape[1], (len(seen),), device=seen.device)
    return {**inputs, "image": seen[torch.arange(len(seen), device=seen.device), chosen]}


class PairCollator:
    """Rows of a pair dataset -> the arguments of `RewardModel.forward`, chosen pictures first."""

    def __init__(self, features: Features) -> None:
        self._features = features

    def __call__(self, rows: Sequence[dict[str, Any]]) -> Batch:
        chosen = [row["chosen_ids"][0] for row in rows]
        rejected = [row["rejected_ids"][0] for row in rows]
        clips = torch.tensor([row["clip"] for row in rows])
        return {
            **self._features.clips.rows(clips.repeat(2))._asdict(),
            "clip": clips,
            "image": self._features.images[torch.tensor(chosen + rejected)],
            "views": self._features.views[torch.tensor(chosen + rejected)],
            "label": torch.tensor([row["label"] for row in rows]),
            "weight": torch.tensor([row["weight"] for row in rows]),
            "pair": torch.tensor([row["pair"] for row in rows]),
            "attention_mask": torch.ones(2 * len(rows), 1, dtype=torch.int64),
        }


def pair_dataset(pairs: Sequence[Preference], features: Features, first: int = 0) -> Dataset:
    """Pairs as TRL wants them: `chosen_ids` and `rejected_ids` are rows of the picture features.

    `first`: number of the first pair in the trainer's list of comparison ids.
    """
    return Dataset.from_dict(
        {
            "chosen_ids": [[features.image_rows[pair.chosen]] for pair in pairs],
            "rejected_ids": [[features.image_rows[pair.rejected]] for pair in pairs],
            "clip": [features.clip_rows[pair.clip_id] for pair in pairs],
            "label": [pair.label for pair in pairs],
            "weight": [pair.weight for pair in pairs],
            "pair": list(range(first, first + len(pairs))),
        }
    )


class RunFolderCallback(TrainerCallback):
    """Writes the trainer's logs and progress to the run folder, where the site reads them."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._bar: Iterator[int] = iter(())

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        total = state.max_steps
        self._bar = iter(self._run.track(range(total), stage="train", total=total))
        for _done in range(state.global_step + 1):
            next(self._bar, None)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        next(self._bar, None)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float],
        **_: Any,
    ) -> None:
        kept = {name: value for name, value in logs.items() if not name.endswith(_UNTOLD)}
        if kept:
            self._run.log(state.global_step, **kept)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._bar = iter(())


class StopCallback(TrainerCallback):
    """When asked to stop, saves a checkpoint after the step that is under way, and stops there."""

    def __init__(self, is_asked_to_stop: Callable[[], bool]) -> None:
        self._is_asked_to_stop = is_asked_to_stop

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        control.should_save = control.should_save or self._is_asked_to_stop()

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        # Not by `control`, which the checkpoint holds: it would stop again when it goes on.
        if self._is_asked_to_stop():
            raise Resumable(f"after step {state.global_step} of {state.max_steps}")


_UNTOLD = ("_runtime", "_per_second", "total_flos", "num_tokens", "num_input_tokens_seen")


def _placeholder_tokenizer() -> PreTrainedTokenizerFast:
    """TRL insists on a tokenizer with a padding token; our pairs are features and need none."""
    model = WordLevel({"<pad>": 0}, unk_token="<pad>")
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(model), pad_token="<pad>")
