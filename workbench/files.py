"""Files that are whole or absent, and the hashes that name them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.errors import BadInput

_CHUNK_BYTES = 1 << 20
# A file younger than this could change once more without its time of change telling.
_SETTLED_NS = 2_000_000_000


def sha256_of_bytes(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_of_folder(folder: Path, *, suffixes: tuple[str, ...] = ()) -> str:
    """Hash of the names and contents of all files below `folder`, in the order of their names.

    `suffixes` keeps only files that end so, e.g. the weights of a model without its card.
    A file is read once while its path, size and times stay what they are.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if suffixes and path.suffix not in suffixes:
            continue
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(bytes.fromhex(_remembered_sha256(path)))
    return digest.hexdigest()


def _remembered_sha256(path: Path) -> str:
    facts = path.stat()
    changed_ns = max(facts.st_mtime_ns, facts.st_ctime_ns)
    if time.time_ns() - changed_ns < _SETTLED_NS:
        return sha256_of_file(path)
    return _sha256_of_state(path.resolve(), facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


@lru_cache(maxsize=1024)
def _sha256_of_state(path: Path, _size: int, _mtime_ns: int, _ctime_ns: int) -> str:
    return sha256_of_file(path)


@contextmanager
def whole_file(final: Path) -> Iterator[Path]:
    """Yield a temporary path beside `final`; rename it to `final` only if the block succeeds."""
    final.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=final.parent, prefix=f".{final.stem}-", suffix=final.suffix)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o644)
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `final`; rename it only if the block succeeds.

    Raises BadInput when `final` exists and holds anything: results are never overwritten.
    """
    refuse_existing(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=final.parent, prefix=f".{final.name}-"))
    try:
        yield partial
        partial.chmod(0o755)
        if final.is_dir():
            final.rmdir()
        partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def refuse_existing(folder: Path) -> None:
    """Raise BadInput when `folder` is a file or holds anything: results are never overwritten."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} exists already; name a new folder or remove that one first")


def write_json(path: Path, content: Any) -> None:
    with whole_file(path) as partial:
        partial.write_text(
            json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
            encoding="utf-8",
        )


def read_json(path: Path) -> Any:
    """Raises BadInput when the file is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not valid JSON: {error}") from None
