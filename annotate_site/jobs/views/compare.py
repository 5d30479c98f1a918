from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import role_required
from annotate_site.jobs import selectors
from annotate_site.jobs.models import RunKind
from annotate_site.jobs.presentation import title_of
from annotate_site.jobs.reward_comparison import MOST_RUNS, compare_rewards
from annotate_site.jobs.words import result_in_words

_OFFERED = 40
_FEWEST = 2


@require_GET
@role_required(Role.MANAGER, Role.RESEARCHER)
def compare(request: HttpRequest) -> HttpResponse:
    """Finished reward runs side by side: `?run=ID&run=ID`; the page lets people pick them."""
    chosen = _ids(request.GET.getlist("run"))
    finished = selectors.succeeded(kind=RunKind.REWARD)
    picked = list(finished.filter(pk__in=chosen))
    picked.sort(key=lambda run: chosen.index(run.pk))
    shown = picked[:MOST_RUNS]
    context = {
        "comparison": compare_rewards(shown) if len(shown) >= _FEWEST else None,
        "offered": [
            (run, title_of(run), result_in_words(run), run in shown) for run in finished[:_OFFERED]
        ],
        "left_out": len(picked) - len(shown),
        "most": MOST_RUNS,
    }
    return render(request, "jobs/compare.html", context)


def _ids(texts: list[str]) -> list[UUID]:
    """What is no id is nobody's run."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
