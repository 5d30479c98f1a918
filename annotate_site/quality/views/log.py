from __future__ import annotations

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import role_required
from annotate_site.quality.log_words import action_words
from annotate_site.quality.navigation import project_page
from annotate_site.quality.selectors.log import known_actions, log_events, log_row

PAGE_SIZE = 50
_LONGEST = 150


class LogFilter(forms.Form):
    actor = forms.CharField(
        label=_("Who"),
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"placeholder": _("a user name, or “site”")}),
    )
    action = forms.ChoiceField(label=_("What"), required=False)
    about = forms.CharField(label=_("To what"), required=False, max_length=_LONGEST)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        known = [(name, action_words(name)) for name in known_actions()]
        choices = [("", _("everything")), *sorted(known, key=lambda choice: choice[1])]
        self.fields["action"].choices = choices  # type: ignore[attr-defined]


@require_safe
@role_required(Role.MANAGER)
def log(request: HttpRequest) -> HttpResponse:
    """Every change by a manager or an admin. It can be read, and nothing else."""
    form = LogFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = Paginator(log_events(**chosen), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [log_row(event) for event in page]
    return project_page(request, "log.html", {"form": form, "page": page, "rows": rows})
