"""Why a snapshot could not be taken, as the worker stores it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

FAILURES = (
    gettext_noop("there is no finished judgement yet; judge some comparisons on all three axes"),
    gettext_noop("there is no judgement of people yet: judge some, or include simulated ones"),
    gettext_noop(
        "the files of %(snapshot)s are gone, so its splits cannot be kept; restore them or choose "
        "another name"
    ),
    gettext_noop("%(snapshot)s was built before (%(state)s); take a new snapshot"),
)
