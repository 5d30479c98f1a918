from __future__ import annotations

from django import forms

from annotate_site.annotation.models import AxisChoice, Verdict
from annotate_site.annotation.services.judgements import MOST_RESPONSE_MS


class JudgementForm(forms.Form):
    lease = forms.UUIDField()
    axis = forms.ChoiceField(choices=AxisChoice.choices)
    verdict = forms.ChoiceField(choices=Verdict.choices)
    response_ms = forms.IntegerField(min_value=0, max_value=MOST_RESPONSE_MS, required=False)
    listened_share = forms.FloatField(min_value=0, max_value=1, required=False)


class UndoForm(forms.Form):
    judgement = forms.UUIDField()


def first_error(form: forms.Form) -> str:
    """One sentence about the first field that is wrong, naming it."""
    name, errors = next(iter(form.errors.items()))
    return f"{form[name].label}: {errors[0]}"
