"""README.md and croissant.json of a snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasets import load_dataset

from annotate_site.accounts.models import Role
from annotate_site.annotation.models import Adjudication, Verdict
from annotate_site.datasets.services import snapshot_folder
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import ClipFactory, PainterFactory
from tests.factories.datasets import built_snapshot, comparison_of, judge, judged_comparisons
from workbench.files import sha256_of_file
from workbench.snapshots import CLIP_SCHEMA, IMAGE_SCHEMA, JUDGEMENT_SCHEMA, PAIR_SCHEMA

pytestmark = pytest.mark.django_db


def _card(folder: Path) -> tuple[dict[str, Any], str]:
    _, head, prose = (folder / "README.md").read_text().split("---\n", 2)
    return yaml.safe_load(head), prose


def test_card_head_lists_every_table() -> None:
    judged_comparisons(3)
    head, _ = _card(snapshot_folder(built_snapshot()))
    assert head["license"] == "cc0-1.0"
    assert head["size_categories"] == ["n<1K"]
    assert [config["config_name"] for config in head["configs"]] == [
        "emo",
        "con",
        "cre",
        "judgements",
        "clips",
        "images",
    ]


def test_card_head_opens_the_folder_with_datasets(tmp_path: Path) -> None:
    judged_comparisons(3)
    folder = snapshot_folder(built_snapshot())
    pairs = load_dataset(str(folder), "emo", cache_dir=str(tmp_path / "cache"))
    assert {split: rows.num_rows for split, rows in pairs.items()} == {
        "train": 1,
        "validation": 1,
        "test": 1,
    }
    assert list(pairs["train"].features) == PAIR_SCHEMA.names


def test_card_head_leaves_out_an_axis_without_pairs() -> None:
    comparison = comparison_of(ClipFactory())
    judge(comparison, {"emo": Verdict.LEFT, "con": Verdict.CANNOT_TELL, "cre": Verdict.TIE})
    head, _ = _card(snapshot_folder(built_snapshot()))
    names = [config["config_name"] for config in head["configs"]]
    assert names == ["emo", "cre", "judgements", "clips", "images"]


@pytest.mark.parametrize("licences", [("CC0-1.0", "CC-BY-4.0"), ("", ""), ("public domain",)])
def test_card_names_no_single_licence_where_there_is_none(licences: tuple[str, ...]) -> None:
    for licence in licences:
        judge(comparison_of(ClipFactory(licence=licence)))
    head, prose = _card(snapshot_folder(built_snapshot()))
    assert (head["license"], head["license_link"]) == ("other", "clips.parquet")
    for licence in set(licences):
        assert prose.count(f"- {licence or 'not stated'}: {licences.count(licence)} rec") == 1


def test_card_counts_and_agreement_are_those_of_the_votes() -> None:
    comparison = comparison_of(ClipFactory())
    judge(comparison, {"emo": Verdict.LEFT, "con": Verdict.LEFT, "cre": Verdict.TIE})
    judge(comparison, {"emo": Verdict.RIGHT, "con": Verdict.LEFT, "cre": Verdict.CANNOT_TELL})
    _, prose = _card(snapshot_folder(built_snapshot()))
    lines = prose.splitlines()
    assert "| `cre` creative aesthetic appeal | 2 | 1 | 1 | 1 | 0 | 0 |" in lines
    assert "| `emo` | 1 | 0.000 | 0.000 |" in lines
    assert "| `con` | 1 | 1.000 | undefined, all votes are alike |" in lines
    assert [line for line in lines if line.startswith("| `cre` | ")] == []


def test_card_says_when_agreement_is_unknown() -> None:
    judged_comparisons(1)
    _, prose = _card(snapshot_folder(built_snapshot()))
    assert "No comparison has two votes yet, so agreement is unknown." in prose.splitlines()


def test_card_credits_painters_and_escapes_nothing() -> None:
    painter = PainterFactory(name="Old & <new>", credits="The\nmuseum's")
    judge(comparison_of(ClipFactory(), painter=painter))
    _, prose = _card(snapshot_folder(built_snapshot()))
    assert "- Old & <new>: The museum's" in prose.splitlines()


def test_card_without_simulated_judgements_says_so() -> None:
    judged_comparisons(1)
    _, prose = _card(snapshot_folder(built_snapshot()))
    assert prose.count("All judgements come from people with accounts on one site.") == 1


def _croissant() -> tuple[Path, dict[str, Any]]:
    judged_comparisons(3)
    folder = snapshot_folder(built_snapshot())
    return folder, json.loads((folder / "croissant.json").read_text())


def test_croissant_hashes_every_table() -> None:
    folder, described = _croissant()
    objects = [part for part in described["distribution"] if part["@type"] == "cr:FileObject"]
    tables = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet"))
    assert [part["contentUrl"] for part in objects] == tables
    assert [part["sha256"] for part in objects] == [sha256_of_file(folder / t) for t in tables]


def test_croissant_describes_every_column() -> None:
    _, described = _croissant()
    columns = {
        records["name"]: [field["name"] for field in records["field"]]
        for records in described["recordSet"]
    }
    assert columns == {
        "judgements": JUDGEMENT_SCHEMA.names,
        "clips": CLIP_SCHEMA.names,
        "images": IMAGE_SCHEMA.names,
        "pairs": ["axis", "split", *PAIR_SCHEMA.names],
    }


def test_croissant_refers_only_to_what_it_defines() -> None:
    _, described = _croissant()
    parts = {part["@id"] for part in described["distribution"]}
    fields = [field for records in described["recordSet"] for field in records["field"]]
    ids = {field["@id"] for field in fields}
    sources = [field["source"].get("fileObject") or field["source"]["fileSet"] for field in fields]
    references = [field["references"]["field"]["@id"] for field in fields if "references" in field]
    assert {source["@id"] for source in sources} <= parts
    assert sorted(set(references)) == ["clips/clip_id", "images/image_id"]
    assert set(references) <= ids
    assert len(ids) == len(fields)


def test_croissant_file_sets_match_files() -> None:
    folder, described = _croissant()
    found = {
        part["@id"]: len(list(folder.glob(part["includes"])))
        for part in described["distribution"]
        if part["@type"] == "cr:FileSet"
    }
    assert found == {"pair-files": 9, "audio-files": 3, "image-files": 6}


def test_card_tells_on_how_many_disagreements_a_manager_ruled() -> None:
    first, second = (comparison_of(ClipFactory()) for _ in range(2))
    judge(first)
    assert "Managers ruled" not in _card(snapshot_folder(built_snapshot()))[1]
    manager = PersonFactory(role=Role.MANAGER)
    for comparison, axis in ((first, "emo"), (first, "cre"), (second, "emo")):
        Adjudication.objects.create(
            comparison=comparison, axis=axis, verdict="tie", decided_by=manager
        )
    _, prose = _card(snapshot_folder(built_snapshot()))
    assert "Managers ruled on disagreements: 1 on `emo`, 0 on `con`, 1 on `cre`." in prose
