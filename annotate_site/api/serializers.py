from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from annotate_site.accounts.models import Person
from annotate_site.annotation.axes import QUESTIONS, axes_asked, next_axis
from annotate_site.annotation.models import AxisChoice, Verdict
from annotate_site.annotation.selectors import ShownComparison
from annotate_site.annotation.services import Submission
from annotate_site.datasets.models import Snapshot

MOST_RESPONSE_MS = 86_400_000


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


class QuestionOutput(serializers.Serializer[Any]):
    axis = serializers.ChoiceField(choices=AxisChoice.choices)
    text = serializers.CharField()
    definition = serializers.CharField()


class LeaseOutput(serializers.Serializer[ShownComparison]):
    """What an annotator sees: a clip, two pictures on their sides, what to answer next."""

    id = serializers.UUIDField(source="lease.id")
    clip_title = serializers.CharField(source="lease.comparison.clip.title")
    duration_s = serializers.FloatField(source="lease.comparison.clip.duration_s")
    audio_url = serializers.SerializerMethodField()
    left_url = serializers.SerializerMethodField()
    right_url = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField()
    next_axis = serializers.SerializerMethodField()
    opens_at = serializers.DateTimeField(source="lease.opens_at")
    expires_at = serializers.DateTimeField(source="lease.expires_at")

    def get_audio_url(self, shown: ShownComparison) -> str:
        return reverse("catalog:audio", args=[shown.lease.comparison.clip_id])

    def get_left_url(self, shown: ShownComparison) -> str:
        return reverse("catalog:image", args=[shown.left.pk])

    def get_right_url(self, shown: ShownComparison) -> str:
        return reverse("catalog:image", args=[shown.right.pk])

    def get_questions(self, shown: ShownComparison) -> list[dict[str, str]]:
        asked = [QUESTIONS[axis] for axis in axes_asked(shown.lease)]
        return [dict(QuestionOutput(question).data) for question in asked]

    def get_next_axis(self, shown: ShownComparison) -> str | None:
        return next_axis(shown.lease)


class JudgementInput(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    strength = serializers.IntegerField(min_value=1, max_value=2, allow_null=True, default=None)
    response_ms = serializers.IntegerField(
        min_value=0, max_value=MOST_RESPONSE_MS, allow_null=True, default=None
    )
    listened_share = serializers.FloatField(min_value=0, max_value=1, allow_null=True, default=None)


class JudgementOutput(serializers.Serializer[Submission]):
    axis = serializers.CharField(source="judgement.axis")
    verdict = serializers.CharField(source="judgement.verdict")
    next_axis = serializers.CharField(allow_null=True)
    is_complete = serializers.SerializerMethodField()

    def get_is_complete(self, submission: Submission) -> bool:
        return submission.next_axis is None
