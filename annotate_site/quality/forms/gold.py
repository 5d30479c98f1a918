from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate_site.quality.services.gold import MOST_AT_ONCE, MOST_EXPLANATION, USES


def _use() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Use"), choices=[(use.value, use.label) for use in USES], initial=USES[-1].value
    )


def _explanation() -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        label=_("Explanation"),
        required=False,
        max_length=MOST_EXPLANATION,
        widget=widget,
        help_text=_("Shown after a practice answer: why the better picture is better."),
    )


class GoldForm(forms.Form):
    use = _use()
    explanation = _explanation()
    simulated = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("use") == "practice" and not values.get("explanation", "").strip():
            self.add_error("explanation", _("Practice needs an explanation to learn from."))
        return values


class GoldChangeForm(forms.Form):
    use = _use()
    explanation = _explanation()
    is_active = forms.BooleanField(label=_("In use"), required=False)


class CopiesForm(forms.Form):
    use = _use()
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_AT_ONCE, initial=5)
