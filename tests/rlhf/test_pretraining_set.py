from __future__ import annotations

import pytest
import torch
from pydantic import BaseModel

from generation.painter import load_painter
from rlhf._pretraining_set import Brief, own_pictures, snapshot_pictures
from rlhf._refinement_data import briefs_of
from rlhf.preferences import read_preferences
from tests.factories.snapshots import seal
from workbench.run_folder import started_run
from workbench.snapshots import CLIP_SCHEMA, open_snapshot, write_table


class Nothing(BaseModel):
    pass


def own(profile, folder, *, count=5, seed=0):
    pipeline = load_painter(profile).pipeline
    briefs = [Brief("a", "calm sea"), Brief("b", "dark city")]
    with started_run(folder, kind="test", settings=Nothing(), seed=seed) as run:
        return own_pictures(pipeline, briefs, profile, run, count=count, seed=seed)


def test_own_pictures_go_round_the_briefs_and_follow_the_seed(profile, tmp_path):
    first = own(profile, tmp_path / "a")
    again = own(profile, tmp_path / "b")
    other = own(profile, tmp_path / "c", seed=1)
    assert first.prompts == ["calm sea", "dark city", "calm sea", "dark city", "calm sea"]
    assert first.latents.dtype == torch.float32
    assert torch.equal(first.latents, again.latents)
    assert not torch.equal(first.latents, other.latents)


def test_own_pictures_and_those_of_a_snapshot_have_one_shape(profile, snapshot_folder, tmp_path):
    preferences = read_preferences(open_snapshot(snapshot_folder), "emo")
    vae = load_painter(profile).pipeline.vae
    theirs = snapshot_pictures(preferences, vae, profile.size_px)
    ours = own(profile, tmp_path / "a", count=len(theirs.prompts))
    assert ours.latents.shape == theirs.latents.shape


@pytest.mark.parametrize(("visual", "wanted"), [("calm sea", "calm sea"), ("", "a low tone")])
def test_clip_without_pictures_of_its_own_is_painted_from_its_visual_prompt_else_its_text(
    copied_snapshot, visual, wanted
):
    snapshot = open_snapshot(copied_snapshot)
    rows = [
        row | {"visual_prompt": visual, "caption": "a low tone"}
        for row in snapshot.clips().to_pylist()
    ]
    write_table(copied_snapshot / "clips.parquet", rows, CLIP_SCHEMA)
    seal(copied_snapshot)
    preferences = read_preferences(open_snapshot(copied_snapshot), "emo")
    bare = {name: p._replace(prompt="") for name, p in preferences.pictures.items()}
    texts = {name: c._replace(text="a low tone") for name, c in preferences.clips.items()}
    briefs = briefs_of(type(preferences)(**vars(preferences) | {"pictures": bare, "clips": texts}))
    assert {brief.prompt for brief in [*briefs.train, *briefs.held_out]} == {wanted}
