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
from rlhf._pair_table import Batch, PairTable, as_it_comes
from rlhf._preference_loss import bradley_terry_loss
from rlhf.reward_model import ClipFeatures
from workbench.errors import RunFailed
from workbench.run_folder import RunFolder

# What Python, torch and safetensors raise when a disk takes no more.
_CANNOT_WRITE = (OSError, RuntimeError, SafetensorError)


class BradleyTerryTrainer(RewardTrainer):
    """Eq. 9 with soft labels and weights.

    Supports a `RewardModel` on features or on what its towers take, checkpoints and evaluation. The
    features are on the device once; batches are of rows of these. Raises RunFailed as soon as a
    loss is not finite, naming the comparisons of the batch.
    """

    def __init__(
        self,
        *,
        train: PairTable,
        validation: PairTable | None,
        features: Features,
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
        super().__init__(
            processing_class=_placeholder_tokenizer(),
            train_dataset=train.as_trl_wants_it(),
            eval_dataset=validation.as_trl_wants_it() if validation else None,
            data_collator=as_it_comes,
            **kwargs,
        )
        self.train_dataset, self.eval_dataset = train, validation
        device = self.args.device
        self._clips = features.clips.to(device)
        self._pictures = _with_views(features).to(device)
        self._comparison_ids = comparison_ids
        self._missing_share = missing_share
        self._centring = centring
        self._taught = taught.to(device)
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
        outputs = model(**self._asked(inputs, is_training=model.training))
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
        weight = inputs["weight"].unsqueeze(1) * self._taught[inputs["clip"]]
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

    def _asked(self, inputs: Batch, *, is_training: bool) -> dict[str, Tensor]:
        """Arguments of `RewardModel.forward`, chosen pictures first; what comes twice, once."""
        clips, of_clip = inputs["clip"].unique(return_inverse=True)
        pictures, of_picture = torch.cat([inputs["chosen"], inputs["rejected"]]).unique(
            return_inverse=True
        )
        known = self._clips.rows(clips)
        return {
            **(self._with_gaps(known) if is_training else known)._asdict(),
            "image": self._seen(pictures, is_training=is_training),
            "shown": torch.stack([of_picture, of_clip.repeat(2)]),
        }

    def _with_gaps(self, clips: ClipFeatures) -> ClipFeatures:
        """Hide the music of some clips and the text of others, alike for all their pictures."""
        shares = torch.rand(2, len(clips.has_music), device=clips.has_music.device)
        music, text = shares >= self._missing_share
        return clips._replace(has_music=clips.has_music & music, has_text=clips.has_text & text)

    def _seen(self, pictures: Tensor, *, is_training: bool) -> Tensor:
        """Features (p, v) of pictures; while training those of any of their views as well."""
        n_views = self._pictures.shape[1]
        if n_views == 1 or not is_training:
            return self._pictures[pictures, 0]
        return self._pictures[
            pictures, torch.randint(n_views, (len(pictures),), device=pictures.device)
        ]

    def _note(self, chosen: Tensor, rejected: Tensor, label: Tensor) -> None:
        metrics = self._metrics["train" if self.model.training else "eval"]
        margin, decided = (chosen - rejected).detach().squeeze(1), label > 0.5
        ones = torch.ones_like(margin)
        counts = torch.stack([(margin > 0) * decided, decided * ones, margin, ones]).sum(dim=1)
        right, n_decided, total, n = self.accelerator.reduce(counts).tolist()  # Of all processes.
        if n_decided:
            metrics["accuracy"].append(right / n_decided)
        metrics["margin"].append(total / n)

    def _refuse_nan(self, loss: Tensor, pairs: Tensor) -> None:
        if not bool(torch.isfinite(loss)):
            names = ", ".join(self._comparison_ids[pair] for pair in pairs.tolist())
            raise RunFailed(
                f"the loss became {loss.item()} at step {self.state.global_step + 1}, on the "
                f"comparisons {names}; lower learning_rate or look at their pictures"
            )


def _with_views(features: Features) -> Tensor:
    """(n, 1 + c, v) every picture, followed by its changed copies."""
    images = features.images.unsqueeze(1)
    return torch.cat([images, features.views], dim=1) if features.views.shape[1] else images


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
