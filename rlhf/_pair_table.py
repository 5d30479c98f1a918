"""Pairs as columns of numbers, from which a batch is taken by one index."""

from __future__ import annotations

from collections.abc import Sequence

import datasets
import torch
from torch import Tensor
from torch.utils.data import Dataset

from rlhf._features import Features
from rlhf.preferences import Preference

Batch = dict[str, Tensor]


class PairTable(Dataset[Batch]):
    """b pairs. A loader gets whole batches: a row of its own for each pair would cost more time
    than learning from it.

    Columns, (b,) each: `chosen` and `rejected` are rows of the picture features, `clip` of those of
    the clips, `pair` numbers the comparison for messages, `label` and `weight` are of `Preference`.
    """

    def __init__(self, pairs: Sequence[Preference], features: Features, first: int = 0) -> None:
        """first: number of the first pair in the list of comparison ids."""
        self.columns: Batch = {
            "chosen": torch.tensor([features.image_rows[pair.chosen] for pair in pairs]),
            "rejected": torch.tensor([features.image_rows[pair.rejected] for pair in pairs]),
            "clip": torch.tensor([features.clip_rows[pair.clip_id] for pair in pairs]),
            "label": torch.tensor([pair.label for pair in pairs]),
            "weight": torch.tensor([pair.weight for pair in pairs]),
            "pair": torch.arange(first, first + len(pairs)),
        }

    def __len__(self) -> int:
        return len(self.columns["pair"])

    def __getitem__(self, number: int) -> Batch:
        return self.batch([number])

    def __getitems__(self, numbers: Sequence[int]) -> Batch:
        """What a loader asks for where it is there."""
        return self.batch(numbers)

    def batch(self, numbers: Sequence[int]) -> Batch:
        index = torch.tensor(numbers)
        return {name: column[index] for name, column in self.columns.items()}

    def as_trl_wants_it(self) -> datasets.Dataset:
        """What `trl.RewardTrainer` insists on being given: each picture as a text of one token."""
        return datasets.Dataset.from_dict(
            {
                f"{name}_ids": self.columns[name].unsqueeze(1).numpy()
                for name in ("chosen", "rejected")
            }
        )


def as_it_comes(batch: Batch) -> Batch:
    """What collates the batches of a `PairTable`."""
    return batch
