from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_load_demo_says_what_is_there() -> None:
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert out.getvalue() == (
        "9 recordings (9 new) and 22 paintings (22 new) are in the catalogue\n"
    )
