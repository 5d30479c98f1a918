from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotate_site.accounts import services, throttle
from annotate_site.accounts.models import Person

_MOST_PASSWORD = 1_000  # Hashing a longer one would only keep the server busy.


class TokenForm(forms.Form):
    days = forms.IntegerField(
        label=_("Days until it expires"),
        min_value=1,
        max_value=services.MOST_TOKEN_DAYS,
        initial=90,
    )


class SignInForm(AuthenticationForm):
    """Django's, with a pause after many wrong passwords."""

    def clean(self) -> dict[str, Any]:
        username = str(self.cleaned_data.get("username", ""))
        assert self.request is not None
        where = {"username": username, "address": throttle.address_of(self.request)}
        now = timezone.now()
        if throttle.is_held_off(**where, now=now):
            minutes = throttle.WINDOW.seconds // 60
            raise ValidationError(
                _("Too many wrong passwords. Please try again in %(minutes)d minutes."),
                params={"minutes": minutes},
            )
        try:
            return super().clean()
        except ValidationError:
            throttle.note_failure(**where, now=now)
            raise


class JoinForm(forms.Form):
    """User name and password; everything else comes from the invitation."""

    username = UsernameField(
        label=_("User name"),
        max_length=150,
        help_text=_(
            "Letters, digits and @ . + - _ only. It need not be your real name; "
            "exported answers never show it."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=_MOST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"),
        strip=False,
        max_length=_MOST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if {"password", "again"} <= values.keys() and values["password"] != values["again"]:
            self.add_error("again", _("The two passwords differ."))
        return values


class PasswordConfirmed(forms.Form):
    """A step that wants the person's password once more."""

    password = forms.CharField(
        label=_("Your password, to be sure that it is you"),
        strip=False,
        max_length=_MOST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, person: Person, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person
        self._address = address

    def clean_password(self) -> str:
        where = {"username": self._person.username, "address": self._address}
        now = timezone.now()
        if throttle.is_held_off(**where, now=now):
            raise ValidationError(_("Too many wrong passwords. Please try again later."))
        password = str(self.cleaned_data["password"])
        if not self._person.check_password(password):
            throttle.note_failure(**where, now=now)
            raise ValidationError(_("This is not your password."))
        return password
