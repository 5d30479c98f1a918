"""What every view of the API shares: who may call, what may be sent, how a refusal looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from annotate_site.accounts.models import Person, Role
from annotate_site.core.exceptions import Refused


class ShallowJSONParser(JSONParser):
    """JSON whose nesting cannot exhaust the stack."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("the JSON is nested too deeply") from None


class ReadsDatasets(BasePermission):
    message = "this needs the role of researcher, manager or admin"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return caller(request).has_role(Role.RESEARCHER, Role.MANAGER)


def caller(request: Request) -> Person:
    """The person whose token or session it is; permissions have turned everybody else away."""
    return cast(Person, request.user)


class ApiView(APIView):
    """Takes small, shallow JSON and answers every refusal with `{"detail": one sentence}`."""

    parser_classes = [ShallowJSONParser]

    def get_exception_handler(self) -> Any:
        return answer_refusal


def answer_refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """A rule of the site gives 409; wrong fields give 400 with all of them in `errors`."""
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return Response({"detail": f"the body is larger than {most} bytes"}, status=413)
    if isinstance(error, Refused):
        return Response({"detail": str(error)}, status=409)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, ValidationError):
        response.data = {"detail": _sentence(error.detail), "errors": error.detail}
    return response


def _sentence(detail: Any) -> str:
    """The first complaint, with the name of its field."""
    if isinstance(detail, Mapping):
        field, complaints = next(iter(detail.items()))
        return (
            _sentence(complaints)
            if field == "non_field_errors"
            else f"{field}: {_sentence(complaints)}"
        )
    return _sentence(detail[0]) if isinstance(detail, list) else str(detail)
