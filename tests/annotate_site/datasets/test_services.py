from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotate_site.accounts.models import Person, Role
from annotate_site.annotation.models import AxisChoice, Comparison, Judgement, Side, Verdict
from annotate_site.annotation.services.erasure import delete_account
from annotate_site.catalog.models import Candidate
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.datasets.services import build_snapshot, open_snapshot, snapshot_folder
from rlhf.preferences import read_preferences
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CandidateFactory, ClipFactory
from tests.factories.datasets import (
    built_snapshot,
    comparison_of,
    judge,
    judged_comparisons,
)
from workbench import snapshots as snapshot_format
from workbench.axes import AXES
from workbench.errors import BadInput
from workbench.files import sha256_of_file
from workbench.snapshots import SPLITS

pytestmark = pytest.mark.django_db

PAIRS_OF_THREE = {"train": 1, "validation": 1, "test": 1}


@pytest.fixture
def manager() -> Person:
    return PersonFactory(role=Role.MANAGER)


def _opened(manager: Person, *, include_simulated: bool = False, seed: int = 0) -> Snapshot:
    return open_snapshot(
        name="preferences", made_by=manager, include_simulated=include_simulated, seed=seed
    )


def _parquet_hashes(snapshot: Snapshot) -> dict[str, str]:
    files = json.loads((snapshot_folder(snapshot) / "manifest.json").read_text())["files"]
    return {name: digest for name, digest in files.items() if name.endswith(".parquet")}


def _splits(snapshot: Snapshot) -> dict[str, str]:
    table = snapshot_format.open_snapshot(snapshot_folder(snapshot)).clips()
    return {row["clip_id"]: row["split"] for row in table.to_pylist()}


def test_open_snapshot_counts_versions_per_name(manager: Person) -> None:
    first = _opened(manager)
    second = _opened(manager)
    other = open_snapshot(name="other", made_by=manager, include_simulated=True, seed=3)
    assert (first.version, second.version, other.version) == (1, 2, 1)
    assert (first.state, second.parent) == (SnapshotState.BUILDING, None)
    assert (other.filters, other.seed) == ({"include_simulated": True}, 3)


def test_open_snapshot_grows_from_the_newest_that_is_ready(manager: Person) -> None:
    judged_comparisons(1)
    ready = built_snapshot()
    failed = _opened(manager)
    failed.state = SnapshotState.FAILED
    failed.save()
    assert _opened(manager).parent == ready


@pytest.mark.parametrize("name", ["", "../up", "a b", "ä", "x" * 61, "a/b", "a\n"])
def test_open_snapshot_refuses_a_name_that_is_no_slug(manager: Person, name: str) -> None:
    with pytest.raises(Refused, match="is no name for a snapshot"):
        open_snapshot(name=name, made_by=manager, include_simulated=False, seed=0)
    assert Snapshot.objects.count() == 0


def test_build_snapshot_writes_a_folder_that_opens(manager: Person) -> None:
    judged_comparisons(3)
    snapshot = build_snapshot(snapshot=_opened(manager))
    opened = snapshot_format.open_snapshot(snapshot_folder(snapshot))
    assert snapshot.state == SnapshotState.READY
    assert opened.sha256 == snapshot.sha256
    assert opened.manifest["counts"] == snapshot.counts
    assert opened.judgements().num_rows == 9
    assert [opened.pairs("emo", split).num_rows for split in SPLITS] == [1, 1, 1]
    assert opened.judgements().schema.equals(snapshot_format.JUDGEMENT_SCHEMA)
    assert opened.clips().num_rows == 3
    assert opened.images().num_rows == 6


def test_build_snapshot_takes_the_media_along(manager: Person) -> None:
    judged_comparisons(1)
    snapshot = build_snapshot(snapshot=_opened(manager))
    opened = snapshot_format.open_snapshot(snapshot_folder(snapshot))
    rows = opened.clips().to_pylist() + opened.images().to_pylist()
    places = [row.get("audio") or row["image"] for row in rows]
    assert [sha256_of_file(opened.media(place)) for place in places] == [r["sha256"] for r in rows]
    assert [place.rsplit("/", 1)[0] for place in places] == ["media/audio"] + 2 * ["media/images"]
    assert [Path(place).stem for place in places] == [row["sha256"] for row in rows]


def test_build_snapshot_links_media_instead_of_copying(manager: Person) -> None:
    comparison = judged_comparisons(1)[0]
    snapshot = build_snapshot(snapshot=_opened(manager))
    clip = comparison.clip
    taken = snapshot_folder(snapshot) / "media" / "audio" / f"{clip.sha256}.wav"
    assert taken.stat().st_ino == Path(clip.audio.path).stat().st_ino


@pytest.mark.parametrize(
    ("left", "verdict", "choice", "left_image"),
    [
        (Side.FIRST, Verdict.LEFT, "0", "0"),
        (Side.FIRST, Verdict.RIGHT, "1", "0"),
        (Side.SECOND, Verdict.LEFT, "1", "1"),
        (Side.SECOND, Verdict.RIGHT, "0", "1"),
        (Side.SECOND, Verdict.TIE, "tie", "1"),
        (Side.SECOND, Verdict.CANNOT_TELL, "cannot_tell", "1"),
    ],
)
def test_build_snapshot_undoes_the_sides(
    manager: Person, left: str, verdict: str, choice: str, left_image: str
) -> None:
    comparison = comparison_of(ClipFactory())
    judge(comparison, verdict, left=left)
    snapshot = build_snapshot(snapshot=_opened(manager))
    opened = snapshot_format.open_snapshot(snapshot_folder(snapshot))
    row = opened.judgements().to_pylist()[0]
    assert (row["choice"], row["left_image"]) == (choice, left_image)
    assert (row["image_0"], row["image_1"]) == (
        str(comparison.first_id),
        str(comparison.second_id),
    )


def test_build_snapshot_names_annotators_by_pseudonym_only(manager: Person) -> None:
    annotator = PersonFactory(username="maria-callas", email="maria@example.org")
    judge(comparison_of(ClipFactory()), annotator=annotator)
    folder = snapshot_folder(build_snapshot(snapshot=_opened(manager)))
    rows = snapshot_format.open_snapshot(folder).judgements().to_pylist()
    assert {row["annotator"] for row in rows} == {str(annotator.pseudonym)}
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert [word for word in (b"maria", b"callas") if word in content] == []


def test_build_snapshot_writes_the_same_tables_again(manager: Person) -> None:
    comparisons = judged_comparisons(4)
    judge(comparisons[0], Verdict.RIGHT)
    first = build_snapshot(snapshot=_opened(manager, seed=5))
    second = build_snapshot(
        snapshot=open_snapshot(name="again", made_by=manager, include_simulated=False, seed=5)
    )
    assert _parquet_hashes(first) == _parquet_hashes(second)
    assert len(_parquet_hashes(first)) == 12


def test_build_snapshot_keeps_the_splits_of_every_earlier_version(manager: Person) -> None:
    comparisons = judged_comparisons(5)
    first = _splits(built_snapshot())
    judgements = Judgement.objects.filter(lease__comparison=comparisons[0])
    judgements.update(undone_at=comparisons[0].created_at)
    assert len(_splits(built_snapshot())) == 4
    judgements.update(undone_at=None)
    judged_comparisons(3)
    third = _splits(built_snapshot())
    assert {clip: third[clip] for clip in first} == first
    assert len(third) == 8


def test_build_snapshot_refuses_to_forget_the_splits_of_its_parent(manager: Person) -> None:
    judged_comparisons(1)
    shutil.rmtree(snapshot_folder(built_snapshot()))
    snapshot = _opened(manager)
    with pytest.raises(Refused, match="the files of preferences@1 are gone, so its splits"):
        build_snapshot(snapshot=snapshot)
    assert snapshot.state == SnapshotState.FAILED


def test_build_snapshot_names_its_parent_in_the_manifest(manager: Person) -> None:
    judged_comparisons(1)
    first = built_snapshot()
    second = built_snapshot()
    manifest = json.loads((snapshot_folder(second) / "manifest.json").read_text())
    assert manifest["parent"] == {"name": "preferences", "version": 1, "sha256": first.sha256}


def test_build_snapshot_includes_the_clip_that_a_picture_was_painted_for(manager: Person) -> None:
    comparison = comparison_of(ClipFactory())
    elsewhere = ClipFactory()
    Candidate.objects.filter(id=comparison.first_id).update(clip=elsewhere)
    judge(comparison)
    snapshot = build_snapshot(snapshot=_opened(manager))
    assert set(_splits(snapshot)) == {str(comparison.clip_id), str(elsewhere.id)}
    assert _splits(snapshot)[str(comparison.clip_id)] == "train"


def test_build_snapshot_takes_one_file_for_two_equal_pictures(manager: Person) -> None:
    comparison = comparison_of(ClipFactory())
    judge(comparison)
    twin = CandidateFactory(content=Path(comparison.first.image.path).read_bytes())
    other = sorted([twin, CandidateFactory(clip=twin.clip)], key=lambda c: c.id)
    judge(comparison_of(twin.clip))
    from_twin = comparison_of(twin.clip)
    from_twin.first, from_twin.second = other
    from_twin.save()
    judge(from_twin)
    snapshot = build_snapshot(snapshot=_opened(manager))
    opened = snapshot_format.open_snapshot(snapshot_folder(snapshot))
    assert opened.images().num_rows == 6
    assert len(list((opened.folder / "media" / "images").iterdir())) == 5


def test_build_snapshot_leaves_out_undone_and_unfinished_answers(manager: Person) -> None:
    kept = comparison_of(ClipFactory())
    judge(kept)
    judge(comparison_of(ClipFactory()), is_complete=False)
    undone = judge(comparison_of(ClipFactory()))
    undone.judgements.update(undone_at=undone.created_at)
    snapshot = build_snapshot(snapshot=_opened(manager))
    assert snapshot.counts["judgements"] == 3
    assert list(_splits(snapshot)) == [str(kept.clip_id)]


def test_build_snapshot_refuses_without_judgements_of_people(manager: Person) -> None:
    judge(comparison_of(ClipFactory()), annotator=PersonFactory(is_simulated=True))
    snapshot = _opened(manager)
    sentence = "there is no judgement of people yet: judge some, or include simulated ones"
    with pytest.raises(Refused) as refusal:
        build_snapshot(snapshot=snapshot)
    snapshot.refresh_from_db()
    assert str(refusal.value) == sentence
    assert (snapshot.state, snapshot.failure) == (SnapshotState.FAILED, sentence)
    assert not snapshot_folder(snapshot).exists()


def test_build_snapshot_takes_simulated_judgements_when_asked(manager: Person) -> None:
    judge(comparison_of(ClipFactory()), annotator=PersonFactory(is_simulated=True))
    snapshot = build_snapshot(snapshot=_opened(manager, include_simulated=True))
    assert snapshot.counts["simulated_judgements"] == 3
    card = (snapshot_folder(snapshot) / "README.md").read_text()
    assert card.count("3 of the 3 judgements come from simulated annotators") == 1


def test_build_snapshot_refuses_without_any_judgement(manager: Person) -> None:
    with pytest.raises(Refused, match="there is no finished judgement yet"):
        build_snapshot(snapshot=_opened(manager, include_simulated=True))


def test_build_snapshot_writes_empty_pairs_when_nobody_could_tell(manager: Person) -> None:
    judge(comparison_of(ClipFactory()), Verdict.CANNOT_TELL)
    snapshot = build_snapshot(snapshot=_opened(manager))
    opened = snapshot_format.open_snapshot(snapshot_folder(snapshot))
    assert [opened.pairs(axis, split).num_rows for axis in AXES for split in SPLITS] == 9 * [0]
    assert snapshot.counts["axes"]["emo"]["cannot_tell"] == 1


def test_build_snapshot_keeps_votes_of_weight_0_out_of_the_pairs(manager: Person) -> None:
    comparison = comparison_of(ClipFactory())
    judge(comparison, Verdict.LEFT)
    judge(comparison, Verdict.RIGHT, annotator=PersonFactory(weight=0))
    snapshot = build_snapshot(snapshot=_opened(manager))
    opened = snapshot_format.open_snapshot(snapshot_folder(snapshot))
    row = opened.pairs("cre", "train").to_pylist()[0]
    assert (row["label_0"], row["n_votes"], opened.judgements().num_rows) == (1.0, 1, 6)


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_build_snapshot_fails_whole_when_media_are_harmed(manager: Person, harm: str) -> None:
    comparison = judged_comparisons(2)[0]
    path = Path(comparison.clip.audio.path)
    path.unlink() if harm == "missing" else path.write_bytes(b"noise")
    snapshot = _opened(manager)
    with pytest.raises(Refused) as refusal:
        build_snapshot(snapshot=snapshot)
    expected = {"missing": "is missing from the media folder", "changed": "has changed since"}
    assert expected[harm] in str(refusal.value)
    assert repr(comparison.clip.title) in str(refusal.value)
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.sha256) == (SnapshotState.FAILED, "")
    assert list(snapshot_folder(snapshot).parent.iterdir()) == []


def test_build_snapshot_never_overwrites(manager: Person) -> None:
    judged_comparisons(1)
    snapshot = _opened(manager)
    folder = snapshot_folder(snapshot)
    folder.mkdir(parents=True)
    (folder / "precious").write_text("keep me")
    with pytest.raises(BadInput, match="exists already"):
        build_snapshot(snapshot=snapshot)
    assert (folder / "precious").read_text() == "keep me"


def test_build_snapshot_refuses_to_build_twice(manager: Person) -> None:
    judged_comparisons(1)
    snapshot = built_snapshot()
    with pytest.raises(Refused, match=r"preferences@1 was built before \(Ready\)"):
        build_snapshot(snapshot=snapshot)
    snapshot.refresh_from_db()
    assert snapshot.state == SnapshotState.READY


def test_counts_name_judgements_and_pairs_per_axis(manager: Person) -> None:
    comparison = comparison_of(ClipFactory())
    judge(comparison, {"emo": Verdict.TIE, "con": Verdict.LEFT, "cre": Verdict.CANNOT_TELL})
    judge(comparison, Verdict.LEFT)
    counts = build_snapshot(snapshot=_opened(manager)).counts
    one_pair = {"train": 1, "validation": 0, "test": 0}
    assert counts == {
        "judgements": 6,
        "comparisons": 1,
        "annotators": 2,
        "simulated_judgements": 0,
        "clips": 1,
        "images": 2,
        "axes": {
            "emo": {"judgements": 2, "ties": 1, "cannot_tell": 0, "pairs": one_pair},
            "con": {"judgements": 2, "ties": 0, "cannot_tell": 0, "pairs": one_pair},
            "cre": {"judgements": 2, "ties": 0, "cannot_tell": 1, "pairs": one_pair},
        },
    }
    assert list(counts["axes"]) == AxisChoice.values


def test_build_snapshot_command_builds_by_id(
    manager: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    judged_comparisons(1)
    snapshot = _opened(manager)
    call_command("build_snapshot", str(snapshot.id))
    snapshot.refresh_from_db()
    assert snapshot.state == SnapshotState.READY
    expected = f"preferences@1 is ready at {snapshot_folder(snapshot)}\n"
    assert capsys.readouterr().out == expected


def test_build_snapshot_command_refuses_an_unknown_id() -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(CommandError, match=f"there is no snapshot {unknown}"):
        call_command("build_snapshot", unknown)


def test_build_snapshot_command_says_why_it_cannot(manager: Person) -> None:
    with pytest.raises(CommandError, match="no judgement of people yet") as error:
        call_command("build_snapshot", str(_opened(manager).id))
    assert error.value.returncode == 2


def test_build_snapshot_command_that_is_cancelled_leaves_nothing(manager: Person) -> None:
    comparison = judged_comparisons(1)[0]
    os.truncate(comparison.clip.audio.path, 1 << 38)  # Hashing it would take minutes.
    snapshot = _opened(manager)
    alarm = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    alarm.start()
    with pytest.raises(CommandError, match="the snapshot was cancelled") as error:
        call_command("build_snapshot", str(snapshot.id))
    alarm.join()
    snapshot.refresh_from_db()
    assert error.value.returncode == 1
    assert (snapshot.state, snapshot.failure) == (
        SnapshotState.FAILED,
        "the snapshot was cancelled",
    )
    assert list(snapshot_folder(snapshot).parent.iterdir()) == []


def test_build_snapshot_can_be_learned_from(manager: Person) -> None:
    judged_comparisons(3)
    snapshot = build_snapshot(snapshot=_opened(manager))
    preferences = read_preferences(snapshot_format.open_snapshot(snapshot_folder(snapshot)), "con")
    assert {split: len(pairs) for split, pairs in preferences.pairs.items()} == PAIRS_OF_THREE
    (pair,) = preferences.pairs["train"]
    comparison = Comparison.objects.get(id=pair.comparison_id)
    assert (pair.chosen, pair.rejected, pair.label) == (
        str(comparison.first_id),
        str(comparison.second_id),
        1.0,
    )


def test_a_snapshot_leaves_out_answers_that_were_withdrawn_with_the_account(
    manager: Person,
) -> None:
    leaves, stays, excluded = PersonFactory(), PersonFactory(), PersonFactory(weight=0)
    comparison = judged_comparisons(1)[0]
    for annotator in (leaves, stays, excluded):
        judge(comparison, annotator=annotator)
    for annotator in (leaves, stays):
        delete_account(person=annotator, withdraws=annotator == leaves, now=timezone.now())
    snapshot = built_snapshot(made_by=manager)
    votes = snapshot_format.open_snapshot(snapshot_folder(snapshot)).judgements().to_pylist()
    annotators = {vote["annotator"] for vote in votes}
    assert str(leaves.pseudonym) not in annotators
    assert {str(stays.pseudonym), str(excluded.pseudonym)} <= annotators
