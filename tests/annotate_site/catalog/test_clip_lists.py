from __future__ import annotations

from pathlib import Path

import pytest

from annotate_site.catalog.clip_lists import ListedClip, read_clip_list
from tests.factories.catalog import sound
from workbench.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two clips, one of them in a folder below."""
    place = tmp_path / "music"
    (place / "more").mkdir(parents=True)
    (place / "one.wav").write_bytes(sound(number=1))
    (place / "more" / "two_songs.wav").write_bytes(sound(number=2))
    return place


def csv_file(folder: Path, text: str, *, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def bad_input(source: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read_clip_list(source)
    return str(caught.value)


def test_folder_gives_all_sound_below_it(folder: Path) -> None:
    (folder / "notes.txt").write_text("not sound")
    (folder / ".hidden.wav").write_bytes(sound())
    assert read_clip_list(folder) == (
        [
            ListedClip(folder / "more" / "two_songs.wav", title="two songs"),
            ListedClip(folder / "one.wav", title="one"),
        ],
        [],
    )


def test_folder_takes_the_words_of_its_captions(folder: Path) -> None:
    csv_file(folder, "file,caption,title\none.wav,A tone.,First\n", name="captions.csv")
    clips = read_clip_list(folder).clips
    assert [(clip.title, clip.caption) for clip in clips] == [
        ("First", "A tone."),
        ("two songs", ""),
    ]


def test_folder_says_what_it_cannot_read(folder: Path) -> None:
    (folder / "phone.m4a").write_bytes(b"x")
    (folder / "outside.wav").symlink_to("/etc/hostname")
    assert read_clip_list(folder).refusals == [
        f"outside.wav: points out of {folder}",
        "phone.m4a: .m4a is not read; convert it to flac or ogg",
    ]


def test_folder_without_sound_is_bad_input(tmp_path: Path) -> None:
    assert bad_input(tmp_path) == (
        f"{tmp_path} names no sound; expected .wav, .flac, .ogg, .oga, .opus, .mp3"
    )


def test_source_that_is_missing_or_odd_is_bad_input(folder: Path) -> None:
    assert bad_input(folder / "nowhere") == f"{folder / 'nowhere'} does not exist"
    odd = folder / "one.wav"
    assert bad_input(odd) == f"{odd} is neither a folder nor a .csv file"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_csv_dialects(folder: Path, separator: str, encoding: str, line_end: str) -> None:
    lines = [
        separator.join(("File", " Caption ", "licence")),
        "",
        separator.join(("one.wav", '"Größe, tempo; key\u2028""C"""', "CC0-1.0")),
    ]
    path = csv_file(folder, line_end.join(lines), encoding=encoding)
    found = read_clip_list(path)
    assert found == (
        [
            ListedClip(
                folder / "one.wav",
                title="one",
                caption='Größe, tempo; key\u2028"C"',
                licence="CC0-1.0",
            )
        ],
        [],
    )


def test_csv_may_call_the_column_path(folder: Path) -> None:
    path = csv_file(folder, "path,caption\nmore/two_songs.wav,Two.\n")
    assert [clip.caption for clip in read_clip_list(path).clips] == ["Two."]


@pytest.mark.parametrize(
    "name", ["../secret.wav", "/etc/hostname", "more/../../secret.wav", "link.wav"]
)
def test_csv_never_leaves_its_folder(folder: Path, name: str) -> None:
    (folder.parent / "secret.wav").write_bytes(sound())
    (folder / "link.wav").symlink_to(folder.parent / "secret.wav")
    path = csv_file(folder, f"file,caption\n{name},x\none.wav,fine\n")
    found = read_clip_list(path)
    assert [clip.caption for clip in found.clips] == ["fine"]
    assert found.refusals == [
        f"list.csv line 2: {name} lies outside of the CSV's folder; only files below it are read"
    ]


def test_csv_rows_that_cannot_be_followed_are_told(folder: Path) -> None:
    path = csv_file(
        folder, "file,caption\none.wav,a\none.wav,b\n,c\nnone.wav,d\none.wav,e,f\nmore,g\n"
    )
    found = read_clip_list(path)
    assert [clip.caption for clip in found.clips] == ["a"]
    assert found.refusals == [
        "list.csv line 3: one.wav is named in line 2 already",
        "list.csv line 4: names no file",
        "list.csv line 5: none.wav does not exist",
        "list.csv line 6: has more cells than the first line; put quotes around text with "
        "separators",
        "list.csv line 7: more does not exist",
    ]


def test_csv_of_another_encoding_is_bad_input(folder: Path) -> None:
    latin = csv_file(folder, "file,caption\none.wav,Größe\n", encoding="latin-1")
    assert bad_input(latin) == "list.csv is not UTF-8 (byte 23); save it as “CSV UTF-8”"
    wide = csv_file(folder, "file,caption\n", encoding="utf-16-le")
    assert bad_input(wide) == ("list.csv holds NUL characters, so it is no text; save it as UTF-8")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("name,words\n", "name, words"),
        ("file\none.wav\n", "file"),
        ("caption\nA tone.\n", "caption"),
        ("", "of nothing"),
    ],
)
def test_csv_without_its_columns_is_bad_input(folder: Path, text: str, columns: str) -> None:
    assert bad_input(csv_file(folder, text)) == (
        f"list.csv has the columns {columns}; "
        "expected file (or path) and caption, and perhaps title, licence, attribution"
    )


def test_csv_with_a_column_twice_is_bad_input(folder: Path) -> None:
    path = csv_file(folder, "file,caption,File\n")
    assert bad_input(path) == "list.csv has two columns of one name: file, caption, file"


def test_csv_with_a_huge_cell_is_bad_input(folder: Path) -> None:
    path = csv_file(folder, "file,caption\none.wav," + "x" * 200_000 + "\n")
    assert bad_input(path) == (
        "list.csv line 2 is no valid CSV: field larger than field limit (131072)"
    )


def test_csv_with_an_open_quote_is_bad_input(folder: Path) -> None:
    path = csv_file(folder, 'file,caption\none.wav,"never ends\n')
    assert bad_input(path) == "list.csv line 2 is no valid CSV: unexpected end of data"
