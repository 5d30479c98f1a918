from __future__ import annotations

import pytest
import torch

from cluster_sampling.look import LOOK_WIDTH, look

# Where the parts begin, channel by channel: lightness, reddish, yellowish, saturation, detail.
CELLS, WHOLE, HISTOGRAM = 0, 160, 170


def _even(red: float, green: float, blue: float) -> torch.Tensor:
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1).expand(1, 3, 16, 16).clone()


def test_look_of_an_even_picture_worked_out_by_hand():
    row = look(_even(0.8, 0.4, 0.2))[0]
    assert row.shape == (LOOK_WIDTH,)
    means, spreads = row[WHOLE : WHOLE + 5], row[WHOLE + 5 : HISTOGRAM]
    lightness = 0.299 * 0.8 + 0.587 * 0.4 + 0.114 * 0.2
    torch.testing.assert_close(
        means, torch.tensor([lightness, 0.4, 0.4, 0.6, 0.0]), atol=1e-6, rtol=0
    )
    assert spreads.max() < 2e-3
    torch.testing.assert_close(row[CELLS : CELLS + 16], torch.full((16,), lightness))
    # All pixels lie in the bin of reddish 0.4 and yellowish 0.4: row 5, column 5 of 7.
    histogram = row[HISTOGRAM:].view(7, 7)
    assert histogram.argmax() == 5 * 7 + 5
    assert histogram[5, 5].item() == pytest.approx(1, abs=1e-4)


def test_look_knows_where_it_is_light():
    picture = _even(0.2, 0.2, 0.2)
    picture[:, :, :8, 8:] = 0.9  # The upper right quarter.
    cells = look(picture)[0, CELLS : CELLS + 16].view(4, 4)
    expected = torch.full((4, 4), 0.2)
    expected[:2, 2:] = 0.9
    torch.testing.assert_close(cells, expected)


def test_look_sees_detail_in_stripes_and_none_in_their_mean():
    stripes = _even(0.5, 0.5, 0.5)
    stripes[..., ::2], stripes[..., 1::2] = 0.4, 0.6
    fine, flat = look(stripes)[0], look(_even(0.5, 0.5, 0.5))[0]
    assert fine[WHOLE].item() == pytest.approx(flat[WHOLE].item())
    assert fine[WHOLE + 4].item() == pytest.approx(0.2 * 15 / 16)  # The last column has no next.
    assert flat[WHOLE + 4].item() == 0


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_look_of_even_pictures_has_a_finite_gradient(value):
    picture = _even(value, value, value).requires_grad_()
    look(picture).sum().backward()
    assert torch.isfinite(picture.grad).all()
