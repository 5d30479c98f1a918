"""What the log's actions are called: one sentence part for each, as the site speaks to people."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

ACTIONS = {
    "cohort.changed": gettext_noop("changed a cohort"),
    "cohort.code_renewed": gettext_noop("renewed a completion code"),
    "cohort.created": gettext_noop("made a cohort"),
    "comparison.referred": gettext_noop("referred a comparison"),
    "comparison.reviewed": gettext_noop("looked at skipped content"),
    "comparison.settled": gettext_noop("settled a disagreement"),
    "document.published": gettext_noop("published a text"),
    "gold.changed": gettext_noop("changed a known answer"),
    "gold.created": gettext_noop("made a known answer"),
    "invitation.created": gettext_noop("made an invitation"),
    "invitation.revoked": gettext_noop("revoked an invitation"),
    "person.excluded": gettext_noop("took the answers of a person out"),
    "person.failed": gettext_noop("let a test end without success"),
    "person.included": gettext_noop("took the answers of a person in again"),
    "person.moved": gettext_noop("moved a person to another cohort"),
    "person.password_renewed": gettext_noop("renewed a password"),
    "person.paused": gettext_noop("paused a person"),
    "person.qualified": gettext_noop("let a person in after the test"),
    "person.reactivated": gettext_noop("let a paused person work again"),
    "person.restarted": gettext_noop("sent a person through the way in again"),
    "project.changed": gettext_noop("changed the project"),
}


def action_words(action: str) -> str:
    """In words; an action that is not known, as a program calls it."""
    return gettext(ACTIONS[action]) if action in ACTIONS else action
