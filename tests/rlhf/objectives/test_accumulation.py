from __future__ import annotations

import pytest
import torch
from torch import nn

from rlhf._rollout import NotFinite
from rlhf.objectives._accumulation import Measured, Part, accumulate, chunks, gradient_norm


def _part(share, weight, factor):
    return Part(share, lambda: Measured(factor * weight, {"factor": factor}))


def test_parts_add_up_to_the_whole():
    weight = nn.Parameter(torch.tensor(2.0))
    whole = accumulate([_part(0.75, weight, 4.0), _part(0.25, weight, 8.0)], 0.5)
    # The mean factor is 0.75 * 4 + 0.25 * 8 = 5.
    assert whole == {"factor": 5.0, "loss": 10.0}
    assert weight.grad.item() == 2.5


def test_parts_of_no_weight_are_measured_only():
    weight = nn.Parameter(torch.tensor(2.0))
    assert accumulate([_part(1.0, weight, 4.0)], 0.0)["loss"] == 8.0
    assert weight.grad is None


def test_part_that_is_not_finite_is_refused():
    weight = nn.Parameter(torch.tensor(2.0))
    with pytest.raises(NotFinite, match="the loss"):
        accumulate([_part(1.0, weight, float("inf"))], 1.0)


def test_gradient_norm_counts_all_parts_and_parameters():
    first, second, idle = (nn.Parameter(torch.tensor(value)) for value in (1.0, 2.0, 3.0))
    parts = [_part(0.5, first, 2.0), _part(0.5, second, 8.0), _part(0.5, first, 4.0)]
    # 0.5 * (2 + 4) = 3 for the first, 0.5 * 8 = 4 for the second.
    assert gradient_norm(parts, [first, second, idle]) == pytest.approx(5.0)
    assert [p.grad for p in (first, second, idle)] == [None, None, None]


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, [(0, 5)]), (2, [(0, 2), (2, 4), (4, 5)]), (5, [(0, 5)]), (9, [(0, 5)])],
)
def test_chunks_cover_all_rows(size, expected):
    assert [(rows.start, rows.stop) for rows in chunks(slice(0, 5), size)] == expected


def test_chunks_of_a_share_keep_their_place():
    assert chunks(slice(4, 8), 3) == [slice(4, 7), slice(7, 8)]
