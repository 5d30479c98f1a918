from __future__ import annotations

from typing import Literal

import pytest
from django import forms
from pydantic import BaseModel, Field

from annotate_site.jobs.forms import launch_form, settings_form
from annotate_site.jobs.models import RunKind
from tests.factories.datasets import SnapshotFactory
from tests.factories.jobs import RunFactory

REWARD_RESULTS = {"splits": {"test": {"n": 5, "accuracy": 0.6}}}


class _Settings(BaseModel):
    steps: int = Field(default=5, ge=1, lt=100, description="How many.")
    rate: float = Field(default=0.5, gt=0, description="How fast.")
    is_fast: bool = Field(default=False, description="Hurry.")
    colour: Literal["red", "blue"] = "red"
    weight: float | None = Field(default=None, ge=0, description="Left out: calibrated.")
    name: str = "a"


def _form(**changes: str) -> forms.Form:
    given = {"steps": "5", "rate": "0.5", "colour": "red", "name": "a"} | changes
    return settings_form(_Settings)(given)


def test_settings_form_gives_each_setting_the_field_of_its_type() -> None:
    kinds = {name: type(field) for name, field in settings_form(_Settings).base_fields.items()}
    assert kinds == {
        "steps": forms.IntegerField,
        "rate": forms.FloatField,
        "is_fast": forms.BooleanField,
        "colour": forms.ChoiceField,
        "weight": forms.FloatField,
        "name": forms.CharField,
    }


def test_settings_form_takes_help_default_and_bounds_from_the_model() -> None:
    steps = settings_form(_Settings).base_fields["steps"]
    assert (steps.help_text, steps.initial, steps.min_value) == ("How many.", 5, 1)


def test_settings_form_gives_the_options_and_leaves_out_what_is_empty() -> None:
    form = _form(is_fast="on", weight="")
    assert form.is_valid()
    assert form.options() == {
        "steps": 5,
        "rate": 0.5,
        "is_fast": True,
        "colour": "red",
        "name": "a",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("steps", "100"), ("steps", "0"), ("steps", "x"), ("rate", "0"), ("rate", "nan"),
     ("colour", "green"), ("weight", "-1"), ("name", "x" * 201), ("steps", "")],
)  # fmt: skip
def test_settings_form_names_the_field_of_a_bad_value(field: str, value: str) -> None:
    form = _form(**{field: value})
    assert not form.is_valid()
    assert list(form.errors) == [field]


def test_settings_form_refuses_a_type_that_it_does_not_know() -> None:
    class Odd(BaseModel):
        when: complex = 1j

    with pytest.raises(TypeError, match="the setting when is a"):
        settings_form(Odd)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", RunKind)
def test_launch_form_exists_for_every_kind_of_run(kind: RunKind) -> None:
    form = launch_form(kind)()
    names = [field.name for field in [*form.important(), *form.more()]]
    assert sorted(names) == sorted(form.fields)


@pytest.mark.django_db
def test_launch_form_of_a_reward_model_offers_ready_snapshots() -> None:
    snapshot = SnapshotFactory()
    SnapshotFactory(state="failed")
    form = launch_form(RunKind.REWARD)()
    assert [str(choice) for choice in form.fields["snapshot"].queryset] == [str(snapshot)]
    assert [field.name for field in form.important()][:2] == ["snapshot", "axis"]


@pytest.mark.django_db
def test_launch_form_of_a_refinement_takes_the_axis_of_its_reward_model() -> None:
    reward = RunFactory(
        kind=RunKind.REWARD, options={"axis": "cre"}, results=REWARD_RESULTS, finished=True
    )
    form_class = launch_form(RunKind.REFINE)
    given = {
        name: field.initial
        for name, field in form_class.base_fields.items()
        if field.initial is not None
    }
    form = form_class({**given, "reward": str(reward.pk)})
    assert form.is_valid(), form.errors
    assert form.inputs() == {"reward": str(reward.pk)}
    assert form.all_options()["axis"] == "cre"


@pytest.mark.django_db
def test_launch_form_of_painting_offers_an_adapter_for_each_axis() -> None:
    adapter = RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, finished=True)
    form = launch_form(RunKind.PAINT)(
        {"per_clip": "1", "seed": "0", "batch": "4", "device": "auto",
         "max_duration_s": "600", "adapter_emo": str(adapter.pk)}
    )  # fmt: skip
    assert form.is_valid(), form.errors
    assert form.inputs() == {"adapters": {"emo": str(adapter.pk)}}
    assert {"painter", "profile", "foreign_adapters"} & form.fields.keys() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [RunKind.REWARD, RunKind.REFINE])
def test_launch_form_says_what_must_be_made_first(kind: RunKind) -> None:
    assert launch_form(kind)().missing().endswith("first.")
    SnapshotFactory()
    RunFactory(kind=RunKind.REWARD, options={"axis": "emo"}, results=REWARD_RESULTS, finished=True)
    assert launch_form(kind)().missing() == ""


def _painting(**changes: str) -> forms.Form:
    given = {"per_clip": "1", "seed": "0", "batch": "4", "device": "auto", "max_duration_s": "600"}
    return launch_form(RunKind.PAINT)(given | changes)


@pytest.mark.django_db
def test_launch_form_of_painting_has_a_slider_after_each_adapter() -> None:
    form = _painting()
    assert [field.name for field in form.important()][:6] == [
        *("adapter_emo", "emo", "adapter_con", "con", "adapter_cre", "cre"),
    ]
    assert form.fields["con"].label == "Weight of semantic content alignment"
    (slider,) = [line for line in str(form["con"]).splitlines() if "range" in line]
    for attribute in ('min="0.0"', 'max="2.0"', 'step="0.01"', 'data-weighs="id_adapter_con"'):
        assert attribute in slider


@pytest.mark.django_db
def test_slider_without_an_adapter_weighs_nothing() -> None:
    adapter = RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, finished=True)
    form = _painting(adapter_emo=str(adapter.pk), emo="0.7", con="1")
    assert form.is_valid(), form.errors
    options = form.all_options()
    assert (options["emo"], "con" in options, "cre" in options) == (0.7, False, False)


@pytest.mark.django_db
def test_slider_refuses_a_weight_beyond_its_end() -> None:
    adapter = RunFactory(kind=RunKind.REFINE, options={"axis": "emo"}, finished=True)
    form = _painting(adapter_emo=str(adapter.pk), emo="2.5")
    assert list(form.errors) == ["emo"]
