from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.downloads import listed_files, zipped
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.datasets.selectors import ready_snapshots, snapshots_newest_first
from annotate_site.datasets.tables import axis_rows
from workbench.snapshots import SPLITS

PAGE_SIZE = 25


@require_safe
@role_required(Role.MANAGER, Role.RESEARCHER)
def snapshots(request: HttpRequest) -> HttpResponse:
    """All snapshots, newest first; the table asks again while one of them is being built."""
    page = Paginator(snapshots_newest_first(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, axis_rows(row)) for row in page],
        "is_building": any(row.state == SnapshotState.BUILDING for row in page),
        "site": _site(request),
        "can_launch": person_of(request).has_role(Role.MANAGER),
    }
    part = "#table" if _is_htmx(request) else ""
    return render(request, f"datasets/snapshots.html{part}", context)


@require_safe
@role_required(Role.MANAGER, Role.RESEARCHER)
def snapshot(request: HttpRequest, name: str, version: int) -> HttpResponse:
    found = get_object_or_404(snapshots_newest_first(), name=name, version=version)
    context = {
        "snapshot": found,
        "rows": axis_rows(found),
        "splits": SPLITS,
        "site": _site(request),
        "can_launch": person_of(request).has_role(Role.MANAGER),
        **_files(found),
    }
    part = "#body" if _is_htmx(request) else ""
    return render(request, f"datasets/snapshot.html{part}", context)


@require_safe
@role_required(Role.MANAGER, Role.RESEARCHER)
def snapshot_zip(request: HttpRequest, name: str, version: int) -> HttpResponseBase:
    found = get_object_or_404(ready_snapshots(), name=name, version=version)
    try:
        content = zipped(found)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("datasets:snapshot", name=name, version=version)
    return FileResponse(content, as_attachment=True, filename=f"{name}-{version}.zip")


def _files(snapshot: Snapshot) -> dict[str, object]:
    """The files with their hashes: tables and texts by name, media only counted."""
    if snapshot.state != SnapshotState.READY:
        return {}
    try:
        files = listed_files(snapshot)
    except Refused as refusal:
        return {"refusal": str(refusal)}
    tables = {place: digest for place, digest in files.items() if not place.startswith("media/")}
    return {"files": tables, "media_count": len(files) - len(tables)}


def _is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
