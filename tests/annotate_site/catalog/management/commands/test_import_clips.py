from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command

from annotate_site.catalog.models import Clip
from tests.factories.catalog import sound

pytestmark = pytest.mark.django_db


class Said(NamedTuple):
    out: list[str]
    err: list[str]


def run(source: Path, **options: str) -> Said:
    out, err = StringIO(), StringIO()
    call_command("import_clips", str(source), stdout=out, stderr=err, no_color=True, **options)
    return Said(out.getvalue().splitlines(), err.getvalue().splitlines())


def test_import_clips_imports_the_good_and_names_the_bad(tmp_path: Path) -> None:
    (tmp_path / "a good.wav").write_bytes(sound(number=1))
    (tmp_path / "b copy.wav").write_bytes(sound(number=1))
    (tmp_path / "c broken.flac").write_bytes(sound(kind="FLAC")[:200])
    (tmp_path / "d text.mp3").write_bytes(b"words, not music\n" * 50)
    (tmp_path / "e empty.ogg").write_bytes(b"")
    (tmp_path / "f last.mp3").write_bytes(sound(number=2, kind="MP3"))
    said = run(tmp_path, licence="CC-BY-4.0")
    assert said.out == [
        "skipped: b copy.wav is in the catalogue already, as “a good”",
        "2 imported, 1 there already, 3 refused",
    ]
    assert said.err == [
        "refused: c broken.flac cannot be decoded as sound; expected wav, flac, ogg or mp3",
        "refused: d text.mp3 cannot be decoded as sound; expected wav, flac, ogg or mp3",
        "refused: e empty.ogg is empty",
    ]
    assert list(Clip.objects.order_by("title").values_list("title", "licence")) == [
        ("a good", "CC-BY-4.0"),
        ("f last", "CC-BY-4.0"),
    ]


def test_import_clips_twice_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(sound())
    run(tmp_path)
    assert run(tmp_path).out[-1] == "0 imported, 1 there already, 0 refused"


def test_import_clips_takes_captions_from_a_csv(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(sound())
    listing = tmp_path / "list.csv"
    listing.write_text("file;title;caption;licence\nsong.wav;Tone;One tone.;CC0-1.0\n")
    run(listing, licence="CC-BY-4.0")
    clip = Clip.objects.get()
    assert (clip.title, clip.caption, clip.licence) == ("Tone", "One tone.", "CC0-1.0")


def test_import_clips_with_nothing_usable_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"words")
    with pytest.raises(CommandError) as caught:
        run(tmp_path)
    assert (str(caught.value), caught.value.returncode) == (
        "0 imported, 0 there already, 1 refused",
        2,
    )


def test_import_clips_from_nowhere_exits_with_2(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run(tmp_path / "none")
    assert (str(caught.value), caught.value.returncode) == (
        f"{tmp_path / 'none'} does not exist",
        2,
    )


def test_import_clips_shows_no_control_characters(tmp_path: Path) -> None:
    (tmp_path / "bad\x1b[31m\udcff.wav").write_bytes(b"words")
    (tmp_path / "song.wav").write_bytes(sound())
    assert run(tmp_path).err == ["refused: bad?[31m?.wav: the title holds bytes that are no UTF-8"]
