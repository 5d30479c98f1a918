from __future__ import annotations

import pytest
from torch.optim.optimizer import register_optimizer_step_post_hook

from rlhf.refine_settings import RefineSettings
from rlhf.sweep import Trial, best_of, parsed_lambdas, sweep_lambda
from workbench.errors import BadInput
from workbench.files import read_json


def _settings(**changes):
    small = {
        "axis": "emo", "steps": 4, "batch_size": 1, "pretrain_batch_size": 1, "rank": 2,
        "painting_steps": 2, "evaluation_pictures": 1, "pretraining_pictures": 1,
        "watch_every": 2, "watch_pictures": 2, "adherence_bound": 1.0, "diversity_bound": 1.0,
        "loss_pre_bound": 100.0, "device": "cpu",
    }  # fmt: skip
    return RefineSettings(**(small | changes))


def test_sweep_goes_on_with_the_judges_favourite_and_makes_no_trial_twice(
    snapshot_folder, reward_run, profile, tmp_path
):
    taken: list[int] = []
    hook = register_optimizer_step_post_hook(lambda *_: taken.append(1))
    arguments = (snapshot_folder, reward_run, tmp_path / "run", _settings(), profile, [0.5, 50.0])
    try:
        swept = sweep_lambda(*arguments, show_progress=False)
        assert len(taken) == 1 + 1 + 4
        again = sweep_lambda(*arguments, resume=True, show_progress=False)
    finally:
        hook.remove()
    assert len(taken) == 6
    assert again.trials == swept.trials
    assert [trial.reward_weight for trial in swept.trials] == [0.5, 50.0]
    run = read_json(tmp_path / "run" / "run.json")
    assert run["reward_weight"] == run["sweep"]["chosen"] == swept.chosen.reward_weight
    assert [trial["judge"] for trial in run["sweep"]["trials"]] == [t.judge for t in swept.trials]
    assert sorted(p.name for p in (tmp_path / "run-sweep").iterdir()) == [
        *("lambda-0.5", "lambda-50"),
    ]


def test_best_trial_is_the_judges_favourite_and_the_gentler_of_equals():
    def trial(reward_weight, judge):
        return Trial(reward_weight, 5, judge, 3.0, 0.5, 0.5, 0.1, None)

    assert best_of([trial(0.1, 0.2), trial(1, 0.4), trial(10, 0.4)]).reward_weight == 1


@pytest.mark.parametrize("text", ["", "1", "a,b", "0,1", "-1,1", "1,1", "inf,1", "nan,1"])
def test_sweep_refuses_what_is_no_list_of_lambdas(text):
    with pytest.raises(BadInput, match=r"two or more numbers above 0, such as 0\.1,1,10"):
        parsed_lambdas(text)


def test_sweep_refuses_to_go_without_a_watch(snapshot_folder, reward_run, profile, tmp_path):
    with pytest.raises(BadInput, match="whom watch_every = 0 switches off"):
        sweep_lambda(
            snapshot_folder, reward_run, tmp_path / "r", _settings(watch_every=0), profile, [1, 2]
        )
    assert list(tmp_path.iterdir()) == []
