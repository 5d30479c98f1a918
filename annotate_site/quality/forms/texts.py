from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language_info

from annotate_site.annotation.services.documents import MOST_CHARACTERS


class TextForm(forms.Form):
    """One text per language; a language that is left empty is left out."""

    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, languages: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = list(languages)
        for language in self.languages:
            self.fields[f"text_{language}"] = forms.CharField(
                label=language_name(language),
                required=language == "en",
                max_length=MOST_CHARACTERS,
                strip=False,
                widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
            )

    def texts(self) -> dict[str, str]:
        return {language: self.cleaned_data[f"text_{language}"] for language in self.languages}

    def text_fields(self) -> list[tuple[str, forms.BoundField]]:
        return [(language, self[f"text_{language}"]) for language in self.languages]


class PreviewForm(forms.Form):
    text = forms.CharField(max_length=MOST_CHARACTERS, strip=False, required=False)


def language_name(code: str) -> str:
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code
