from __future__ import annotations

from django.urls import URLPattern, path, re_path
from rest_framework.views import APIView

from annotate_site.api.views import judging, people, snapshots

app_name = "api"

_SNAPSHOT = "snapshots/<slug:name>/<int:version>/"


def _with_and_without_slash(route: str, view: type[APIView], name: str) -> list[URLPattern]:
    """A redirect would lose the body of a POST or PUT. The schema names the way without."""
    return [
        path(route, view.as_view(), name=name),
        path(f"{route}/", view.as_view(schema=None)),
    ]


urlpatterns = [
    path("schema/", people.Schema.as_view(), name="schema"),
    path("me/", people.Me.as_view(), name="me"),
    path("snapshots/", snapshots.Snapshots.as_view(), name="snapshots"),
    path(_SNAPSHOT, snapshots.SnapshotView.as_view(), name="snapshot"),
    path(f"{_SNAPSHOT}manifest", snapshots.SnapshotManifest.as_view(), name="snapshot_manifest"),
    path(f"{_SNAPSHOT}files/<path:place>", snapshots.SnapshotFile.as_view(), name="snapshot_file"),
    *_with_and_without_slash("leases", judging.Leases, "leases"),
    *_with_and_without_slash(
        "leases/<uuid:lease_id>/judgements", judging.JudgementsOfLease, "judgements"
    ),
    *_with_and_without_slash(
        "leases/<uuid:lease_id>/judgements/<slug:axis>", judging.JudgementOfLease, "judgement"
    ),
    re_path("", people.Unknown.as_view(), name="unknown"),
]
