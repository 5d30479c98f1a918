from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotate_site.catalog.models import Clip
from annotate_site.catalog.services import add_candidate
from tests.factories.catalog import CandidateFactory, ClipFactory, PainterFactory, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip() -> Clip:
    return ClipFactory()


@pytest.fixture
def url(clip: Clip) -> str:
    return reverse("catalog:audio", args=[clip.id])


@pytest.fixture
def content(clip: Clip) -> bytes:
    return Path(clip.audio.path).read_bytes()


def body(response: object) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_audio_sends_the_whole_file(annotator: Client, url: str, content: bytes) -> None:
    response = annotator.get(url)
    assert (response.status_code, body(response)) == (200, content)
    assert response["Content-Type"] == "audio/wav"
    assert response["Content-Length"] == str(len(content))
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["Content-Disposition"] == "inline"


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=1000-", 1000, None), ("bytes=-10", -10, None)],
)
def test_audio_sends_a_range(
    annotator: Client, url: str, content: bytes, header: str, first: int, last: int | None
) -> None:
    response = annotator.get(url, headers={"range": header})
    expected = content[first : None if last is None else last + 1]
    start = first % len(content)
    assert (response.status_code, body(response)) == (206, expected)
    assert response["Content-Length"] == str(len(expected))
    assert response["Content-Range"] == (
        f"bytes {start}-{start + len(expected) - 1}/{len(content)}"
    )


def test_audio_range_longer_than_a_chunk(annotator: Client) -> None:
    clip = ClipFactory(duration_s=12.0)
    content = Path(clip.audio.path).read_bytes()
    response = annotator.get(
        reverse("catalog:audio", args=[clip.id]), headers={"range": "bytes=10-150009"}
    )
    assert body(response) == content[10:150010]


def test_audio_range_behind_the_end_is_416(annotator: Client, url: str, content: bytes) -> None:
    response = annotator.get(url, headers={"range": "bytes=9999999-"})
    assert (response.status_code, response.content) == (416, b"")
    assert response["Content-Range"] == f"bytes */{len(content)}"


def test_audio_several_ranges_give_the_whole(annotator: Client, url: str, content: bytes) -> None:
    response = annotator.get(url, headers={"range": "bytes=0-1,5-6"})
    assert (response.status_code, body(response)) == (200, content)


def test_audio_head_has_headers_only(annotator: Client, url: str, content: bytes) -> None:
    response = annotator.head(url, headers={"range": "bytes=0-9"})
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(content))
    assert response["Accept-Ranges"] == "bytes"


def test_audio_known_to_the_browser_is_304(annotator: Client, url: str) -> None:
    etag = annotator.head(url)["ETag"]
    response = annotator.get(url, headers={"if-none-match": f'"other", W/{etag}'})
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)


def test_audio_if_range_of_another_file_gives_the_whole(
    annotator: Client, url: str, content: bytes
) -> None:
    etag = annotator.head(url)["ETag"]
    headers = {"range": "bytes=0-9", "if-range": '"other"'}
    assert body(annotator.get(url, headers=headers)) == content
    assert body(annotator.get(url, headers=headers | {"if-range": etag})) == content[:10]


def test_audio_is_for_signed_in_people(client: Client, url: str) -> None:
    response = client.get(url)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={url}")


def test_audio_refuses_writes(annotator: Client, url: str) -> None:
    assert annotator.post(url)["Allow"] == "GET, HEAD"


def test_audio_of_an_unknown_clip_is_404(annotator: Client) -> None:
    assert annotator.get(reverse("catalog:audio", args=[uuid4()])).status_code == 404


def test_audio_without_its_file_is_404(annotator: Client, clip: Clip, url: str) -> None:
    Path(clip.audio.path).unlink()
    assert annotator.get(url).status_code == 404


def test_image_tells_nothing_about_its_painter(annotator: Client) -> None:
    painter = PainterFactory(name="secretive-painter")
    candidate = add_candidate(
        clip=ClipFactory(),
        painter=painter,
        content=picture(size=(20, 20), kind="JPEG"),
        prompt="a secretive prompt",
        title="Secretive title",
        seed=77,
    )
    url = reverse("catalog:image", args=[candidate.id])
    response = annotator.get(url)
    content = body(response)
    everything = (url + str(response.headers)).encode() + content
    assert b"ecretive" not in everything
    assert str(painter.id).encode() not in everything
    assert response["Content-Type"] == "image/png"
    assert "Last-Modified" not in response.headers


def test_image_headers_are_alike_for_all_painters(annotator: Client) -> None:
    clip = ClipFactory()
    headers = [
        annotator.head(reverse("catalog:image", args=[candidate.id])).headers
        for candidate in (CandidateFactory(clip=clip), CandidateFactory(clip=clip))
    ]
    names = [sorted(found) for found in headers]
    assert names[0] == names[1]


def test_image_of_an_unknown_candidate_is_404(annotator: Client) -> None:
    assert annotator.get(reverse("catalog:image", args=[uuid4()])).status_code == 404
