from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from annotate_site.datasets.models import SnapshotState
from annotate_site.datasets.services import snapshot_folder
from rlhf.pull import pull_snapshot
from tests.annotate_site.api.callers import caller, token_of
from tests.factories.datasets import SnapshotFactory, built_snapshot, judged_comparisons
from workbench.files import sha256_of_bytes

LIST = "/api/v1/snapshots/"
FIRST = "/api/v1/snapshots/preferences/1/"


@pytest.mark.django_db
def test_snapshots_lists_what_a_client_needs_to_pull() -> None:
    parent = SnapshotFactory(version=1)
    snapshot = SnapshotFactory(version=2, parent=parent)
    answer = caller().get(LIST).json()
    assert [row["version"] for row in answer["results"]] == [2, 1]
    row = answer["results"][0]
    assert row.pop("created_at")
    assert row == {
        "name": "preferences",
        "version": 2,
        "sha256": snapshot.sha256,
        "seed": 0,
        "filters": {"include_simulated": False},
        "counts": snapshot.counts,
        "parent_version": 1,
        "url": "http://testserver/api/v1/snapshots/preferences/2/",
        "manifest_url": "http://testserver/api/v1/snapshots/preferences/2/manifest",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_snapshots_needs_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    parent = None
    for version in range(1, count + 1):
        parent = SnapshotFactory(version=version, parent=parent)
    client = caller()
    with django_assert_num_queries(4):  # token, person, count, rows
        client.get(LIST)


@pytest.mark.django_db
def test_snapshots_filters_by_name_and_version() -> None:
    for name, version in (("a", 1), ("a", 2), ("b", 1)):
        SnapshotFactory(name=name, version=version)
    client = caller()
    named = client.get(LIST, {"name": "a"}).json()["results"]
    assert [row["version"] for row in named] == [2, 1]
    exact = client.get(LIST, {"name": "a", "version": "1"}).json()["results"]
    assert [(row["name"], row["version"]) for row in exact] == [("a", 1)]
    assert client.get(LIST, {"name": "A"}).json()["results"] == []
    assert client.get(LIST, {"version": 10**30}).json()["results"] == []


@pytest.mark.django_db
def test_snapshots_filters_by_nothing_else() -> None:
    SnapshotFactory(version=1)
    leak = {"made_by__password__startswith": "x", "made_by__username": "x", "seed": "9"}
    assert len(caller().get(LIST, leak).json()["results"]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "offset", "versions"),
    [("2", "1", [2, 1]), ("9" * 30, "0", [3, 2, 1]), ("2", "9" * 30, []), ("x", "-1", [3, 2, 1])],
)
def test_snapshots_come_in_pages(limit: str, offset: str, versions: list[int]) -> None:
    for version in (1, 2, 3):
        SnapshotFactory(version=version)
    answer = caller().get(LIST, {"limit": limit, "offset": offset}).json()
    assert [row["version"] for row in answer["results"]] == versions
    assert answer["count"] == 3


@pytest.mark.django_db
def test_snapshots_refuses_a_name_with_a_null_character() -> None:
    answer = caller().get(LIST, {"name": "a\0"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "name: Null characters are not allowed."


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["x", "1.5", "1; DROP TABLE", "١x"])
def test_snapshots_refuses_a_version_that_is_no_number(version: str) -> None:
    answer = caller().get(LIST, {"version": version})
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": "version: Enter a whole number.",
        "errors": {"version": ["Enter a whole number."]},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("state", [SnapshotState.BUILDING, SnapshotState.FAILED])
@pytest.mark.parametrize("part", ["", "manifest", "files/README.md"])
def test_snapshot_that_is_unfinished_is_refused(state: str, part: str) -> None:
    SnapshotFactory(version=1, state=state, counts={}, sha256="")
    client = caller()
    assert client.get(LIST).json()["results"] == []
    answer = client.get(f"{FIRST}{part}")
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": f"preferences@1 is {state}, not ready; choose another or wait for it"
    }


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["", "manifest", "files/README.md"])
@pytest.mark.parametrize("version", ["2", str(10**30)])
def test_snapshot_that_is_unknown_is_not_found(part: str, version: str) -> None:
    SnapshotFactory(version=1)
    answer = caller().get(f"/api/v1/snapshots/preferences/{version}/{part}")
    assert answer.status_code == 404
    assert answer.json() == {"detail": f"there is no snapshot preferences@{version}"}


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["manifest", "files/README.md"])
def test_snapshot_whose_folder_is_gone_says_so(part: str) -> None:
    SnapshotFactory(version=1)
    answer = caller().get(f"{FIRST}{part}")
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": "the files of preferences@1 are gone from this site; take a new snapshot"
    }


@pytest.mark.django_db
def test_manifest_comes_byte_for_byte() -> None:
    judged_comparisons(1)
    snapshot = built_snapshot()
    answer = caller().get(f"{FIRST}manifest")
    assert sha256_of_bytes(answer.getvalue()) == snapshot.sha256
    assert answer["Content-Type"] == "application/json"
    assert answer["ETag"] == f'"{snapshot.sha256}"'


@pytest.mark.django_db
def test_files_of_the_manifest_come_byte_for_byte() -> None:
    judged_comparisons(1)
    snapshot = built_snapshot()
    client = caller()
    files = json.loads((snapshot_folder(snapshot) / "manifest.json").read_bytes())["files"]
    got = {place: client.get(f"{FIRST}files/{place}") for place in files}
    assert {place: sha256_of_bytes(answer.getvalue()) for place, answer in got.items()} == files
    assert {answer["X-Content-Type-Options"] for answer in got.values()} == {"nosniff"}
    assert got["README.md"]["Content-Disposition"] == 'attachment; filename="README.md"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place",
    [
        "../1/README.md",
        "../../../secret_key",
        "%2e%2e/%2e%2e/secret_key",
        "..%2f..%2fsecret_key",
        "/etc/passwd",
        "media/../README.md",
        "./README.md",
        "README.md/",
        "README.md%00.png",
        "media",
        "manifest.json",
        "unlisted.txt",
        "x" * 5000,
    ],
)
def test_files_that_the_manifest_does_not_name_are_not_found(place: str) -> None:
    judged_comparisons(1)
    snapshot = built_snapshot()
    folder = snapshot_folder(snapshot)
    (folder / "unlisted.txt").write_text("not part of it")
    (folder.parent.parent / "secret_key").write_text("secret")
    answer = caller().get(f"{FIRST}files/{place}")
    assert answer.status_code == 404
    assert list(answer.json()) == ["detail"]


@pytest.mark.django_db(transaction=True)
def test_pull_fetches_a_snapshot_over_http(live_server: LiveServer, tmp_path: Path) -> None:
    judged_comparisons(3)
    snapshot = built_snapshot()
    pulled = pull_snapshot(
        "preferences",
        tmp_path / "pulled",
        site=live_server.url,
        token=token_of(),
        show_progress=False,
    )
    assert pulled.sha256 == snapshot.sha256
    assert pulled.judgements().num_rows == 9
