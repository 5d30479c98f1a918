"""Fetch a preference snapshot from a site: whole and verified, or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import httpx2
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from workbench.errors import BadInput, RunFailed
from workbench.files import sha256_of_bytes, whole_folder
from workbench.snapshots import Snapshot, open_snapshot

_TIMEOUT_S = 30.0
_MANIFEST_LIMIT_BYTES = 64 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


def pull_snapshot(
    name: str,
    destination: Path,
    *,
    site: str,
    token: str,
    version: str | None = None,
    show_progress: bool = True,
) -> Snapshot:
    """Download snapshot `name` (its newest version unless one is given) into `destination`.

    Every file is compared with its sha256 in the manifest, and the manifest with the sha256 that
    the site announced. Raises BadInput for an unknown snapshot, a token that will not do or a
    destination that holds anything; RunFailed for a network or content that cannot be trusted.
    """
    with _client(site, token) as client, whole_folder(destination) as partial:
        found = _find(client, name, version)
        base = (
            f"/api/v1/snapshots/{quote(found['name'], safe='')}/{quote(found['version'], safe='')}"
        )
        manifest = _fetch_manifest(client, base, found["sha256"])
        (partial / "manifest.json").write_bytes(manifest)
        _fetch_files(client, base, checked_files(manifest), partial, show_progress)
    return open_snapshot(destination)


def split_reference(reference: str) -> tuple[str, str | None]:
    """NAME or NAME@VERSION as (name, version). Raises BadInput when either half is empty."""
    name, at, version = reference.partition("@")
    if not name or (at and not version):
        raise BadInput(f"{reference!r} names no snapshot; write NAME or NAME@VERSION")
    return name, version or None


def checked_files(manifest: bytes) -> dict[str, str]:
    """The files of a manifest and their sha256.

    Raises RunFailed for a manifest that is no JSON object, that names a place outside of the
    snapshot (absolute, `..`, a drive, a backslash) or lists something that is no sha256.
    """
    try:
        files = json.loads(manifest)["files"]
    except (ValueError, KeyError, TypeError):
        raise RunFailed("the site sent a manifest that lists no files; tell its keeper") from None
    if not isinstance(files, dict):
        raise RunFailed("the site sent a manifest whose files are no table; tell its keeper")
    for place, digest in files.items():
        if not _is_inside(place):
            raise RunFailed(f"the manifest names {place!r}, a place outside of the snapshot")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise RunFailed(f"the manifest gives {place!r} the hash {digest!r}, no sha256")
    return files


def _is_inside(place: str) -> bool:
    parts = place.split("/")
    plain = all(part not in ("", ".", "..") for part in parts) and place != "manifest.json"
    return (
        plain
        and not any(char in place for char in "\\:\0")
        and not PurePosixPath(place).is_absolute()
    )


@contextmanager
def _client(site: str, token: str) -> Iterator[httpx2.Client]:
    """A client whose failures are one sentence each."""
    if not token:
        raise BadInput("a token is needed; give --token or set MUSEPAINTER_TOKEN")
    if not site.startswith(("http://", "https://")):
        raise BadInput(f"site {site!r} is no address; write it like http://127.0.0.1:8000")
    if not token.isascii() or not token.isprintable():
        raise BadInput("the token holds characters that no token has; copy it again")
    headers = {"Authorization": f"Token {token}"}
    try:
        with httpx2.Client(
            base_url=site.rstrip("/"), headers=headers, timeout=_TIMEOUT_S
        ) as client:
            yield client
    except httpx2.InvalidURL as error:
        raise BadInput(f"site {site!r} is no address: {error}") from None
    except httpx2.ConnectError as error:
        raise RunFailed(f"no site answers at {site} ({error}); is it running?") from None
    except httpx2.TimeoutException:
        raise RunFailed(f"{site} did not answer within {_TIMEOUT_S:.0f} s; try again") from None
    except httpx2.HTTPError as error:
        raise RunFailed(f"the connection to {site} broke: {error}; try again") from None


def _find(client: httpx2.Client, name: str, version: str | None) -> dict[str, str]:
    wanted = {"name": name} | ({"version": version} if version else {})
    answer = client.get("/api/v1/snapshots/", params=wanted)
    _check_status(answer, f"the snapshot {name!r}")
    try:
        results = answer.json()["results"]
        chosen = _newest([row for row in results if row["name"] == name], version)
        found = {key: str(chosen[key]) for key in ("name", "version", "sha256")} if chosen else {}
    except (ValueError, KeyError, TypeError):
        raise RunFailed(f"{client.base_url} answered with something else than snapshots") from None
    if not found:
        asked = f"{name}@{version}" if version else name
        raise BadInput(f"the site has no snapshot {asked!r}; its page Snapshots lists them")
    return found


def _newest(rows: list[dict[str, Any]], version: str | None) -> dict[str, Any] | None:
    """The row of `version`, else that of the highest one: 10 is newer than 9, 1.10 than 1.9."""
    if version is not None:
        return next((row for row in rows if str(row["version"]) == version), None)
    return max(rows, key=lambda row: _version_order(str(row["version"])), default=None)


def _version_order(version: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", version)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def _fetch_manifest(client: httpx2.Client, base: str, expected: str) -> bytes:
    content = b""
    with client.stream("GET", f"{base}/manifest") as answer:
        _check_status(answer, "the manifest")
        for chunk in answer.iter_bytes():
            content += chunk
            if len(content) > _MANIFEST_LIMIT_BYTES:
                raise RunFailed("the site's manifest is larger than 64 MiB; that is no manifest")
    if sha256_of_bytes(content) != expected:
        raise RunFailed("the manifest differs from the hash that the site announced; pull again")
    return content


def _fetch_files(
    client: httpx2.Client, base: str, files: dict[str, str], folder: Path, show_progress: bool
) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not show_progress
    ) as bar:
        task = bar.add_task("pull", total=None)
        for number, (place, expected) in enumerate(sorted(files.items()), start=1):
            bar.update(task, description=f"{number}/{len(files)} files")
            arrived = _fetch_file(
                client,
                f"{base}/files/{quote(place)}",
                folder / place,
                on_bytes=lambda count: bar.advance(task, count),
            )
            if arrived != expected:
                raise RunFailed(f"{place} arrived differing from its hash; pull again")


def _fetch_file(
    client: httpx2.Client, address: str, target: Path, *, on_bytes: Callable[[int], None]
) -> str:
    """Stream one file to `target` and return the sha256 of what arrived."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with client.stream("GET", address) as answer, target.open("wb") as stream:
        _check_status(answer, target.name)
        for chunk in answer.iter_bytes():
            stream.write(chunk)
            digest.update(chunk)
            on_bytes(len(chunk))
    return digest.hexdigest()


def _check_status(answer: httpx2.Response, what: str) -> None:
    status = answer.status_code
    if status == httpx2.codes.OK:
        return
    if status == httpx2.codes.UNAUTHORIZED:
        raise BadInput("the site does not know this token; make one on its page Tokens")
    if status == httpx2.codes.FORBIDDEN:
        raise BadInput(f"this token may not read {what}; ask for the researcher's role")
    if status == httpx2.codes.NOT_FOUND:
        raise BadInput(f"{what} is not on the site (404); its page Snapshots lists them")
    raise RunFailed(f"the site answered {status} {answer.reason_phrase} for {what}")
