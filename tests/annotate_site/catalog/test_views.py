from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotate_site.catalog.models import Clip
from tests.factories.catalog import CandidateFactory, ClipFactory, PainterFactory, sound

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 3])
def test_clips_needs_few_queries(manager: Client, django_assert_num_queries, count: int) -> None:
    for clip in ClipFactory.create_batch(count):
        CandidateFactory.create_batch(2, clip=clip)
    with django_assert_num_queries(4):  # session, person, number of clips, clips
        response = manager.get(reverse("catalog:clips"))
    assert len(response.context["rows"]) == count


def test_clips_shows_what_is_known(researcher: Client) -> None:
    descriptors = {
        "key": {"value": "A minor"},
        "tempo": {"bpm": 119.6},
        "time_signature": {"value": None},
        "mood": {"value": "calm"},
    }
    clip = ClipFactory(title="A <b>bold</b> tune", descriptors=descriptors)
    response = researcher.get(reverse("catalog:clips"))
    assert response.context["rows"] == [(clip, ["A minor", "120 bpm"])]
    page = response.content.decode()
    assert "A &lt;b&gt;bold&lt;/b&gt; tune" in page
    assert reverse("catalog:audio", args=[clip.id]) in page


@pytest.mark.parametrize("descriptors", [[], "x", {"key": 3}, {"key": {"value": [1]}}])
def test_clips_bears_odd_descriptors(manager: Client, descriptors: object) -> None:
    clip = ClipFactory(descriptors=descriptors)
    assert manager.get(reverse("catalog:clips")).context["rows"] == [(clip, [])]


def test_clips_without_any_says_what_to_do(manager: Client) -> None:
    assert "No music yet" in manager.get(reverse("catalog:clips")).content.decode()


def test_clips_come_in_pages(manager: Client) -> None:
    ClipFactory.create_batch(31)
    assert len(manager.get(reverse("catalog:clips"), {"page": "2"}).context["rows"]) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_clip_groups_candidates_by_painter(
    manager: Client, django_assert_num_queries, count: int
) -> None:
    clip = ClipFactory()
    old, new = PainterFactory(generation=0), PainterFactory(generation=1)
    for painter in (old, new):
        CandidateFactory.create_batch(count, clip=clip, painter=painter)
    with django_assert_num_queries(4):  # session, person, clip, candidates with painters
        response = manager.get(reverse("catalog:clip", args=[clip.id]))
    groups = [(painter, len(group)) for painter, group in response.context["painters"]]
    assert groups == [(new, count), (old, count)]


@pytest.mark.parametrize("name", ["catalog:clips", "catalog:upload"])
def test_annotators_see_no_catalogue(annotator: Client, name: str) -> None:
    assert annotator.get(reverse(name)).status_code == 403


def test_annotators_see_no_clip_page(annotator: Client) -> None:
    assert annotator.get(reverse("catalog:clip", args=[ClipFactory().id])).status_code == 403


def test_researchers_upload_nothing(researcher: Client) -> None:
    assert researcher.get(reverse("catalog:upload")).status_code == 403


def test_credits_are_for_everybody_signed_in(annotator: Client, client: Client) -> None:
    ClipFactory(title="Reel", attribution="a fiddler", licence="CC-BY-3.0")
    CandidateFactory(title="Wave", attribution="a painter")
    page = annotator.get(reverse("catalog:credits")).content.decode()
    assert [
        word in page for word in ("Reel", "a fiddler", "licenses/by/3.0/", "Wave", "a painter")
    ] == ([True] * 5)
    assert client.get(reverse("catalog:credits")).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_credits_needs_few_queries(
    annotator: Client, django_assert_num_queries, count: int
) -> None:
    CandidateFactory.create_batch(count, attribution="a painter")
    with django_assert_num_queries(4):  # session, person, clips, pictures
        annotator.get(reverse("catalog:credits"))


def post(client: Client, content: bytes, **fields: str):
    upload = SimpleUploadedFile("tune.wav", content, content_type="audio/wav")
    return client.post(reverse("catalog:upload"), {"sound": upload, **fields})


def test_upload_adds_a_clip(manager: Client) -> None:
    response = post(manager, sound(), caption="A tone.", licence="CC0-1.0")
    clip = Clip.objects.get()
    assert (clip.title, clip.caption, clip.licence) == ("tune", "A tone.", "CC0-1.0")
    assert (response.status_code, response["Location"]) == (
        302,
        reverse("catalog:clip", args=[clip.id]),
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"words", "tune.wav cannot be decoded as sound; expected wav, flac, ogg or mp3."),
        (b"", "The submitted file is empty."),
    ],
)
def test_upload_says_what_is_wrong(manager: Client, content: bytes, reason: str) -> None:
    response = post(manager, content, title="Kept")
    assert response.status_code == 422
    assert response.context["form"].errors == {"sound": [reason]}
    assert 'value="Kept"' in response.content.decode()
    assert Clip.objects.count() == 0


def test_upload_twice_is_refused(manager: Client) -> None:
    post(manager, sound())
    assert post(manager, sound()).context["form"].errors == {
        "sound": ["tune.wav is in the catalogue already, as “tune”."]
    }


def test_upload_without_a_file_is_refused(manager: Client) -> None:
    response = manager.post(reverse("catalog:upload"), {"title": "x"})
    assert response.context["form"].errors == {"sound": ["This field is required."]}


def test_upload_of_a_huge_body_is_turned_away_unread(manager: Client) -> None:
    response = manager.generic(
        "POST",
        reverse("catalog:upload"),
        b"x",
        content_type="multipart/form-data; boundary=b",
        headers={"content-length": str(60 << 20)},
    )
    assert response.status_code == 413
    assert "more than 50 MiB" in response.content.decode()


def test_upload_of_a_large_file_is_refused(manager: Client) -> None:
    response = post(manager, b"x" * ((50 << 20) + 1))
    assert response.context["form"].errors == {
        "sound": ["The file has more than 50 MiB; import it with import_clips."]
    }


def test_upload_needs_the_csrf_token(manager: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = manager.cookies
    assert (post(strict, sound()).status_code, Clip.objects.count()) == (403, 0)
