from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest

from annotate_site.config.processes import refuse_busy_port, stop, wait_until_answering
from annotate_site.core.exceptions import Refused


def test_busy_port_is_refused_with_a_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Refused, match=rf"127\.0\.0\.1:{port} .* choose another with --port"):
            refuse_busy_port("127.0.0.1", port)
    refuse_busy_port("127.0.0.1", port)


def test_server_that_ends_at_once_is_told() -> None:
    server = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(Refused, match="the web server ended with code 3"):
        wait_until_answering("127.0.0.1", 9, server)


def test_stop_ends_our_children() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    begun = time.monotonic()
    stop([child])
    assert child.poll() is not None
    assert time.monotonic() - begun < 10
