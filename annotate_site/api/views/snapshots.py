from __future__ import annotations

from typing import Any

from django import forms
from django.http import FileResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response

from annotate_site.api.edge import ApiView, ReadsDatasets
from annotate_site.api.serializers import SnapshotOutput
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.downloads import listed_file, listed_files, manifest_path
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.datasets.selectors import ready_snapshots, snapshots_newest_first

_ANY_FILE = {(200, "application/octet-stream"): OpenApiTypes.BINARY}
_NAME = OpenApiParameter("name", str, OpenApiParameter.PATH)
_VERSION = OpenApiParameter("version", int, OpenApiParameter.PATH)


class WholeNumberFilter(filters.Filter):
    """Refuses 1.5, which the stock number filter would take for 1."""

    field_class = forms.IntegerField


class SnapshotFilter(filters.FilterSet):
    """These two fields and no others: a filter must not reach into other tables."""

    name = filters.CharFilter()
    version = WholeNumberFilter()

    class Meta:
        model = Snapshot
        fields: list[str] = []


class BoundedPagination(LimitOffsetPagination):
    max_limit = 200


@extend_schema(summary="Snapshots that are ready, newest first")
class Snapshots(ApiView, ListAPIView[Snapshot]):
    permission_classes = [*ApiView.permission_classes, ReadsDatasets]
    serializer_class = SnapshotOutput
    queryset = ready_snapshots()
    filter_backends = [filters.DjangoFilterBackend]
    filterset_class = SnapshotFilter
    pagination_class = BoundedPagination


class SnapshotView(ApiView):
    permission_classes = [*ApiView.permission_classes, ReadsDatasets]

    @extend_schema(responses=SnapshotOutput, parameters=[_NAME, _VERSION], summary="One snapshot")
    def get(self, request: Request, name: str, version: int) -> Response:
        found = _ready_snapshot(name, version)
        return Response(SnapshotOutput(found, context={"request": request}).data)


class SnapshotManifest(ApiView):
    permission_classes = [*ApiView.permission_classes, ReadsDatasets]

    @extend_schema(
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
        parameters=[_NAME, _VERSION],
        summary="manifest.json, byte for byte: its sha256 is the snapshot's",
    )
    def get(self, request: Request, name: str, version: int) -> FileResponse:
        found = _ready_snapshot(name, version)
        path = manifest_path(found)
        return FileResponse(path.open("rb"), headers=_headers(found.sha256))


class SnapshotFile(ApiView):
    permission_classes = [*ApiView.permission_classes, ReadsDatasets]

    @extend_schema(
        responses=_ANY_FILE,
        parameters=[_NAME, _VERSION],
        summary="A file that the manifest names, and no other",
    )
    def get(self, request: Request, name: str, version: int, place: str) -> FileResponse:
        found = _ready_snapshot(name, version)
        path = listed_file(found, place)
        if path is None:
            raise NotFound(f"{found} has no file {place[:200]!r}; its manifest names all files")
        digest = listed_files(found)[place]
        return FileResponse(path.open("rb"), as_attachment=True, headers=_headers(digest))


def _ready_snapshot(name: str, version: int) -> Snapshot:
    found = snapshots_newest_first().filter(name=name, version=version).first()
    if found is None:
        raise NotFound(f"there is no snapshot {name}@{version}")
    if found.state != SnapshotState.READY:
        raise Refused(f"{found} is {found.state}, not ready; choose another or wait for it")
    return found


def _headers(sha256: str) -> dict[str, Any]:
    """It never changes; but only those who may read it may keep it."""
    return {"ETag": f'"{sha256}"', "Cache-Control": "private, max-age=86400, immutable"}
