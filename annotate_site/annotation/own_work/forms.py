from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate_site.accounts.forms import PasswordConfirmed

KEEP, WITHDRAW = "keep", "withdraw"


class DeleteForm(PasswordConfirmed):
    answers = forms.ChoiceField(
        label=_("What becomes of my answers?"),
        choices=[
            (KEEP, _("They may stay in use, without my name.")),
            (WITHDRAW, _("Withdraw them: future datasets leave them out.")),
        ],
        widget=forms.RadioSelect,
    )
    field_order = ["answers", "password"]
