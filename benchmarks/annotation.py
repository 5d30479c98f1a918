"""The annotation loop over HTTP: get the next comparison and submit all three axes.

Server processes, PostgreSQL and the driver share this machine. `python -m benchmarks.annotation`
measures it alone; `--server "..."` tries another server, with {port} in its command line.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shlex
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.loop_driver import WAYS, Timings, drive
from benchmarks.loop_site import Site, running_site
from benchmarks.process_facts import cpu_s, pss_mb, rss_mb, tree
from benchmarks.statement_log import counted_statements

PORT = 8101
USERS = (8, 32)


def measure(
    *, seconds: float = 15.0, warm_up_s: float = 3.0, users: Sequence[int] = USERS,
    ways: Sequence[str] = tuple(WAYS), command: Sequence[str] = (), port: int = PORT,
) -> dict[str, Any]:  # fmt: skip
    """A row for each way and number of users, then memory, statements and bytes of the page."""
    n_callers = len(ways) * (sum(users) + 1)
    result: dict[str, Any] = {"cores": os.cpu_count(), "load before": os.getloadavg()[0]}
    with (
        tempfile.TemporaryDirectory(prefix="musepainter-bench-") as home,
        running_site(Path(home), port, n_callers, command) as site,
    ):
        callers = iter(site.callers)
        for way in ways:
            for n in users:
                annotators = [WAYS[way](next(callers)) for _ in range(n)]
                result[f"{way}, {n} users"] = _run(site, annotators, warm_up_s, seconds)
        result["statements a loop"] = {
            way: _statements(site, WAYS[way](next(callers))) for way in ways
        }
        server = tree(site.server.pid)
        result["server processes"] = len(server)
        result["server memory MB (PSS)"] = sum(map(pss_mb, server))
        result["server memory MB (RSS summed)"] = sum(map(rss_mb, server))
        result["scripts and styles kB"] = _page_weight(site)
    result["load after"] = os.getloadavg()[0]
    return result


def _run(site: Site, annotators: list[Any], warm_up_s: float, seconds: float) -> dict[str, Any]:
    server = tree(site.server.pid)
    used: list[tuple[float, float, float]] = []

    def note_processor_time() -> None:
        used.append((sum(map(cpu_s, server)), _postgresql_s(site), time.process_time()))

    timings = drive(
        site.port, annotators, warm_up_s=warm_up_s, seconds=seconds, on_open=note_processor_time
    )
    note_processor_time()
    per_loop = [1000 * (b - a) / max(timings.loops, 1) for a, b in zip(*used, strict=True)]
    return {
        "loops/s": timings.loops / timings.seconds,
        **_latencies_ms(timings),
        "cpu ms a loop": dict(zip(("server", "postgresql", "driver"), per_loop, strict=True)),
    }


def _latencies_ms(timings: Timings) -> dict[str, float]:
    found = {}
    for kind, values in timings.latencies_s.items():
        cuts = quantiles(values, n=20) if len(values) > 1 else [values[0]] * 19
        found |= {f"{kind} p50 ms": cuts[9] * 1000, f"{kind} p95 ms": cuts[18] * 1000}
    return found


def _postgresql_s(site: Site) -> float:
    pid = int((site.log.parent / "postmaster.pid").read_text().split()[0])
    return sum(cpu_s(process, with_children=True) for process in tree(pid))


def _statements(site: Site, annotator: Any, loops: int = 60) -> dict[str, float]:
    """How many statements of a loop reach PostgreSQL, by its own log."""
    with counted_statements(site.log.parent, site.log) as counts:
        done = drive(site.port, [annotator], warm_up_s=0, seconds=60, most_loops=loops).loops
    return {kind: count / done for kind, count in counts.items()}


def _page_weight(site: Site) -> dict[str, float]:
    """All that the judging page loads of scripts and styles, imported modules included."""
    cookie = f"sessionid={site.callers[0].session}"
    base = f"http://127.0.0.1:{site.port}"

    def fetched(path: str) -> bytes:
        with urlopen(Request(base + path, headers={"Cookie": cookie}), timeout=30) as reply:
            return bytes(reply.read())

    page = fetched("/judge/").decode()
    waiting = re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', page)
    seen: dict[str, bytes] = {}
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen[path] = fetched(path)
        if path.endswith(".js"):
            imports = re.findall(rb"""(?:from|import)\s*\(?["'](\.[^"']+\.js)["']""", seen[path])
            waiting += [
                os.path.normpath(f"{Path(path).parent}/{name.decode()}") for name in imports
            ]
    return {
        "files": len(seen),
        "raw": sum(map(len, seen.values())) / 1000,
        "gzip": sum(len(gzip.compress(content)) for content in seen.values()) / 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--users", type=int, nargs="+", default=list(USERS))
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--server", default="", help="command line with {port}")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    result = measure(
        seconds=options.seconds, users=options.users, ways=options.ways,
        command=shlex.split(options.server), port=options.port,
    )  # fmt: skip
    print(json.dumps(result, indent=None if options.json else 2))  # noqa: T201  a command


if __name__ == "__main__":
    main()
