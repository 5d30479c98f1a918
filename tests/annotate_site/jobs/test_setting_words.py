from __future__ import annotations

import pytest
from django.utils import translation

from annotate_site.jobs.forms import launch_form
from annotate_site.jobs.models import RunKind
from annotate_site.jobs.runners.kinds import RUNNERS
from annotate_site.jobs.setting_words import DESCRIPTIONS, LABELS
from workbench.axes import AXES


def _words(kind: RunKind) -> list[tuple[str, str]]:
    """Label and help of the settings that the form of `kind` shows first."""
    fields = launch_form(kind).base_fields
    names = [name for name in RUNNERS[kind].IMPORTANT if name not in AXES]
    return [(str(fields[name].label), str(fields[name].help_text)) for name in names]


@pytest.mark.parametrize("kind", RunKind)
def test_the_settings_shown_first_are_translated(kind: RunKind) -> None:
    english = _words(kind)
    with translation.override("de"):
        german = _words(kind)
    assert {label for label, _ in english} <= {*LABELS}
    assert {told for _, told in english} <= {*DESCRIPTIONS}
    assert all(told != there for (_, told), (_, there) in zip(english, german, strict=True))
