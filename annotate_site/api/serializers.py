from __future__ import annotations

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from annotate_site.accounts.models import Person
from annotate_site.datasets.models import Snapshot


class MeOutput(serializers.ModelSerializer[Person]):
    class Meta:
        model = Person
        fields = ["username", "role", "pseudonym"]
        read_only_fields = fields


class SnapshotOutput(serializers.ModelSerializer[Snapshot]):
    parent_version = serializers.IntegerField(
        source="parent.version", allow_null=True, default=None
    )
    url = serializers.SerializerMethodField()
    manifest_url = serializers.SerializerMethodField()

    class Meta:
        model = Snapshot
        fields = [
            "name",
            "version",
            "sha256",
            "created_at",
            "seed",
            "filters",
            "counts",
            "parent_version",
            "url",
            "manifest_url",
        ]
        read_only_fields = fields

    def get_url(self, snapshot: Snapshot) -> str:
        return self._absolute("api:snapshot", snapshot)

    def get_manifest_url(self, snapshot: Snapshot) -> str:
        return self._absolute("api:snapshot_manifest", snapshot)

    def _absolute(self, name: str, snapshot: Snapshot) -> str:
        request: Request = self.context["request"]
        return request.build_absolute_uri(reverse(name, args=[snapshot.name, snapshot.version]))
