import numpy as np

from rlhf.effects.adherence import adherence_points

PROMPTS = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])


def test_adherence_by_hand():
    pictures = np.array([[1.0, 0.0], [0.6, 0.8], [-0.6, 0.8]])
    owners = np.array([0, 0, 2])

    # The second is closer to prompt 1 than to its own, the third as well.
    assert adherence_points(pictures, PROMPTS, owners).tolist() == [1.0, 0.5, 0.5]


def test_equally_close_prompts_count_half():
    picture = np.array([[0.0, -1.0]])

    # As far from prompt 2 as from its own, nearer than to prompt 1.
    assert adherence_points(picture, PROMPTS, np.array([0])).tolist() == [0.75]


def test_equal_prompts_are_not_told_apart():
    prompts = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    picture = np.array([[1.0, 0.0]])

    assert adherence_points(picture, prompts, np.array([0])).tolist() == [1.0]
    assert adherence_points(picture, prompts[:2], np.array([0])).tolist() == [0.5]
