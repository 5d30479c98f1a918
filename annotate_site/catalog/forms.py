from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from annotate_site.catalog.sounds import SUFFIXES

MOST_UPLOAD_BYTES = 50 << 20


class UploadForm(forms.Form):
    """A clip through the browser; what is inside the file is for the service to judge."""

    sound = forms.FileField(
        label=_("Sound file"),
        help_text=_("wav, flac, ogg or mp3; from 1 second to 15 minutes; at most 50 MiB."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        required=False,
        help_text=_("Empty: the name of the file."),
    )
    caption = forms.CharField(
        label=_("Caption"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One or two sentences: instruments, style, tempo, mood."),
    )
    licence = forms.CharField(
        label=_("Licence"),
        max_length=100,
        required=False,
        help_text=_("For example CC0-1.0 or CC-BY-4.0."),
    )
    attribution = forms.CharField(
        label=_("Attribution"),
        max_length=2_000,
        required=False,
        help_text=_("Who made it, and where it is from."),
    )

    def clean_sound(self) -> UploadedFile[Any]:
        sound: UploadedFile[Any] = self.cleaned_data["sound"]
        if (sound.size or 0) > MOST_UPLOAD_BYTES:
            raise ValidationError(_("The file has more than 50 MiB; import it with import_clips."))
        return sound
