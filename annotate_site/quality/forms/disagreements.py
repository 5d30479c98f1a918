from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate_site.annotation.models import AxisChoice
from annotate_site.quality.services.adjudications import MOST_NOTE, OPEN
from workbench.axes import AXES

VERDICTS = [
    ("first", _("The first picture")),
    ("second", _("The second picture")),
    ("tie", _("Equal")),
    ("none", _("Cannot be told")),
    (OPEN, _("Leave it open")),
]


class QueueFilter(forms.Form):
    axis = forms.ChoiceField(
        label=_("Axis"), required=False, choices=[("", _("all")), *AxisChoice.choices]
    )
    simulated = forms.BooleanField(label=_("With simulated annotators"), required=False)


class SettleForm(forms.Form):
    """A verdict per axis; what is left out stays as it is."""

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=MOST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why; for those who look at it later."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for axis in AXES:
            self.fields[axis] = forms.ChoiceField(choices=VERDICTS, required=False)

    def verdicts(self) -> dict[str, str]:
        return {axis: self.cleaned_data[axis] for axis in AXES if self.cleaned_data[axis]}
