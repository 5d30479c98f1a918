from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate_site.annotation.onboarding.tone import MOST_BEEPS


class ConsentForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    agrees = forms.BooleanField(
        label=_("I have read and understood this, and I want to take part."),
        error_messages={"required": _("Please tick the box if you want to take part.")},
    )


class ReadForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class BeepsForm(forms.Form):
    beeps = forms.IntegerField(
        label=_("How many beeps did you hear?"),
        min_value=0,
        max_value=MOST_BEEPS * 10,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
