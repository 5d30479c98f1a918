from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from annotate_site.annotation.models import Document


def said() -> str:
    stream = io.StringIO()
    call_command("publish_documents", stdout=stream)
    return stream.getvalue()


@pytest.mark.django_db
def test_publish_documents_publishes_what_is_missing_once():
    assert said().splitlines() == [
        "Consent 1 (de)",
        "Consent 1 (en)",
        "Instructions 1 (de)",
        "Instructions 1 (en)",
    ]
    assert said() == "there is a version of each already; nothing was changed\n"
    assert Document.objects.count() == 4
