from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from miniature.testbed.clips import evaluation_clips, learning_clips, noise_seed
from miniature.testbed.painting import (
    Atelier,
    Task,
    candidates,
    evaluation_tasks,
    paint_part,
    parts_of,
    read_pictures,
    write_candidates,
)
from miniature.testbed.settings import LoopSettings
from miniature.world.vocabulary import SCENE_PHRASES
from workbench.errors import BadInput
from workbench.manifests import ImageEntry, read_manifest
from workbench.run_folder import started_run


def test_clips_are_decided_by_seed_and_index():
    assert learning_clips(4, 3) == learning_clips(4, 5)[:3]
    captions = [
        clip.caption
        for clips in (learning_clips(4, 3), evaluation_clips(4, 3), learning_clips(5, 3))
        for clip in clips
    ]
    assert len(set(captions)) == 9


def test_clips_leave_the_scene_to_the_painter():
    for clip in learning_clips(0, 8):
        assert len(clip.prompts) == 2
        for prompt in clip.prompts:
            assert prompt.split(",")[0] in (clip.point.genre.style, clip.point.lead)
            assert not any(phrase in prompt for phrase in SCENE_PHRASES[clip.point.scene])


def test_noise_seeds_differ_by_what_they_are_for():
    seeds = {noise_seed(s, clip, n) for s in range(3) for clip in ("a", "b") for n in range(3)}

    assert len(seeds) == 18
    assert 0 <= min(seeds) <= max(seeds) < 2**31


def test_evaluation_tasks_keep_one_prompt_per_clip_on_different_noise():
    clips = evaluation_clips(0, 4)

    tasks = evaluation_tasks(clips, 2, seed=0)

    assert len({task.seed for task in tasks}) == 8
    assert [task.prompt for task in tasks[::2]] == [task.prompt for task in tasks[1::2]]
    assert tasks[0].prompt == clips[0].prompts[0]
    assert tasks[2].prompt == clips[1].prompts[1]


@pytest.fixture
def atelier(tmp_path, profile):
    with started_run(
        tmp_path / "run", kind="testbed", settings=LoopSettings(), seed=0, show_progress=False
    ) as run:
        yield Atelier(run, profile, batch=4)


def test_candidates_are_files_that_painters_share_out(tmp_path, atelier):
    clips, painted = learning_clips(0, 4), [tmp_path / "1.npz", tmp_path / "2.npz"]
    wanted = candidates(clips, ["base", "again"], per_clip=3, number=2, seed=0)

    for part, place in zip(parts_of(wanted), painted, strict=True):
        paint_part(place, atelier, tasks=part.tasks, adapter=None)
    write_candidates(tmp_path / "c", wanted, painted)

    entries = read_manifest(tmp_path / "c" / "images.jsonl", ImageEntry)
    assert len(entries) == 12
    assert Counter(entry.painter for entry in entries) == {"base": 6, "again": 6}
    assert {entry.generation for entry in entries} == {2}
    assert len({entry.seed for entry in entries}) == 12
    pictures = read_pictures(entries)
    assert {picture.shape for picture in pictures.values()} == {(32, 32, 3)}
    assert len({picture.tobytes() for picture in pictures.values()}) == 12
    by_id = {entry.image_id: entry for entry in entries}
    entry = by_id["clip-0001-r2-0"]
    assert entry.painter == "again"
    (again,) = atelier.paint([Task(entry.prompt, entry.seed)], None, stage="once more")
    assert np.abs(again.astype(int) - pictures[entry.image_id]).max() <= 1


def test_parts_cover_each_painters_candidates_in_order():
    wanted = candidates(learning_clips(0, 100), ["base", "emo-1"], per_clip=4, number=2, seed=0)

    parts = list(parts_of(wanted))

    assert [part[:2] for part in parts] == [
        *(("base", 0), ("base", 160)),
        *(("emo-1", 0), ("emo-1", 160)),
    ]
    seeds = [task.seed for part in parts for task in part.tasks]
    assert seeds == [e.seed for name in ("base", "emo-1") for e in wanted if e.painter == name]


def test_broken_candidate_is_refused(tmp_path):
    entry = ImageEntry(image_id="i", clip_id="c", image=tmp_path / "i.png")
    Image.new("RGB", (4, 4)).save(entry.image)
    assert np.array_equal(read_pictures([entry])["i"], np.zeros((4, 4, 3)))
    entry.image.write_bytes(b"no picture")

    with pytest.raises(BadInput, match=r"the picture .*i\.png is broken"):
        read_pictures([entry])
