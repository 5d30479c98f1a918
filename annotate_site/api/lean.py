"""A shorter way through the API for the loop, which is asked hundreds of times a second.

It does what `ApiView` does, with the same answers to the same refusals, without the generality:
one statement finds the token's owner, pydantic reads the body and writes the answer.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from knox.crypto import hash_token
from pydantic import BaseModel, ValidationError
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    UnsupportedMediaType,
)

from annotate_site.accounts.models import Person
from annotate_site.api.edge import ApiView, answer_refusal
from annotate_site.api.welcome import refuse_newcomers
from annotate_site.core.exceptions import Refused
from annotate_site.core.statements import Columns, Statement

MOST_BODY_BYTES = 16 * 1024
_PERSON = Columns(
    Person,
    "person",
    only=("username", "role", "pseudonym", "standing", "consent_version", "instructions_version",
          "is_simulated", "is_superuser", "is_active"),
)  # fmt: skip
_OWNER = Statement(f"""
SELECT {_PERSON.sql}
FROM knox_authtoken AS token JOIN accounts_person AS person ON person.id = token.user_id
WHERE token.digest = %(digest)s AND person.is_active
    AND (token.expiry IS NULL OR token.expiry > %(now)s)
""")

Body = TypeVar("Body", bound=BaseModel)


class BadBody(APIException):
    """Fields that are wrong: every one with its complaints."""

    status_code = 400

    def __init__(self, error: ValidationError) -> None:
        self.errors: dict[str, list[str]] = {}
        for complaint in error.errors(include_url=False, include_context=False):
            field = ".".join(map(str, complaint["loc"])) or "body"
            self.errors.setdefault(field, []).append(_sentence(complaint["type"], complaint["msg"]))
        field, (first, *_) = next(iter(self.errors.items()))
        super().__init__(f"{field}: {first}")


def _sentence(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such field; whose answer it is follows from the token and the lease"
    return message[:1].lower() + message[1:]


class TooBig(APIException):
    status_code = 413
    default_detail = f"the body is larger than {MOST_BODY_BYTES} bytes"


class LeanView(ApiView):
    """Its methods take the person and the request, and return a pydantic model; None is 204."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        method = (request.method or "").lower()
        if method not in {"post", "put"} or not hasattr(self, method):
            return super().dispatch(request, *args, **kwargs)
        try:
            person = person_calling(request)
            refuse_newcomers(person, request)
            message = getattr(self, method)(person, request, **kwargs)
        except (APIException, Http404, Refused, RequestDataTooBig) as error:
            return _refusal(error)
        if message is None:
            return HttpResponse(status=204)
        return HttpResponse(message.model_dump_json(), content_type="application/json")


def person_calling(request: HttpRequest) -> Person:
    """The owner of the token, else of the session, which needs the CSRF token to write."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "token":
        values = {"digest": hash_token(token), "now": timezone.now()}
        rows = _OWNER.rows(values) if token else []
        if not rows:
            raise _unknown(AuthenticationFailed("Invalid token."))
        return cast(Person, _PERSON.row(rows[0]))
    if not request.user.is_authenticated:
        raise _unknown(NotAuthenticated())
    SessionAuthentication().enforce_csrf(request)  # type: ignore[arg-type]
    return request.user


def _unknown(error: APIException) -> APIException:
    error.auth_header = "Token"  # type: ignore[attr-defined]
    return error


def body_of(request: HttpRequest, model: type[Body]) -> Body:
    """The request's JSON. Raises APIException for any other kind, size or content."""
    body = _limited(request)
    if not body and not model.model_fields:
        return model()
    if request.content_type != "application/json":
        raise UnsupportedMediaType(request.content_type or "")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise BadBody(error) from None


def _limited(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if (length.isdigit() and int(length) > MOST_BODY_BYTES) or len(request.body) > MOST_BODY_BYTES:
        raise TooBig
    return request.body


def _refusal(error: Exception) -> JsonResponse:
    """As `answer_refusal` words it."""
    response = answer_refusal(error, {})
    assert response is not None
    content = response.data
    if isinstance(error, BadBody):
        content = {"detail": error.detail, "errors": error.errors}
    headers = {"WWW-Authenticate": "Token"} if "WWW-Authenticate" in response.headers else None
    return JsonResponse(content, status=response.status_code, headers=headers)
