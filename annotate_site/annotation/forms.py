from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate_site.annotation.models import AxisChoice, SkipReason, Verdict
from annotate_site.annotation.services.judgements import MOST_RESPONSE_MS, STRENGTHS
from annotate_site.annotation.services.skips import MOST_NOTE


class VerdictForm(forms.Form):
    """An answer without a strength, as to a training pair."""

    lease = forms.UUIDField()
    axis = forms.ChoiceField(choices=AxisChoice.choices)
    verdict = forms.ChoiceField(choices=Verdict.choices)
    response_ms = forms.IntegerField(min_value=0, max_value=MOST_RESPONSE_MS, required=False)
    listened_share = forms.FloatField(min_value=0, max_value=1, required=False)


class JudgementForm(VerdictForm):
    # Of several that are wrong, the first is told.
    field_order = ["lease", "axis", "verdict", "strength"]

    strength = forms.IntegerField(
        min_value=min(STRENGTHS), max_value=max(STRENGTHS), required=False
    )


class StrengthForm(forms.Form):
    lease = forms.UUIDField()
    axis = forms.ChoiceField(choices=AxisChoice.choices)
    strength = forms.IntegerField(min_value=min(STRENGTHS), max_value=max(STRENGTHS))


class UndoForm(forms.Form):
    """The answer by its id, or by its place."""

    judgement = forms.UUIDField(required=False)
    lease = forms.UUIDField(required=False)
    axis = forms.ChoiceField(choices=AxisChoice.choices, required=False)


class SkipForm(forms.Form):
    lease = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Why?"), choices=SkipReason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Anything to add?"),
        max_length=MOST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def first_error(form: forms.Form) -> str:
    """One sentence about the first field that is wrong, naming it."""
    name, errors = next(iter(form.errors.items()))
    return f"{form[name].label}: {errors[0]}"
