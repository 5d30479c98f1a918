"""Everything that is stored about a person, as a ZIP that is made while it is sent."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy
from knox.models import AuthToken

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Judgement, Purpose, Skip
from annotate_site.core.models import AuditEvent

_BATCH = 1000
_PIECE_BYTES = 1 << 14
_README = gettext_lazy("""What this site stores about you
================================

account.json   your account; of the password there is only a hash, which is not given out
answers.csv    every answer that you gave, those included that you took back (undone_at)
answers.json   the same, one JSON object a line
skips.csv      comparisons that you passed over, with your notes
events.csv     entries of the site's log about you or by you
tokens.csv     your tokens for the API; of them too there are only hashes

In published datasets your answers stand under your pseudonym (account.json), never your name.
`left_picture` and `right_picture` are the random ids of what you saw.
Comparisons that serve to check answers are not marked as such: they work only when unknown.
""")
_PURPOSES_SHOWN = {Purpose.PRACTICE: "practice", Purpose.QUALIFICATION: "test"}

Row = dict[str, Any]


class _Outbox(io.RawIOBase):
    """What the ZIP writer has written and nobody has fetched. It cannot be wound back."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._waiting += piece
        return len(piece)

    def waits_for(self, size: int) -> bool:
        return len(self._waiting) >= size

    def fetch(self) -> bytes:
        waiting = bytes(self._waiting)
        self._waiting.clear()
        return waiting


def export_of(person: Person, *, now: datetime, language: str) -> Iterator[bytes]:
    """The pieces of the ZIP. Rows are read in batches, so that any number fits in memory."""
    outbox = _Outbox()
    with translation.override(language):  # When this goes on, nobody else's may be.
        readme = str(_README)
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_DEFLATED) as archive:
        members: list[tuple[str, Callable[[], Iterator[str]]]] = [
            ("README.txt", lambda: iter([readme])),
            ("account.json", lambda: iter([_json(_account(person, now), indent=2)])),
            ("answers.csv", lambda: _csv(_answers(person))),
            ("answers.json", lambda: (_json(row) + "\n" for row in _answers(person))),
            ("skips.csv", lambda: _csv(_skips(person))),
            ("events.csv", lambda: _csv(_events(person))),
            ("tokens.csv", lambda: _csv(_tokens(person))),
        ]
        for name, texts in members:
            with archive.open(name, "w") as member:
                for text in texts():
                    member.write(text.encode("utf-8", "replace"))
                    if outbox.waits_for(_PIECE_BYTES):
                        yield outbox.fetch()
    yield outbox.fetch()


def _account(person: Person, now: datetime) -> Row:
    names = (
        "username first_name last_name email role pseudonym standing weight external_id language "
        "consent_version consented_at instructions_version volume_checked_at date_joined last_login"
    )
    account = {name: getattr(person, name) for name in names.split()}
    return account | {"cohort": person.cohort and person.cohort.name, "exported_at": now}


def _answers(person: Person) -> Iterator[Row]:
    answers = Judgement.objects.filter(lease__annotator=person).select_related(
        "lease__comparison__clip"
    )
    for answer in answers.order_by("created_at", "pk").iterator(_BATCH):
        lease = answer.lease
        pictures = [lease.comparison.first_id, lease.comparison.second_id]
        left, right = pictures if lease.left == "first" else reversed(pictures)
        yield {
            "answered_at": answer.created_at,
            "part_of": _PURPOSES_SHOWN.get(Purpose(lease.purpose), "work"),
            "comparison": lease.comparison_id,
            "clip": lease.comparison.clip.title,
            "left_picture": left,
            "right_picture": right,
            "axis": answer.axis,
            "verdict": answer.verdict,
            "strength": answer.strength,
            "response_ms": answer.response_ms,
            "listened_share": answer.listened_share,
            "instructions_version": answer.instructions_version,
            "undone_at": answer.undone_at,
        }


def _skips(person: Person) -> Iterator[Row]:
    skips = Skip.objects.filter(lease__annotator=person).select_related("lease")
    for skip in skips.order_by("created_at").iterator(_BATCH):
        yield {
            "skipped_at": skip.created_at,
            "comparison": skip.lease.comparison_id,
            "reason": skip.reason,
            "note": skip.note,
        }


def _events(person: Person) -> Iterator[Row]:
    about = Q(subject_id=str(person.pk), subject=person.username)
    events = AuditEvent.objects.filter(about | Q(actor=person))
    for event in events.order_by("at", "pk").iterator(_BATCH):
        yield {
            "at": event.at,
            "by_you": event.actor_id == person.pk,
            "action": event.action,
            "subject": event.subject,
            "before": event.before and _json(event.before),
            "after": event.after and _json(event.after),
        }


def _tokens(person: Person) -> Iterator[Row]:
    for token in AuthToken.objects.filter(user=person).order_by("created"):
        yield {"begins_with": token.token_key, "made": token.created, "expires": token.expiry}


def _csv(rows: Iterable[Row]) -> Iterator[str]:
    """Lines with a head. Cells that a spreadsheet would run as a formula get an apostrophe."""
    stream = io.StringIO()
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(stream, fieldnames=list(row))
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _json(value: Any, *, indent: int | None = None) -> str:
    def plain(other: Any) -> str:
        return other.isoformat() if isinstance(other, datetime) else str(other)

    return json.dumps(value, ensure_ascii=False, indent=indent, default=plain)
