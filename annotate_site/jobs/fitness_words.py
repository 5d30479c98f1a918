"""The verdict on a reward model, as the page tells it; rlhf gives and stores it in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from annotate_site.core.stored_words import retold

KNOWN = (
    gettext_noop("fit"),
    gettext_noop("unfit"),
    gettext_noop("no test pair was decided, so nothing shows that it beats chance"),
    gettext_noop("all decided test pairs are of one clip, which says nothing of others"),
    gettext_noop(
        "its accuracy on %(n)s decided test pairs, %(accuracy)s [%(low)s, %(high)s], does not "
        "exclude chance (%(chance)s)"
    ),
    gettext_noop(
        "it ranks pictures as the %(axis)s model does (Spearman %(rank)s on %(n)s pictures; "
        "beyond %(limit)s two axes are one)"
    ),
    gettext_noop(
        "it ranks pictures just against what the %(axis)s model does (Spearman %(rank)s on %(n)s "
        "pictures; beyond %(limit)s two axes are one)"
    ),
)


def fitness_words(fitness: Mapping[str, Any]) -> list[str]:
    """The verdict and its reasons; empty where there is none."""
    stored = [fitness.get("verdict"), *fitness.get("reasons", [])]
    return [retold(sentence, KNOWN) for sentence in stored if sentence]
