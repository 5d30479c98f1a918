from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Document
from annotate_site.annotation.services.documents import newest_versions, publish_document
from annotate_site.core.exceptions import Refused


def publish_text(
    *, kind: str, texts: Mapping[str, str], based_on: int, by: Person
) -> list[Document]:
    """A new version, written by somebody who had version `based_on` in front of them (0: none).

    Refused when somebody else has published meanwhile, or when nothing differs.
    """
    newest = newest_versions().get(kind, 0)
    if newest != based_on:
        raise Refused(
            _(
                "version %(newest)s has been published since you opened version %(old)s; "
                "compare the two and carry your changes over"
            )
            % {"newest": newest, "old": based_on}
        )
    texts = {language: _lines(text) for language, text in texts.items() if text.strip()}
    if texts == texts_of(kind, newest):
        raise Refused(_("nothing has changed, so there is no new version"))
    try:
        with transaction.atomic():
            return publish_document(kind=kind, texts=texts, by=by)
    except IntegrityError:
        raise Refused(
            _("somebody else has published at the same moment; look at it first")
        ) from None


def texts_of(kind: str, version: int) -> dict[str, str]:
    """Language to text of one version; empty when there is no such version."""
    rows = Document.objects.filter(kind=kind, version=version).order_by("language")
    return {row.language: _lines(row.text) for row in rows}


def _lines(text: str) -> str:
    """As browsers send it, with the line ends of everything else."""
    return text.replace("\r\n", "\n").strip() + "\n"
