from __future__ import annotations

import io
import json
import re
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotate_site.accounts.models import Role
from annotate_site.datasets import downloads
from annotate_site.datasets.models import SnapshotState
from annotate_site.datasets.services import snapshot_folder
from tests.factories.accounts import PersonFactory
from tests.factories.datasets import (
    SnapshotFactory,
    built_snapshot,
    counts,
    judged_comparisons,
)
from workbench.files import sha256_of_bytes

pytestmark = pytest.mark.django_db

LIST = "/snapshots/"
STAFF = [Role.MANAGER, Role.RESEARCHER, Role.ADMIN]


def _signed_in(role: Role = Role.RESEARCHER) -> Client:
    client = Client()
    client.force_login(PersonFactory(role=role))
    return client


@pytest.mark.parametrize(
    "path", [LIST, "/snapshots/preferences/1/", "/snapshots/preferences/1/zip/"]
)
def test_pages_are_closed_to_annotators_and_strangers(path: str) -> None:
    SnapshotFactory(version=1)
    assert _signed_in(Role.ANNOTATOR).get(path).status_code == 403
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={path}")


@pytest.mark.parametrize("role", STAFF)
def test_snapshots_opens_for_staff(role: Role) -> None:
    SnapshotFactory(version=1)
    answer = _signed_in(role).get(LIST)
    assert (answer.status_code, answer.context["can_launch"]) == (200, role != Role.RESEARCHER)


def test_snapshots_without_any_says_what_to_do() -> None:
    answer = _signed_in().get(LIST)
    assert answer.content.decode().count("No snapshot yet.") == 1


def test_snapshots_lists_the_newest_first() -> None:
    rows = [SnapshotFactory(version=version) for version in (1, 2, 3)]
    assert list(_signed_in().get(LIST).context["page"]) == rows[::-1]


def test_snapshots_shows_the_axes_in_the_order_of_asking() -> None:
    SnapshotFactory(version=1)
    content = _signed_in().get(LIST).content.decode()
    assert re.findall(r"(emo|con|cre) (\d+)</span>", content) == [
        ("emo", "12"),
        ("con", "12"),
        ("cre", "12"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_snapshots_needs_the_same_queries_for_any_number(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    parent = None
    for version in range(1, count + 1):
        parent = SnapshotFactory(version=version, parent=parent)
    client = _signed_in()
    with django_assert_num_queries(4):  # session, person, count, rows
        client.get(LIST)


@pytest.mark.parametrize("state", SnapshotState.values)
def test_snapshots_asks_again_only_while_one_is_built(state: str) -> None:
    SnapshotFactory(version=1, state=state, counts={}, sha256="")
    content = _signed_in().get(LIST).content.decode()
    assert ('hx-trigger="every 3s"' in content) == (state == SnapshotState.BUILDING)


def test_snapshots_answers_htmx_with_the_table_alone() -> None:
    SnapshotFactory(version=1)
    content = _signed_in().get(LIST, headers={"hx-request": "true"}).content.decode()
    assert content.lstrip().startswith('<section class="card" id="snapshots"')
    assert "<html" not in content


@pytest.mark.parametrize("page", ["999", "-1", "x", ""])
def test_snapshots_survives_a_bad_page_number(page: str) -> None:
    SnapshotFactory(version=1)
    answer = _signed_in().get(LIST, {"page": page})
    assert (answer.status_code, answer.context["page"].number) == (200, 1)


@pytest.mark.parametrize("path", [LIST, "/snapshots/preferences/1/"])
def test_pages_refuse_to_be_posted_to(path: str) -> None:
    SnapshotFactory(version=1)
    assert _signed_in().post(path).status_code == 405


@pytest.mark.parametrize("path", ["nothing/1/", "preferences/2/", f"preferences/{10**30}/"])
def test_snapshot_that_is_unknown_is_not_found(path: str) -> None:
    SnapshotFactory(version=1)
    assert _signed_in().get(f"/snapshots/{path}").status_code == 404


def test_snapshot_shows_files_hashes_and_the_pull_command() -> None:
    judged_comparisons(2)
    snapshot = built_snapshot()
    answer = _signed_in().get("/snapshots/preferences/1/")
    manifest = json.loads((snapshot_folder(snapshot) / "manifest.json").read_text())
    tables = {k: v for k, v in manifest["files"].items() if not k.startswith("media/")}
    assert answer.context["files"] == tables
    assert answer.context["media_count"] == 6
    content = answer.content.decode()
    assert content.count("pull preferences@1 --site http://testserver") == 1
    assert content.count(snapshot.sha256) == 3


def test_snapshot_shows_what_changed_since_its_parent() -> None:
    parent = SnapshotFactory(version=1)
    fewer = counts()
    fewer["axes"] = fewer["axes"] | {
        "emo": {**fewer["axes"]["emo"], "judgements": 15, "ties": 0, "cannot_tell": 1}
    }
    SnapshotFactory(version=2, parent=parent, counts=fewer)
    rows = _signed_in().get("/snapshots/preferences/2/").context["rows"]
    assert [(row.axis, [count.change for count in row.counts]) for row in rows] == [
        ("emo", [3, -1, 0, 0, 0, 0]),
        ("con", [0, 0, 0, 0, 0, 0]),
        ("cre", [0, 0, 0, 0, 0, 0]),
    ]
    assert [count.signed for count in rows[0].counts[:2]] == ["+3", "−1"]


def test_snapshot_whose_folder_is_gone_says_so() -> None:
    SnapshotFactory(version=1)
    answer = _signed_in().get("/snapshots/preferences/1/")
    refusal = "the files of preferences@1 are gone from this site; take a new snapshot"
    assert (answer.status_code, answer.context["refusal"]) == (200, refusal)


def test_snapshot_that_failed_says_why_without_trusting_the_text() -> None:
    SnapshotFactory(
        version=1, state=SnapshotState.FAILED, counts={}, failure="<script>alert(1)</script>"
    )
    content = _signed_in().get("/snapshots/preferences/1/").content.decode()
    assert content.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 1
    assert "<script>alert" not in content


def test_snapshot_answers_htmx_with_its_body_alone() -> None:
    SnapshotFactory(version=1, state=SnapshotState.BUILDING, counts={})
    answer = _signed_in().get("/snapshots/preferences/1/", headers={"hx-request": "true"})
    assert answer.content.decode().lstrip().startswith('<div id="snapshot"')


def test_snapshot_zip_holds_every_file_of_the_manifest() -> None:
    judged_comparisons(2)
    snapshot = built_snapshot()
    answer = _signed_in().get(reverse("datasets:snapshot_zip", args=["preferences", 1]))
    archive = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    manifest = json.loads(archive.read("preferences-1/manifest.json"))
    hashes = {
        name.removeprefix("preferences-1/"): sha256_of_bytes(archive.read(name))
        for name in archive.namelist()
    }
    assert hashes.pop("manifest.json") == snapshot.sha256
    assert hashes == manifest["files"]
    assert answer["Content-Disposition"] == 'attachment; filename="preferences-1.zip"'
    answer.close()


def test_snapshot_zip_refuses_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    judged_comparisons(1)
    built_snapshot()
    monkeypatch.setattr(downloads, "MOST_ZIP_BYTES", 10)
    answer = _signed_in().get("/snapshots/preferences/1/zip/", follow=True)
    assert answer.redirect_chain == [("/snapshots/preferences/1/", 302)]
    (message,) = answer.context["messages"]
    assert str(message) == (
        "preferences@1 has 0 MiB, too much for a zip; use `musepainter pull preferences@1`"
    )


@pytest.mark.parametrize("state", [SnapshotState.BUILDING, SnapshotState.FAILED])
def test_snapshot_zip_of_an_unfinished_one_is_not_found(state: str) -> None:
    SnapshotFactory(version=1, state=state)
    assert _signed_in().get("/snapshots/preferences/1/zip/").status_code == 404
