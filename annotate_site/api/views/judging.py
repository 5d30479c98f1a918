from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from annotate_site.annotation.models import Lease
from annotate_site.annotation.selectors import shown_comparison
from annotate_site.annotation.services import next_lease, submit_judgement
from annotate_site.api.edge import ApiView, caller
from annotate_site.api.serializers import JudgementInput, JudgementOutput, LeaseOutput


class Leases(ApiView):
    @extend_schema(
        request=None,
        responses={200: LeaseOutput, 204: None},
        summary="The comparison in hand, else the next one; 204 when none is left",
    )
    def post(self, request: Request) -> Response:
        lease = next_lease(annotator=caller(request), now=timezone.now())
        if lease is None:
            return Response(status=204)
        return Response(LeaseOutput(shown_comparison(lease)).data)


class JudgementOfLease(ApiView):
    @extend_schema(
        request=JudgementInput,
        responses=JudgementOutput,
        summary="Answer one axis; sending the same answer again changes nothing",
    )
    def put(self, request: Request, lease_id: UUID, axis: str) -> Response:
        person = caller(request)
        if not Lease.objects.filter(pk=lease_id, annotator=person).exists():
            raise NotFound("this comparison is not among yours; POST leases/ gives you one")
        answer = JudgementInput(data=request.data)
        answer.is_valid(raise_exception=True)
        submission = submit_judgement(
            annotator=person,
            lease_id=lease_id,
            axis=axis,
            now=timezone.now(),
            **answer.validated_data,
        )
        return Response(JudgementOutput(submission).data)
