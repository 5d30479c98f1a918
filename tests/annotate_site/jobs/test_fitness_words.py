from __future__ import annotations

from dataclasses import asdict

from django.utils import translation

from annotate_site.jobs.fitness_words import fitness_words
from rlhf._correlation import Correlation
from rlhf._fitness import judge_fitness
from rlhf._intervals import Accuracy


def _unfit() -> list[dict[str, object]]:
    """Every way to be unfit, as rlhf says it."""
    unsure = Accuracy(n=10, n_clips=4, accuracy=0.5, low=0.3, high=0.7)
    alone = Accuracy(n=10, n_clips=1, accuracy=0.9, low=0.8, high=1.0)
    twins = {
        "con": Correlation(n=7, n_clips=3, spearman=0.99),
        "cre": Correlation(n=7, n_clips=3, spearman=-0.99),
    }
    found = [judge_fitness(None, twins), judge_fitness(unsure, {}), judge_fitness(alone, {})]
    return [asdict(fitness) for fitness in found]


def test_every_reason_of_the_learner_is_told_in_german() -> None:
    for fitness in _unfit():
        stored = ["unfit", *fitness["reasons"]]
        assert fitness_words(fitness) == stored
        with translation.override("de"):
            german = fitness_words(fitness)
        assert [now for now, then in zip(german, stored, strict=True) if now == then] == []
        assert german[0] == "untauglich"


def test_no_verdict_has_no_words() -> None:
    assert fitness_words({}) == []
