"""What the judging page's scripts say, in the language of the page.

`%(name)s` is filled in by static/judge/words.js. A pair is for one and for several.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Words = dict[str, str | list[str]]


def page_words() -> Words:
    return _of_the_gate() | _of_answers() | _of_the_network() | _of_the_pictures()


def _of_the_gate() -> Words:
    return {
        "listen": [
            ngettext("Listen %(n)s second to answer", "Listen %(n)s seconds to answer", count)
            for count in (1, 2)
        ],
        "listen_more": [
            ngettext(
                "Listen %(n)s more second to answer", "Listen %(n)s more seconds to answer", count
            )
            for count in (1, 2)
        ],
        "covered": _("Show the covered picture first, or skip this comparison."),
        "play": _("Play the music"),
        "pause": _("Pause the music"),
        "position": _("%(at)s of %(length)s"),
        "no_music": _(
            "The music cannot be played. Reload the page, or skip and say that you hear nothing."
        ),
    }


def _of_answers() -> Words:
    return {
        "left": _("Left"),
        "right": _("Right"),
        "tie": _("Equal"),
        "cannot_tell": _("Cannot tell"),
        "much": _("much"),
        "saved": _("%(answer)s."),
        "saved_much": _("%(answer)s, much better."),
        "undone": _("Undone."),
        "skipped": _("Skipped."),
        "next": _("Next comparison."),
        "nothing_to_undo": _("There is nothing to undo."),
    }


def _of_the_network() -> Words:
    return {
        "offline": [
            ngettext(
                "No connection. %(n)s answer is kept here and will be sent by itself.",
                "No connection. %(n)s answers are kept here and will be sent by themselves.",
                count,
            )
            for count in (1, 2)
        ],
        "sending": [
            ngettext(
                "Sending %(n)s answer that was kept here …",
                "Sending %(n)s answers that were kept here …",
                count,
            )
            for count in (1, 2)
        ],
        "all_sent": _("Connected again. All your answers are stored."),
        "one_moment": _("One moment: the next comparison is on its way."),
        "elsewhere": _("You went on in another window. Here is where you are now."),
    }


def _of_the_pictures() -> Words:
    return {
        "zoomed": _("Both pictures enlarged %(factor)s times."),
        "zoomed_out": _("Both pictures in full."),
    }
