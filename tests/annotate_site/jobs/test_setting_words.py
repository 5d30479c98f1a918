from __future__ import annotations

import pytest
from django.utils import translation

from annotate_site.jobs import setting_words, setting_words_more
from annotate_site.jobs.forms import launch_form
from annotate_site.jobs.models import RunKind
from workbench.axes import AXES

LABELS = {*setting_words.LABELS, *setting_words_more.LABELS}
DESCRIPTIONS = {*setting_words.DESCRIPTIONS, *setting_words_more.DESCRIPTIONS}


def _words(kind: RunKind) -> list[tuple[str, str]]:
    """Label and help of all settings in the form of `kind`; weights have words of the form's."""
    form = launch_form(kind)
    names = [name for name in form.model.model_fields if name in form.base_fields]
    fields = [form.base_fields[name] for name in names if name not in AXES]
    return [(str(field.label), str(field.help_text)) for field in fields]


@pytest.mark.parametrize("kind", RunKind)
def test_every_setting_of_a_launch_form_is_translated(kind: RunKind) -> None:
    english = _words(kind)
    with translation.override("de"):
        german = _words(kind)
    # Whoever adds a setting adds its words to setting_words_more.
    assert {label for label, _ in english} - LABELS == set()
    assert {told for _, told in english if told} - DESCRIPTIONS == set()
    pairs = zip(english, german, strict=True)
    assert [told for (_, told), (_, there) in pairs if told and told == there] == []
