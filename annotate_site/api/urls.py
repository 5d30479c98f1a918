from __future__ import annotations

from django.urls import path, re_path

from annotate_site.api.views import judging, people, snapshots

app_name = "api"

_SNAPSHOT = "snapshots/<slug:name>/<int:version>/"

urlpatterns = [
    path("schema/", people.Schema.as_view(), name="schema"),
    path("me/", people.Me.as_view(), name="me"),
    path("snapshots/", snapshots.Snapshots.as_view(), name="snapshots"),
    path(_SNAPSHOT, snapshots.SnapshotView.as_view(), name="snapshot"),
    path(f"{_SNAPSHOT}manifest", snapshots.SnapshotManifest.as_view(), name="snapshot_manifest"),
    path(f"{_SNAPSHOT}files/<path:place>", snapshots.SnapshotFile.as_view(), name="snapshot_file"),
    path("leases/", judging.Leases.as_view(), name="leases"),
    path(
        "leases/<uuid:lease_id>/judgements/<slug:axis>",
        judging.JudgementOfLease.as_view(),
        name="judgement",
    ),
    re_path("", people.Unknown.as_view(), name="unknown"),
]
