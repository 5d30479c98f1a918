"""Both commands through the door of musepainter.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from generation.adapters import ADAPTER_FILE
from generation.painter import painter_hash
from musepainter import command_line
from workbench.files import sha256_of_file
from workbench.manifests import ClipEntry, ImageEntry, read_manifest, write_manifest


def run(*arguments: str | Path) -> Result:
    given = [str(argument) for argument in arguments]
    return CliRunner().invoke(command_line(given), given)


def answer(*arguments: str | Path) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def complaint(result: Result) -> tuple[int, str]:
    return result.exit_code, " ".join(result.stderr.split())


@pytest.fixture
def clips(tmp_path: Path, waltz: Path) -> Path:
    """Two usable clips, one of them under a hostile id, and a text renamed to mp3 between them."""
    (tmp_path / "letter.mp3").write_text("Dear listener, this is no music.")
    noise = 0.1 * np.random.default_rng(0).standard_normal(22_050)
    soundfile.write(tmp_path / "noise.flac", noise, 22_050)
    manifest = tmp_path / "clips.jsonl"
    entries = [
        ClipEntry(clip_id="waltz", audio=waltz, caption="a happy waltz"),
        ClipEntry(clip_id="letter", audio=Path("letter.mp3")),
        ClipEntry(clip_id="../../noise", audio=Path("noise.flac")),
    ]
    write_manifest(manifest, entries)
    return manifest


def tiny(painter_folder: Path) -> list[str | Path]:
    return ["--painter", painter_folder, "--size-px", "32", "--steps", "2"]


def test_describe_prints_the_contract_as_json(waltz: Path) -> None:
    described = answer("describe", waltz, "--caption", "a sad waltz for harp")

    assert described["key"]["value"] == "C major"
    assert described["tempo"]["bpm"] == pytest.approx(110, rel=0.02)
    assert len(described["tempo"]["alternatives"]) == 2
    assert described["time_signature"]["value"] == "3/4"
    assert described["mood"] == {
        "confidence": None,
        "source": "text",
        "evidence": "sad",
        "value": "sad",
        "alternatives": [],
    }
    assert set(described["visual_prompt"]) == {
        *("colour_palette", "lighting", "iconography", "composition", "textures", "mood"),
        "prompt",
    }


def test_describe_prints_a_table_for_people(waltz: Path) -> None:
    lines = run("describe", waltz, "--caption", "a sad harp").stdout.splitlines()

    assert [line[:15].strip() for line in lines] == [
        *("key", "tempo", "time signature", "instrument", "style", "mood", "prompt"),
    ]
    assert lines[3].split() == ["instrument", "harp", "stated,", '"harp"']
    assert lines[4].split() == ["style", "unknown"]


def test_describe_manifest_reports_a_bad_clip_and_goes_on(clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "descriptions.jsonl"

    counts = answer("describe", "--manifest", clips, "-o", out)

    assert counts == {"output": str(out), "described": 2, "failed": 1}
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["clip_id"] for line in lines] == ["waltz", "letter", "../../noise"]
    assert lines[1] == {
        "clip_id": "letter",
        "error": f"{tmp_path / 'letter.mp3'} holds text, not sound; "
        "give a wav, flac, ogg or mp3 file",
    }
    assert lines[2]["key"]["value"] is None


def test_describe_manifest_fails_when_no_clip_can_be_used(tmp_path: Path) -> None:
    manifest = tmp_path / "clips.jsonl"
    write_manifest(manifest, [ClipEntry(clip_id="a", audio=Path("nowhere.wav"))])

    result = run("describe", "--manifest", manifest, "-o", tmp_path / "out.jsonl")

    assert result.exit_code == 1
    assert "none of the 1 clips could be described" in complaint(result)[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["describe"], "there is nothing to describe; give a SONG or --manifest clips.jsonl"),
        (["describe", "nowhere.wav"], "nowhere.wav does not exist; give the path of an audio file"),
        (
            ["describe", "a.wav", "-o", "b.json"],
            "-o goes with --manifest; redirect the output of a single song",
        ),
        (
            ["describe", "a.wav", "--manifest", "b.jsonl"],
            "give either the song a.wav or --manifest b.jsonl, not both",
        ),
        (
            ["describe", "--manifest", "b.jsonl"],
            "--manifest needs -o OUT.jsonl for the descriptions",
        ),
        (
            ["describe", "a.wav", "--max-duration-s", "0"],
            "max_duration_s = 0.0 will not do: Input should be greater than or equal to 1",
        ),
        (
            ["paint", "-o", "a.png"],
            "there is nothing to paint; give a SONG or --manifest clips.jsonl",
        ),
        (["paint", "a.wav", "-o", "a.jpg"], "-o a.jpg will not do: pictures are written as .png"),
        (
            ["paint", "a.wav", "-o", "a.png", "--emo", "0.5"],
            "--emo 0.5 has no adapter to weigh; give --adapter emo=FOLDER",
        ),
        (
            ["paint", "a.wav", "-o", "a.png", "--profile", "huge"],
            "profile 'huge' is unknown; choose one of mini, sdxl",
        ),
        (
            ["paint", "a.wav", "-o", "a.png", "--emo", "3"],
            "emo = 3.0 will not do: Input should be less than or equal to 2",
        ),
    ],
)
def test_commands_refuse_bad_input_in_one_sentence(arguments: list[str], sentence: str) -> None:
    assert complaint(run(*arguments)) == (2, f"error: {sentence}")


def test_describe_refuses_an_empty_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "clips.jsonl"
    manifest.touch()

    assert complaint(run("describe", "--manifest", manifest, "-o", tmp_path / "out.jsonl")) == (
        2,
        f"error: the manifest {manifest} holds no clips; give one JSON object per line",
    )


def test_paint_writes_a_picture_that_says_how_it_was_made(
    waltz: Path, tmp_path: Path, painter_folder: Path, emo_adapter: Path
) -> None:
    out = tmp_path / "new" / "waltz.png"
    adapter = ["--adapter", f"emo={emo_adapter}", "--emo", "0.7"]

    made = answer("paint", waltz, "--text", "a sad waltz", *tiny(painter_folder), *adapter,
                  "-o", out, "--seed", "7")  # fmt: skip

    with Image.open(out) as picture:
        assert picture.size == (32, 32)
        assert picture.text["prompt"] == made["prompt"]
        assert picture.text["seed"] == "7"
        assert picture.text["painter"] == painter_hash(painter_folder)
        assert json.loads(picture.text["adapters"]) == {
            "emo": {"sha256": sha256_of_file(emo_adapter / ADAPTER_FILE), "weight": 0.7}
        }
    assert made["prompt"].endswith(", sad mood")
    assert made["adapters"]["emo"]["weight"] == 0.7


def test_paint_manifest_writes_candidates_and_skips_a_bad_clip(
    clips: Path, waltz: Path, tmp_path: Path, painter_folder: Path
) -> None:
    folder = tmp_path / "candidates"
    names = ["--painter-name", "tiny", "--generation", "2"]

    summary = answer("paint", "--manifest", clips, *tiny(painter_folder), *names,
                     "-o", folder, "--per-clip", "2", "--seed", "5")  # fmt: skip

    assert (summary["pictures"], summary["painted"]) == (4, 4)
    assert set(summary["failed_clips"]) == {"letter"}
    images = read_manifest(folder / "images.jsonl", ImageEntry)
    assert [image.clip_id for image in images] == ["waltz"] * 2 + ["../../noise"] * 2
    assert {(image.painter, image.generation) for image in images} == {("tiny", 2)}
    assert len({image.seed for image in images}) == 4
    assert all(image.image.is_relative_to(folder / "pictures") for image in images)
    record = json.loads((folder / "run.json").read_text())
    assert (record["kind"], record["status"], record["pictures"]) == ("paint", "succeeded", 4)
    assert record["inputs"]["painter"] == painter_hash(painter_folder)

    # Painting one of them alone, from its recorded seed, gives the same picture.
    alone = tmp_path / "alone.png"
    answer("paint", waltz, "--text", "a happy waltz", *tiny(painter_folder),
           "-o", alone, "--seed", str(images[0].seed))  # fmt: skip
    with Image.open(alone) as one, Image.open(images[0].image) as other:
        difference = np.asarray(one, int) - np.asarray(other, int)
    assert np.abs(difference).max() <= 1


def test_paint_manifest_resumes_where_it_was_interrupted(
    clips: Path, tmp_path: Path, painter_folder: Path
) -> None:
    folder = tmp_path / "candidates"
    arguments = ["paint", "--manifest", clips, *tiny(painter_folder), "-o", folder]
    answer(*arguments)
    first, second = (folder / "images.jsonl").read_text().splitlines()
    kept = folder / json.loads(first)["image"]
    lost = folder / json.loads(second)["image"]
    before = kept.stat().st_mtime_ns, lost.read_bytes()
    lost.unlink()
    (folder / "images.jsonl").unlink()

    refused = run(*arguments)
    summary = answer(*arguments, "--resume")

    assert refused.exit_code == 2
    assert (summary["pictures"], summary["painted"]) == (2, 1)
    assert kept.stat().st_mtime_ns == before[0]
    with Image.open(lost) as picture:
        assert picture.size == (32, 32)
    assert (folder / "images.jsonl").read_text().splitlines() == [first, second]


def test_paint_warns_of_what_a_prompt_loses(
    clips: Path, tmp_path: Path, painter_folder: Path
) -> None:
    # The tiny tokenizer reads words that it does not know letter by letter.
    result = run("paint", clips.parent / "noise.flac", "--text", "frightening latin factory",
                 *tiny(painter_folder), "-o", tmp_path / "a.png")  # fmt: skip

    assert complaint(result) == (
        0,
        "the prompt of noise.flac is longer than the 77 tokens that the text encoders read; "
        "cut off: 'g mood'",
    )


def test_paint_refuses_a_painter_that_is_not_there(waltz: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.png"

    result = run("paint", waltz, "-o", out, "--painter", tmp_path / "nowhere")

    assert complaint(result) == (
        2,
        f"error: the painter {tmp_path / 'nowhere'} of the profile mini is not on this machine; "
        "put its folder there or fetch it into the local hub cache",
    )
    assert not out.exists()


def test_paint_refuses_a_size_before_it_makes_a_folder_its_own(
    clips: Path, tmp_path: Path, painter_folder: Path
) -> None:
    folder = tmp_path / "candidates"

    result = run("paint", "--manifest", clips, "--painter", painter_folder, "--size-px", "33",
                 "-o", folder)  # fmt: skip

    assert complaint(result)[0] == 2
    assert "size_px = 33 will not do: it must be a multiple of 8" in complaint(result)[1]
    assert not folder.exists()
