from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotate_site.annotation.models import Judgement
from tests.annotate_site.jobs.runners.test_simulation import comparisons
from workbench.files import read_json

pytestmark = pytest.mark.django_db


def test_simulate_says_in_one_sentence_what_it_stored(tmp_path: Path) -> None:
    comparisons(3)
    told = io.StringIO()
    call_command("simulate", judgements=9, annotators=2, run_folder=tmp_path / "run", stdout=told)
    assert told.getvalue() == (
        "9 judgements in 3 views of comparisons are stored, marked as simulated; as many as you "
        "asked for, in whole comparisons.\n"
    )
    assert Judgement.objects.count() == 9
    facts = read_json(tmp_path / "run" / "run.json")
    assert (facts["status"], facts["stored"], facts["complete_comparisons"]) == ("succeeded", 9, 3)
    progress = read_json(tmp_path / "run" / "progress.json")
    assert (progress["step"], progress["total"]) == (9, 9)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"judgements": 0}, "--judgements 0 will not do: Input should be greater than or equal"),
        ({"annotators": 100}, "--annotators 100 will not do: Input should be less than or equal"),
        ({"seed": -1}, "--seed -1 will not do: Input should be greater than or equal to 0"),
        ({}, "nothing waits for these annotators"),
    ],
)
def test_simulate_refuses_in_one_sentence(options: dict[str, int], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as refusal:
        call_command("simulate", **options)
    assert refusal.value.returncode == 2
