"""The API asks of people what the judging page asks: consent and instructions, the way in."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from rest_framework.exceptions import PermissionDenied

from annotate_site.accounts.models import Person
from annotate_site.annotation.onboarding.steps import Step, page_of, step_before_work

_FIRST = {
    Step.CONSENT: "agree to the newest version of the consent",
    Step.INSTRUCTIONS: "read the newest version of the instructions",
    Step.SOUND: "check your sound",
    Step.PRACTICE: "do the practice comparisons",
    Step.TEST: "do the test",
    Step.DONE: "open the end of your way in",
}


def refuse_newcomers(person: Person, request: HttpRequest) -> None:
    """Raises PermissionDenied that names the next step, and the page on which it is done.

    Nothing of it is done through the API: people read and agree on the pages. Why the failed and
    the paused get no work, the services say.
    """
    step = step_before_work(person)
    if step is None or step == Step.CLOSED:
        return
    page = request.build_absolute_uri(reverse(f"annotation:{page_of(step)}"))
    raise PermissionDenied(f"first {_FIRST[step]}, in a browser: {page}")
