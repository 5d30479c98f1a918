"""Sound and pictures. URL, headers and bytes tell nothing about the painter."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from annotate_site.catalog.byte_ranges import ByteRange, NotSatisfiable, parse_range
from annotate_site.catalog.media_files import media_path
from annotate_site.catalog.models import Candidate, Clip

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 16
_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
}


@require_safe
def audio(request: HttpRequest, clip_id: UUID) -> HttpResponseBase:
    clip = get_object_or_404(Clip.objects.only("audio", "sha256"), id=clip_id)
    return _media(request, str(clip.audio.name), etag=f'"{clip.sha256[:32]}"')


@require_safe
def image(request: HttpRequest, candidate_id: UUID) -> HttpResponseBase:
    candidate = get_object_or_404(Candidate.objects.only("image", "sha256"), id=candidate_id)
    return _media(request, str(candidate.image.name), etag=f'"{candidate.sha256[:32]}"')


def _media(request: HttpRequest, name: str, *, etag: str) -> HttpResponseBase:
    """The whole file, one range of it (206), or word that the browser has it (304)."""
    path = media_path(name)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        logger.error("the media file %s is missing", path)
        raise Http404("the file is missing") from None
    if _is_known(request, etag):
        return _with_headers(HttpResponseNotModified(), etag)
    try:
        part = _asked_range(request, size, etag)
    except NotSatisfiable:
        refusal = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        return _with_headers(refusal, etag)
    whole = ByteRange(0, size - 1)
    response = _body(request, path, part or whole)
    response["Content-Type"] = _TYPES[path.suffix]
    response["Content-Length"] = str((part or whole).length)
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    return _with_headers(response, etag)


def _is_known(request: HttpRequest, etag: str) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in {tag.removeprefix("W/") for tag in known}


def _asked_range(request: HttpRequest, size: int, etag: str) -> ByteRange | None:
    """Ranges belong to GET only, and If-Range drops them when the file is another one."""
    header = request.headers.get("Range", "")
    if request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    return parse_range(header, size)


def _body(request: HttpRequest, path: Path, part: ByteRange) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    return StreamingHttpResponse(_chunks(path, part))


def _chunks(path: Path, part: ByteRange) -> Iterator[bytes]:
    remaining = part.length
    with path.open("rb") as stream:
        stream.seek(part.first)
        while remaining > 0 and (chunk := stream.read(min(_CHUNK_BYTES, remaining))):
            remaining -= len(chunk)
            yield chunk


def _with_headers(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    # Media never change; only a signed-in person's own browser may keep them.
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Disposition"] = "inline"
    return response
