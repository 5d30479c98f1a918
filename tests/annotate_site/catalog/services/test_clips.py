from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate_site.catalog.models import Clip
from annotate_site.catalog.services import AlreadyThere, import_clip, import_upload
from annotate_site.core.exceptions import Refused
from tests.factories.catalog import sound
from workbench.files import sha256_of_bytes

pytestmark = pytest.mark.django_db


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path, **words: str) -> str:
    with pytest.raises(Refused) as caught:
        import_clip(path=path, **{"title": "Song", **words})
    return str(caught.value)


def test_import_clip_stores_the_bytes_under_their_hash(tmp_path: Path, media_root: Path) -> None:
    content = sound(kind="OGG")
    clip = import_clip(
        path=written(tmp_path, "My Song.ogg", content),
        title="  My\tSong ",
        caption="A tone.",
        licence="CC0-1.0",
        attribution="me",
    )
    stored = Clip.objects.get()
    assert (stored.title, stored.caption, stored.licence, stored.attribution) == (
        "My Song",
        "A tone.",
        "CC0-1.0",
        "me",
    )
    assert clip.sha256 == sha256_of_bytes(content)
    assert stored.audio.name == f"audio/{clip.sha256}.ogg"
    assert [path.read_bytes() for path in (media_root / "audio").iterdir()] == [content]
    assert stored.duration_s == pytest.approx(1.5, abs=0.1)


def test_import_clip_names_the_file_by_its_content(tmp_path: Path) -> None:
    clip = import_clip(path=written(tmp_path, "song.mp3", sound(kind="FLAC")), title="Song")
    assert clip.audio.name == f"audio/{clip.sha256}.flac"


def test_import_clip_stores_odd_wav_as_flac(tmp_path: Path) -> None:
    path = written(tmp_path, "song.wav", sound(subtype="MS_ADPCM"))
    clip = import_clip(path=path, title="Song")
    info = soundfile.info(clip.audio.path)
    assert (clip.audio.name, info.format) == (f"audio/{clip.sha256}.flac", "FLAC")
    assert info.duration == pytest.approx(clip.duration_s)


def test_import_clip_refuses_known_bytes(tmp_path: Path) -> None:
    content = sound()
    first = import_clip(path=written(tmp_path, "one.wav", content), title="One")
    with pytest.raises(AlreadyThere) as caught:
        import_clip(path=written(tmp_path, "two.wav", content), title="Two")
    assert str(caught.value) == "two.wav is in the catalogue already, as “One”"
    assert caught.value.clip == first
    assert Clip.objects.count() == 1


def test_import_clip_leaves_nothing_behind_when_it_refuses(
    tmp_path: Path, media_root: Path
) -> None:
    assert refusal(written(tmp_path, "text.mp3", b"words, not sound")) == (
        "text.mp3 cannot be decoded as sound; expected wav, flac, ogg or mp3"
    )
    assert (Clip.objects.count(), media_root.exists()) == (0, False)


def test_import_clip_refuses_what_is_no_sound_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder.wav"
    folder.mkdir()
    text = written(tmp_path, "notes.txt", b"x")
    assert refusal(folder) == "folder.wav is no file"
    assert refusal(tmp_path / "none.wav") == "none.wav does not exist"
    assert refusal(text) == (
        "notes.txt does not end in one of .wav, .flac, .ogg, .oga, .opus, .mp3"
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"title": " "}, "song.wav needs a title"),
        ({"title": "x" * 201}, "song.wav: the title has 201 characters; at most 200 fit"),
        ({"title": "a\0b"}, "song.wav: the title holds a NUL character"),
        ({"title": "a\udcffb"}, "song.wav: the title holds bytes that are no UTF-8"),
        (
            {"caption": "x" * 5001},
            "song.wav: the caption has 5001 characters; at most 5000 fit",
        ),
    ],
)
def test_import_clip_refuses_bad_words(tmp_path: Path, words: dict[str, str], reason: str) -> None:
    assert refusal(written(tmp_path, "song.wav", sound()), **words) == reason


def test_import_upload_takes_its_title_from_the_file() -> None:
    clip = import_upload(upload=SimpleUploadedFile("../../My tune.wav", sound()), title="")
    assert clip.title == "My tune"


def test_import_upload_copes_with_long_names() -> None:
    upload = SimpleUploadedFile("ü" * 240 + ".wav", sound())
    clip = import_upload(upload=upload, title="Long")
    assert clip.title == "Long"
