import pytest

from rlhf._pretraining_set import Brief
from rlhf.effects.hall import hall_of
from workbench.errors import BadInput

BRIEFS = [Brief(f"clip{number}", f"prompt {number}") for number in range(5)]


def test_each_picture_has_its_own_noise():
    hall = hall_of(BRIEFS, clips=3, per_clip=2, seed=0)

    tasks = [task for candidate in range(3) for task in hall.tasks(candidate)]

    assert len({task.seed for task in tasks}) == 3 * 3 * 2
    assert hall.owners.tolist() == [0, 0, 1, 1, 2, 2]
    assert hall.tasks() == hall_of(BRIEFS, clips=3, per_clip=2, seed=0).tasks()


def test_small_hall_is_a_part_of_the_large_one():
    hall = hall_of(BRIEFS, clips=3, per_clip=2, seed=0)

    assert hall.small(2).tasks() == hall.tasks()[:4:2]


def test_prompts_of_a_clip_take_turns():
    briefs = [Brief(f"clip{number}", kind) for number in range(4) for kind in ("plain", "rich")]

    hall = hall_of(briefs, clips=4, per_clip=1, seed=0)

    assert [brief.prompt for brief in hall.briefs] == ["plain", "rich"] * 2
    assert len({brief.clip_id for brief in hall.briefs}) == 4


def test_fewer_clips_than_asked_for_are_all():
    assert len(hall_of(BRIEFS, clips=50, per_clip=1, seed=0).briefs) == 5


@pytest.mark.parametrize("briefs", [[], [Brief("one", "a"), Brief("one", "b")]])
def test_single_clip_is_refused(briefs):
    with pytest.raises(BadInput, match="at least 2 are needed"):
        hall_of(briefs, clips=2, per_clip=1, seed=0)
