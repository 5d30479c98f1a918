from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader

from rlhf._features import Features
from rlhf._pair_table import PairTable, as_it_comes
from rlhf.preferences import Preference
from rlhf.reward_model import ClipFeatures


@pytest.fixture
def table() -> PairTable:
    clips = ClipFeatures(*(torch.zeros(2, 4) for _ in range(2)), *(torch.ones(2) > 0,) * 2)
    rows = {f"image{row}": row for row in range(3)}
    features = Features(
        clips, torch.zeros(3, 4), torch.empty(3, 0, 4), {"a": 0, "b": 1}, rows, [4]
    )  # fmt: skip
    pairs = [
        Preference("p", "a", "image0", "image1", 1.0, 3, 0.5),
        Preference("q", "b", "image2", "image0", 0.75, 3, 1.5),
        Preference("r", "b", "image1", "image2", 0.5, 3, 1.0),
    ]
    return PairTable(pairs, features, first=10)


def test_table_has_a_row_for_each_pair(table):
    assert {name: column.tolist() for name, column in table.columns.items()} == {
        "chosen": [0, 2, 1],
        "rejected": [1, 0, 2],
        "clip": [0, 1, 1],
        "label": [1.0, 0.75, 0.5],
        "weight": [0.5, 1.5, 1.0],
        "pair": [10, 11, 12],
    }


def test_a_loader_gets_whole_batches(table):
    batches = list(DataLoader(table, batch_size=2, collate_fn=as_it_comes))
    assert [batch["pair"].tolist() for batch in batches] == [[10, 11], [12]]
    assert table[2]["pair"].tolist() == [12]


def test_trl_is_given_what_it_looks_for(table):
    assert table.as_trl_wants_it()[1] == {"chosen_ids": [2], "rejected_ids": [0]}
