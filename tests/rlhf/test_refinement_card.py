from __future__ import annotations

import pytest
from PIL import Image

from rlhf._refinement_card import (
    WATCH_COLUMNS,
    Refined,
    cut_sentences,
    watch_rows,
    watch_sentences,
)
from rlhf._refinement_evaluation import Comparison
from rlhf._watch_plot import draw_watch
from rlhf._watch_rules import Ending, Stop, Watch

COMPARISON = Comparison(1, 0.0, 1.0, 1.0, 0.2, 0.2)
BASE, BETTER, WORSE = (
    Watch(step, [0.5], [judge], 0.75, adherence, 0.0459)
    for step, judge, adherence in ((0, 0.4, 0.41), (20, 0.6, 0.4), (40, 0.2, 0.3))
)


def _refined(saved: Watch, stop: Stop | None = None) -> Refined:
    return Refined(COMPARISON, 40, Ending([BASE, BETTER, WORSE], saved, stop), {})


def test_sentences_say_why_it_stopped_and_what_was_saved():
    stop = Stop(40, "prompt adherence fell", {})
    assert watch_sentences(_refined(BETTER, stop)) == [
        "Stopped after step 40: prompt adherence fell.",
        "The adapter is that of step 20; the judges' reward went from +0.40 to +0.60 sd there.",
    ]


@pytest.mark.parametrize("saved", [BASE, WORSE])
def test_sentences_say_plainly_when_nothing_was_gained(saved):
    assert "othing was gained" in watch_sentences(_refined(saved))[-1]


def test_run_without_a_watch_says_so():
    refined = Refined(COMPARISON, 40, None, {})
    assert refined.as_dict()["watch"] is None
    assert watch_sentences(refined) == [
        "Nobody watched over it; the adapter is that of its last step, 40."
    ]


def test_prompts_that_are_not_read_to_their_end_are_warned_of():
    assert cut_sentences(_refined(BETTER)) == []
    cut = {"a" * 50: "tail", "b": "the longest tail"}
    assert cut_sentences(_refined(BETTER)._replace(prompts_cut=cut)) == [
        "2 prompts are longer than the painter reads: of 'b' … the end 'the longest tail' was cut "
        "off; run.json has all of them under prompts_cut."
    ]


def test_rows_hold_every_measure():
    row = watch_rows(_refined(BETTER).ending)[1]
    assert row == ("20", "+0.50", "+0.60", "0.750", "0.400", "0.0459", "saved")
    assert len(row) == len(WATCH_COLUMNS)


def test_long_runs_have_a_short_table_with_what_matters():
    watches = [BASE._replace(step=step) for step in range(0, 2000, 20)]
    rows = watch_rows(Ending(watches, watches[37], None))
    assert len(rows) <= 12
    assert (rows[0][0], rows[-1][0]) == ("0", "1980")
    assert [row[0] for row in rows if row[-1]] == ["740"]


def test_base_of_no_adherence_is_drawn_without_it(tmp_path):
    base = BASE._replace(adherence=0.0)
    draw_watch(tmp_path / "w.png", Ending([base, BETTER], base, None))
    with Image.open(tmp_path / "w.png") as plot:
        assert plot.width > 600
