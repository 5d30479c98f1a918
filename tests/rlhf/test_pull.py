from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from rlhf.pull import checked_files, pull_snapshot, split_reference
from workbench.errors import BadInput, RunFailed
from workbench.files import sha256_of_bytes

TOKEN = "secret"


@dataclass
class _Site:
    """What the server below serves; a test may spoil any of it."""

    folder: Path
    address: str = ""
    versions: list[str] = field(default_factory=lambda: ["1"])
    status: int = 200
    manifest: bytes | None = None
    announced: str | None = None
    spoilt: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)

    def manifest_bytes(self) -> bytes:
        return self.manifest or (self.folder / "manifest.json").read_bytes()

    def answer(self, address: str, token: str | None) -> tuple[int, bytes]:
        parts = urlsplit(address)
        self.requests.append(unquote(parts.path))
        if token != f"Token {TOKEN}":
            return 401, b""
        if self.status != 200:
            return self.status, b""
        return self._content(unquote(parts.path), parse_qs(parts.query))

    def _content(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
        if path == "/api/v1/snapshots/":
            return 200, json.dumps({"results": list(self._rows(query))}).encode()
        _, _, rest = path.partition("/api/v1/snapshots/tiny/")
        version, _, rest = rest.partition("/")
        if version in self.versions and rest == "manifest":
            return 200, self.manifest_bytes()
        file = self.folder / rest.removeprefix("files/")
        if version in self.versions and file.is_file():
            return 200, b"spoilt" if rest.removeprefix(
                "files/"
            ) in self.spoilt else file.read_bytes()
        return 404, b""

    def _rows(self, query: dict[str, list[str]]) -> Iterator[dict[str, str]]:
        sha256 = self.announced or sha256_of_bytes(self.manifest_bytes())
        for version in self.versions:
            if query["name"] == ["tiny"] and query.get("version", [version]) == [version]:
                yield {"name": "tiny", "version": version, "sha256": sha256, "url": ""}


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, *arguments: object, site: _Site) -> None:
        self._site = site
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        status, content = self._site.answer(self.path, self.headers["Authorization"])
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def site(snapshot_folder: Path) -> Iterator[_Site]:
    served = _Site(snapshot_folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, site=served))
    served.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def _pull(site: _Site, folder: Path, name: str = "tiny", token: str = TOKEN, **more: str):
    return pull_snapshot(name, folder, site=site.address, token=token, show_progress=False, **more)


def test_pull_brings_every_file(site, snapshot_folder, tmp_path):
    snapshot = _pull(site, tmp_path / "s")
    names = [
        sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
        for folder in (snapshot_folder, tmp_path / "s")
    ]
    assert names[0] == names[1]
    assert snapshot.sha256 == sha256_of_bytes((snapshot_folder / "manifest.json").read_bytes())


def test_pull_takes_the_newest_version(site, tmp_path):
    site.versions = ["9", "10", "2"]
    _pull(site, tmp_path / "s")
    assert "/api/v1/snapshots/tiny/10/manifest" in site.requests


def test_pull_takes_the_version_that_is_named(site, tmp_path):
    site.versions = ["9", "10", "2"]
    _pull(site, tmp_path / "s", version="2")
    assert "/api/v1/snapshots/tiny/2/manifest" in site.requests


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (403, BadInput, "this token may not read the snapshot 'tiny'"),
        (404, BadInput, r"the snapshot .tiny. is not on the site"),
        (500, RunFailed, "the site answered 500"),
        (302, RunFailed, "the site answered 302"),
    ],
)
def test_pull_tells_what_the_site_refuses(site, tmp_path, status, error, reason):
    site.status = status
    with pytest.raises(error, match=reason):
        _pull(site, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_pull_tells_of_an_unknown_token(site, tmp_path):
    with pytest.raises(BadInput, match="does not know this token"):
        _pull(site, tmp_path / "s", token="other")


@pytest.mark.parametrize("token", ["", "line\nbreak", "naïve"])
def test_pull_refuses_a_token_that_is_none(site, tmp_path, token):
    with pytest.raises(BadInput, match="token"):
        _pull(site, tmp_path / "s", token=token)
    assert site.requests == []


def test_pull_tells_of_an_unknown_snapshot(site, tmp_path):
    with pytest.raises(BadInput, match="the site has no snapshot 'big@3'"):
        _pull(site, tmp_path / "s", name="big", version="3")


def test_pull_tells_when_no_site_answers(tmp_path):
    with pytest.raises(RunFailed, match=r"no site answers at http://127\.0\.0\.1:9"):
        pull_snapshot("tiny", tmp_path / "s", site="http://127.0.0.1:9", token=TOKEN)


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://site", ""])
def test_pull_refuses_what_is_no_address(tmp_path, address):
    with pytest.raises(BadInput, match="is no address"):
        pull_snapshot("tiny", tmp_path / "s", site=address, token=TOKEN)


def test_pull_leaves_nothing_of_a_file_that_differs(site, tmp_path):
    site.spoilt = {"media/images/clip3-1.png"}
    with pytest.raises(RunFailed, match=r"media/images/clip3-1\.png arrived differing"):
        _pull(site, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_pull_refuses_a_manifest_that_was_not_announced(site, tmp_path):
    site.announced = "0" * 64
    with pytest.raises(RunFailed, match="the manifest differs from the hash"):
        _pull(site, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_pull_never_overwrites(site, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="exists already"):
        _pull(site, tmp_path)
    assert site.requests == []


def test_pull_writes_nothing_outside(site, tmp_path):
    site.manifest = json.dumps({"files": {"../evil.txt": "0" * 64}}).encode()
    with pytest.raises(RunFailed, match=r"names '\.\./evil\.txt', a place outside"):
        _pull(site, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "place",
    [
        "/etc/passwd",
        "a/../../b",
        "..",
        "a//b",
        "",
        "a\\..\\b",
        "C:/x",
        "a/\0",
        "manifest.json",
        "./a",
    ],
)
def test_manifest_may_not_leave_the_folder(place):
    with pytest.raises(RunFailed, match="a place outside of the snapshot"):
        checked_files(json.dumps({"files": {place: "0" * 64}}).encode())


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"files": []}', b"\xff"])
def test_manifest_must_list_files(manifest):
    with pytest.raises(RunFailed, match="the site sent a manifest"):
        checked_files(manifest)


def test_manifest_must_give_hashes():
    with pytest.raises(RunFailed, match="the hash 'zz', no sha256"):
        checked_files(b'{"files": {"a": "zz"}}')


@pytest.mark.parametrize(
    ("reference", "expected"), [("tiny", ("tiny", None)), ("tiny@2", ("tiny", "2"))]
)
def test_reference_is_name_and_version(reference, expected):
    assert split_reference(reference) == expected


@pytest.mark.parametrize("reference", ["", "@2", "tiny@"])
def test_reference_must_name_a_snapshot(reference):
    with pytest.raises(BadInput, match="NAME or NAME@VERSION"):
        split_reference(reference)
