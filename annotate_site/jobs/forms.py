"""Launch forms, made from the settings models of the packages and of the runners."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from annotate_site.datasets.models import Snapshot
from annotate_site.datasets.selectors import ready_snapshots
from annotate_site.jobs import selectors
from annotate_site.jobs.models import Run, RunKind
from annotate_site.jobs.runners.kinds import RUNNERS
from annotate_site.jobs.setting_words import in_own_language, setting_label
from annotate_site.jobs.words import axis_words, input_label
from workbench.axes import AXES

_ADAPTER = "adapter_"
_MOST_TEXT = 200


def settings_form(model: type[BaseModel], *, leave_out: Collection[str] = ()) -> type[SettingsForm]:
    """A form with one field for each setting of `model`; its values pass the model's own checks."""
    fields = {
        name: _form_field(name, info)
        for name, info in model.model_fields.items()
        if name not in leave_out
    }
    return type(f"{model.__name__}Form", (SettingsForm,), {**fields, "model": model})


class SettingsForm(forms.Form):
    model: type[BaseModel]

    def options(self) -> dict[str, Any]:
        """The chosen settings; what was left empty is left out and gets its default."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name in self.model.model_fields and value not in (None, "")
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._check(self.options() | self.derived_options())
        return cleaned

    def derived_options(self) -> dict[str, Any]:
        """Settings that follow from the inputs and have no field of their own."""
        return {}

    def _check(self, options: dict[str, Any]) -> None:
        try:
            self.model.model_validate(options)
        except ValidationError as error:
            for problem in error.errors():
                name = str(problem["loc"][0]) if problem["loc"] else None
                self.add_error(name if name in self.fields else None, problem["msg"])


class Slider(forms.NumberInput):
    """A range; the template shows its number beside it, and `sliders.js` keeps that true."""

    input_type = "range"


class LaunchForm(SettingsForm):
    """The settings of a run kind, and what goes into it."""

    kind: RunKind

    def important(self) -> list[forms.BoundField]:
        return [field for field in self if self._is_important(field.name)]

    def more(self) -> list[forms.BoundField]:
        return [field for field in self if not self._is_important(field.name)]

    def missing(self) -> str:
        """What must be made before this can be launched; empty when nothing is missing."""
        if self.kind == RunKind.REWARD and not ready_snapshots().exists():
            return _("There is no snapshot to learn from yet: take one first.")
        if self.kind == RunKind.REFINE and not selectors.succeeded(kind=RunKind.REWARD).exists():
            return _("There is no reward model to follow yet: train one first.")
        return ""

    def inputs(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if self.kind == RunKind.PAINT:
            runs = {axis: chosen[_ADAPTER + axis] for axis in AXES}
            return {"adapters": {axis: str(run.pk) for axis, run in runs.items() if run}}
        return {name: str(chosen[name].pk) for name in ("snapshot", "reward") if name in chosen}

    def options(self) -> dict[str, Any]:
        """As for any settings; but a slider always stands somewhere, even without an adapter."""
        chosen = super().options()
        if self.kind == RunKind.PAINT:
            idle = {axis for axis in AXES if not self.cleaned_data.get(_ADAPTER + axis)}
            return {name: value for name, value in chosen.items() if name not in idle}
        return chosen

    def all_options(self) -> dict[str, Any]:
        return self.options() | self.derived_options()

    def derived_options(self) -> dict[str, Any]:
        """A refinement has the axis of its reward model."""
        if self.kind == RunKind.REFINE and self.cleaned_data.get("reward"):
            return {"axis": self.cleaned_data["reward"].options["axis"]}
        return {}

    def _is_important(self, name: str) -> bool:
        return name in RUNNERS[self.kind].IMPORTANT or name not in self.model.model_fields


class RunChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in stubs only
    def label_from_instance(self, obj: Run) -> str:
        return input_label(obj)


def launch_form(kind: RunKind) -> type[LaunchForm]:
    """The form that launches a run of `kind`: inputs first, then the important settings."""
    runner = RUNNERS[kind]
    base = settings_form(runner.Settings, leave_out=runner.LEFT_OUT)
    names = _by_importance(base.base_fields, runner.IMPORTANT)
    fields = _input_fields(kind) | {name: base.base_fields[name] for name in names}
    if kind == RunKind.PAINT:
        fields = _with_sliders(fields, runner.Settings)
    name = f"{kind.value.title()}LaunchForm"
    return type(name, (LaunchForm,), {**fields, "model": runner.Settings, "kind": kind})


def _by_importance(names: Iterable[str], important: tuple[str, ...]) -> list[str]:
    return sorted(names, key=lambda n: important.index(n) if n in important else len(important))


def _input_fields(kind: RunKind) -> dict[str, forms.Field]:
    if kind == RunKind.REWARD:
        return {"snapshot": _snapshot_field(ready_snapshots())}
    if kind == RunKind.REFINE:
        return {"reward": _run_field(selectors.succeeded(kind=RunKind.REWARD), _("Reward model"))}
    if kind == RunKind.PAINT:
        return {
            _ADAPTER + axis: _run_field(
                selectors.succeeded(kind=RunKind.REFINE, axis=axis),
                _("Adapter for %(axis)s") % {"axis": axis_words(axis)},
                empty_label=_("none"),
            )
            for axis in AXES
        }
    return {}


def _with_sliders(fields: dict[str, forms.Field], model: type[BaseModel]) -> dict[str, forms.Field]:
    """The fields with each adapter's weight right after it, as a slider."""
    ordered: dict[str, forms.Field] = {}
    for axis in AXES:
        slider = forms.FloatField(
            label=setting_label(axis),
            help_text=_("0 is off, 1 is as trained. For a chosen adapter."),
            required=False,
            initial=1.0,
            **_bounds(model.model_fields[axis]),
            widget=Slider(attrs={"step": "0.01", "data-weighs": f"id_{_ADAPTER}{axis}"}),
        )
        ordered |= {_ADAPTER + axis: fields[_ADAPTER + axis], axis: slider}
    return ordered | {name: field for name, field in fields.items() if name not in ordered}


def _snapshot_field(snapshots: QuerySet[Snapshot]) -> forms.Field:
    return forms.ModelChoiceField(
        snapshots,
        empty_label=None,
        label=_("Snapshot"),
        help_text=_("The judgements that it learns from."),
    )


def _run_field(
    runs: QuerySet[Run], label: str, *, empty_label: str | None = None
) -> RunChoiceField:
    return RunChoiceField(runs, label=label, required=empty_label is None, empty_label=empty_label)


def _form_field(name: str, info: FieldInfo) -> forms.Field:
    kind, is_optional = _without_none(info.annotation)
    default = info.get_default(call_default_factory=True)
    common: dict[str, Any] = {
        "label": setting_label(name),
        "help_text": in_own_language(info.description or ""),
        "required": not is_optional and kind is not bool,
        "initial": None if default is PydanticUndefined else default,
    }
    if get_origin(kind) is Literal:
        return forms.ChoiceField(choices=_choices(kind, is_optional), **common)
    if kind is bool:
        return forms.BooleanField(**common)
    if kind is int:
        return forms.IntegerField(**_bounds(info), **common)
    if kind is float:
        return forms.FloatField(
            widget=forms.NumberInput(attrs={"step": "any"}), **_bounds(info), **common
        )
    if kind is str:
        return forms.CharField(max_length=_MOST_TEXT, **common)
    raise TypeError(f"the setting {name} is a {kind}, for which no form field is known")


def _without_none(annotation: Any) -> tuple[Any, bool]:
    parts = get_args(annotation)
    if NoneType not in parts:
        return annotation, False
    (kind,) = [part for part in parts if part is not NoneType]
    return kind, True


def _choices(kind: Any, is_optional: bool) -> list[tuple[str, str]]:
    choices = [(value, axis_words(value) if value in AXES else value) for value in get_args(kind)]
    return [("", _("default")), *choices] if is_optional else choices


def _bounds(info: FieldInfo) -> dict[str, Any]:
    """Closed bounds for the browser; the model itself refuses the ends of open ones."""
    bounds: dict[str, Any] = {}
    for limit in info.metadata:
        for name in ("ge", "gt"):
            if hasattr(limit, name):
                bounds["min_value"] = getattr(limit, name)
        for name in ("le", "lt"):
            if hasattr(limit, name):
                bounds["max_value"] = getattr(limit, name)
    return bounds
