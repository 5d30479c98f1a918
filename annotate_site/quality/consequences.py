"""What a change of the settings means for the work that is under way, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate_site.accounts.models import Person, Role, Standing
from annotate_site.annotation.models import Project, Slot
from workbench.axes import AXES


class Difference(NamedTuple):
    label: str
    before: str
    after: str
    meaning: str


class _Work(NamedTuple):
    """What is under way now."""

    open_places: int
    comparisons: int
    annotators: int
    newcomers: int


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], labels: Mapping[str, str]
) -> list[Difference]:
    """The settings that differ, each with what follows from it."""
    work = _work()
    names = [name for name in after if name in before and before[name] != after[name]]
    return [
        Difference(
            labels.get(name, name),
            _shown(name, before[name]),
            _shown(name, after[name]),
            _meaning(name, after, work),
        )
        for name in names
    ]


def _work() -> _Work:
    places = Slot.objects.filter(done_at=None, comparison__is_open=True).aggregate(
        places=Count("pk"), comparisons=Count("comparison", distinct=True)
    )
    annotators = Person.objects.filter(role=Role.ANNOTATOR, is_active=True).aggregate(
        active=Count("pk", filter=Q(standing=Standing.ACTIVE)),
        new=Count("pk", filter=Q(standing=Standing.NEW)),
    )
    return _Work(places["places"], places["comparisons"], annotators["active"], annotators["new"])


def _shown(name: str, value: Any) -> str:
    if name == "questions":
        return ", ".join(axis for axis in AXES if value.get(axis)) or _("built-in words")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    field = Project._meta.get_field(name)
    return str(dict(getattr(field, "flatchoices", ())).get(value, "–" if value is None else value))


def _meaning(name: str, after: Mapping[str, Any], work: _Work) -> str:
    if name.startswith("overlap_") or name == "pairing":
        return ngettext(
            "Holds for comparisons published from now on. %(n)d place that is open stays.",
            "Holds for comparisons published from now on. The %(n)d places that are open stay.",
            work.open_places,
        ) % {"n": work.open_places}
    if name in {"extends", "most_overlap"}:
        if not after["extends"]:
            return _("No places are added any more; those that were added stay.")
        return ngettext(
            "Up to %(most)d annotators may be asked about the %(n)d comparison under way.",
            "Up to %(most)d annotators may be asked about each of the %(n)d comparisons under way.",
            work.comparisons,
        ) % {"n": work.comparisons, "most": after["most_overlap"]}
    if name == "questions":
        return _(
            "Answers before and after were given to different words. Each answer keeps its time, "
            "so they can be told apart; consider a new version of the instructions too."
        )
    if name in {"practice_pairs", "qualification_pairs", "qualify_share"}:
        return ngettext(
            "Holds for %(n)d person on the way in. Nobody is tested again.",
            "Holds for %(n)d people on the way in. Nobody is tested again.",
            work.newcomers,
        ) % {"n": work.newcomers}
    if name in {"pay_per_comparison", "currency", "title"}:
        return _("Nothing changes for the work itself.")
    return ngettext(
        "Holds for %(n)d active annotator from the next comparison on.",
        "Holds for %(n)d active annotators from the next comparison on.",
        work.annotators,
    ) % {"n": work.annotators}
