from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from annotate_site.api.edge import ApiView, caller
from annotate_site.api.serializers import MeOutput


class Me(ApiView):
    @extend_schema(responses=MeOutput, summary="Whose token this is")
    def get(self, request: Request) -> Response:
        return Response(MeOutput(caller(request)).data)


class Schema(SpectacularJSONAPIView):
    """This API as an OpenAPI document in JSON."""

    permission_classes = [IsAuthenticated]


@extend_schema(exclude=True)
class Unknown(ApiView):
    """Every other address: programs get JSON, never a page."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("there is nothing at this address; api/v1/schema/ lists what there is")
