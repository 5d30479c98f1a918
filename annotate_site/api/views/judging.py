from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ParseError

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import Lease
from annotate_site.annotation.selectors import shown_comparison
from annotate_site.annotation.services import next_lease, submit_judgement, submit_judgements
from annotate_site.api.lean import LeanView, body_of
from annotate_site.api.messages import (
    JudgementInput,
    JudgementMessage,
    JudgementsInput,
    JudgementsMessage,
    LeaseMessage,
    Nothing,
    judgement_message,
    judgements_message,
    lease_message,
)
from annotate_site.core.exceptions import Refused


class Leases(LeanView):
    @extend_schema(
        request=None,
        responses={200: LeaseMessage, 204: None},
        summary="The comparison in hand, else the next one; 204 when none is left",
    )
    def post(self, person: Person, request: HttpRequest) -> LeaseMessage | None:
        body_of(request, Nothing)
        return _next(person)


class JudgementOfLease(LeanView):
    @extend_schema(
        request=JudgementInput,
        responses=JudgementMessage,
        summary="Answer one axis; sending the same answer again changes nothing",
    )
    def put(
        self, person: Person, request: HttpRequest, lease_id: UUID, axis: str
    ) -> JudgementMessage:
        answer = body_of(request, JudgementInput)
        try:
            submission = submit_judgement(
                annotator=person, lease_id=lease_id, axis=axis, now=timezone.now(), **dict(answer)
            )
        except Refused:
            _not_found_unless_own(person, lease_id)
            raise
        return judgement_message(submission)


class JudgementsOfLease(LeanView):
    @extend_schema(
        request=JudgementsInput,
        responses=JudgementsMessage,
        parameters=[
            OpenApiParameter("next", enum=["0", "1"], description="1: return the next lease too.")
        ],
        summary="Answer all axes at once: all are stored, or none; 1 in `next` hands out the next",
    )
    def put(self, person: Person, request: HttpRequest, lease_id: UUID) -> JudgementsMessage:
        wants_next = request.GET.get("next", "0")
        if wants_next not in {"0", "1"}:
            raise ParseError("next is 0 or 1")
        answers = [answer.answer() for answer in body_of(request, JudgementsInput).judgements]
        try:
            stored = submit_judgements(
                annotator=person, lease_id=lease_id, answers=answers, now=timezone.now()
            )
        except Refused:
            _not_found_unless_own(person, lease_id)
            raise
        message = judgements_message(stored)
        if wants_next == "1":
            try:
                message.next = _next(person)
            except Refused as refusal:  # The answers are stored; that must not look otherwise.
                message.why_none = str(refusal)
        return message


def _next(person: Person) -> LeaseMessage | None:
    lease = next_lease(annotator=person, now=timezone.now())
    return None if lease is None else lease_message(shown_comparison(lease))


def _not_found_unless_own(person: Person, lease_id: UUID) -> None:
    if not Lease.objects.filter(pk=lease_id, annotator=person).exists():
        raise NotFound("this comparison is not among yours; POST leases gives you one") from None
