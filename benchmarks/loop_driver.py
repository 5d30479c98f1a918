"""Many annotators in one thread: raw sockets and epoll, so that the driver leaves the cores alone.

An annotator is a generator: it yields requests and is sent the answers.
"""

from __future__ import annotations

import json
import math
import re
import selectors
import socket
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.loop_site import Caller

AXES = ("emo", "con", "cre")
_CSRF = "c" * 32  # Any 32 letters that cookie and form share.
_LEASE = re.compile(rb'name="lease" value="([^"]+)"')


class Request(NamedTuple):
    kind: str
    """next or submit."""
    content: bytes


class Reply(NamedTuple):
    status: int
    body: bytes


LOOP_DONE = Request("loop", b"")
Annotator = Generator[Request, Reply, None]


@dataclass
class Timings:
    """What one run saw within its window."""

    seconds: float = 0.0
    loops: int = 0
    latencies_s: dict[str, list[float]] = field(default_factory=dict)


def in_one_request(caller: Caller) -> Annotator:
    """All three answers in one request, which returns the next comparison."""
    first = yield Request("next", _api(caller, "POST", "/api/v1/leases", None))
    lease = json.loads(first.body)["id"]
    answers = {"judgements": [{"axis": axis, "verdict": "left"} for axis in AXES]}
    while True:
        path = f"/api/v1/leases/{lease}/judgements?next=1"
        reply = yield Request("submit", _api(caller, "PUT", path, answers))
        yield LOOP_DONE
        lease = _expected(reply)["next"]["id"]


def in_sequence(caller: Caller) -> Annotator:
    """As a front end does that asks one question after the other."""
    answer = {"verdict": "right", "response_ms": 2500, "listened_share": 0.8}
    while True:
        reply = yield Request("next", _api(caller, "POST", "/api/v1/leases", None))
        lease = _expected(reply)["id"]
        for axis in AXES:
            path = f"/api/v1/leases/{lease}/judgements/{axis}"
            _expected((yield Request("submit", _api(caller, "PUT", path, answer))))
        yield LOOP_DONE


def on_the_page(caller: Caller) -> Annotator:
    """As the judging page's scripts do: three answers, the next comparison fetched meanwhile."""
    page = yield Request("next", _page(caller, "GET", "/judge/", ""))
    while True:
        lease = _found(_LEASE, page)[1].decode()
        for axis in AXES:
            form = (
                f"csrfmiddlewaretoken={_CSRF}&lease={lease}&axis={axis}&verdict=left"
                "&response_ms=2500&listened_share=0.8"
            )
            _expected((yield Request("submit", _page(caller, "POST", "/judge/answer/", form))))
            if axis == AXES[0]:
                path = f"/judge/ahead/?behind={lease}"
                page = yield Request("next", _page(caller, "GET", path, ""))
        yield LOOP_DONE


WAYS = {"one request": in_one_request, "sequence": in_sequence, "page": on_the_page}


def drive(
    port: int,
    annotators: Sequence[Annotator],
    *,
    warm_up_s: float,
    seconds: float,
    most_loops: float = math.inf,
    on_open: Callable[[], None] = lambda: None,
) -> Timings:
    """Let all annotators work at once; the window opens after the warm-up, which is not counted."""
    selector = selectors.DefaultSelector()
    users = [_User(annotator, port) for annotator in annotators]
    for user in users:
        selector.register(user.socket, selectors.EVENT_READ, user)
        user.begin()
    timings = Timings()
    opened = time.perf_counter() + warm_up_s
    while time.perf_counter() < opened:
        _receive(selector, None)
    on_open()
    opened = time.perf_counter()
    while time.perf_counter() < opened + seconds and timings.loops < most_loops:
        _receive(selector, timings)
    timings.seconds = time.perf_counter() - opened
    for user in users:
        user.socket.close()
    selector.close()
    return timings


def _receive(selector: selectors.BaseSelector, timings: Timings | None) -> None:
    for key, _ in selector.select(timeout=1):
        key.data.receive(timings)


class _User:
    def __init__(self, annotator: Annotator, port: int) -> None:
        self.annotator = annotator
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.pending = LOOP_DONE
        self.sent_at = 0.0

    def begin(self) -> None:
        self._send(next(self.annotator))

    def _send(self, request: Request) -> None:
        self.pending, self.sent_at = request, time.perf_counter()
        self.socket.sendall(request.content)

    def receive(self, timings: Timings | None) -> None:
        part = self.socket.recv(1 << 18)
        if not part:
            raise RuntimeError("the server closed the connection")
        self.received += part
        reply = _complete(self.received)
        if reply is None:
            return
        self.received = b""
        if timings is not None:
            took = time.perf_counter() - self.sent_at
            timings.latencies_s.setdefault(self.pending.kind, []).append(took)
        request = self.annotator.send(reply)
        if request is LOOP_DONE:
            if timings is not None:
                timings.loops += 1
            request = next(self.annotator)
        self._send(request)


def _complete(received: bytes) -> Reply | None:
    """The reply, once all of it is there."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        raise RuntimeError("a chunked reply; this driver wants a Content-Length")
    at = lower.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    if len(body) < length:
        return None
    return Reply(int(head[9:12]), body)


def _api(caller: Caller, method: str, path: str, message: Any) -> bytes:
    body = b"" if message is None else json.dumps(message).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {caller.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _page(caller: Caller, method: str, path: str, form: str) -> bytes:
    kind = "Content-Type: application/x-www-form-urlencoded\r\n" if form else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: sessionid={caller.session}; csrftoken={_CSRF}\r\n"
        f"Accept: application/json\r\n{kind}Content-Length: {len(form)}\r\n\r\n"
    )
    return (head + form).encode()


def _expected(reply: Reply) -> Any:
    if reply.status != 200:
        raise RuntimeError(f"answered with {reply.status}: {reply.body[:300]!r}")
    return json.loads(reply.body)


def _found(pattern: re.Pattern[bytes], reply: Reply) -> re.Match[bytes]:
    found = pattern.search(reply.body)
    if reply.status != 200 or found is None:
        raise RuntimeError(f"answered with {reply.status}: {reply.body[:300]!r}")
    return found
