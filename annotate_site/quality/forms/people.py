from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate_site.accounts.models import Cohort, Person, Role, Standing
from annotate_site.quality.services.cohorts import MOST_DUE

_ANY = [("", _("all"))]
_LONGEST = 100
MOST_DAYS, MOST_USES = 365, 10_000


def _cohorts(label: Any, empty: Any) -> forms.ModelChoiceField[Cohort]:
    return forms.ModelChoiceField(
        Cohort.objects.order_by("name"), required=False, label=label, empty_label=empty
    )


class PeopleFilter(forms.Form):
    search = forms.CharField(
        label=_("Name or platform id"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[*_ANY, *Role.choices])
    standing = forms.ChoiceField(
        label=_("Standing"), required=False, choices=[*_ANY, *Standing.choices]
    )
    cohort = _cohorts(_("Cohort"), _("all"))
    excluded = forms.BooleanField(label=_("Excluded only"), required=False)


class InvitationForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"))
    cohort = _cohorts(_("Cohort"), _("none"))
    most_uses = forms.IntegerField(
        label=_("People"),
        min_value=1,
        max_value=MOST_USES,
        initial=1,
        help_text=_("How many may sign up with the link."),
    )
    days = forms.IntegerField(
        label=_("Days until it expires"), min_value=1, max_value=MOST_DAYS, initial=14
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=200, help_text=_("For you: whom it is for.")
    )

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            choice for choice in Role.choices if by.has_role(Role.ADMIN) or choice[0] != Role.ADMIN
        ]


class CohortForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=_LONGEST)
    comparisons_due = forms.IntegerField(
        label=_("Comparisons due"),
        min_value=0,
        max_value=MOST_DUE,
        initial=0,
        help_text=_("How many each judges before the completion code is shown; 0: any."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=500)


class CohortChangeForm(CohortForm):
    name = None  # type: ignore[assignment]  # a name is what people were told; it stays


class PersonChange(forms.Form):
    """What to do with a person: one of the buttons on their page."""

    action = forms.ChoiceField(
        choices=[
            (name, name)
            for name in (
                "pause",
                "reactivate",
                "restart",
                "exclude",
                "include",
                "password",
                "move",
            )
        ]
    )
    reason = forms.CharField(required=False, max_length=500)
    cohort = _cohorts(_("Cohort"), _("none"))


def first_error(form: forms.BaseForm) -> str:
    """One sentence about the first field that is wrong, naming it."""
    name, errors = next(iter(form.errors.items()))
    return f"{form[name].label}: {errors[0]}" if name in form.fields else str(errors[0])
