"""The processes of an installation: the web server and the worker, as children of `demo`."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings

from annotate_site.core.exceptions import Refused

_PATIENCE_S = 60


def server_command(host: str, port: int) -> list[str]:
    """Two processes for two cores; threads, because a request mostly waits for PostgreSQL.

    Loaded once and then forked, so that the processes share most of their memory. Connections are
    kept open, because people think longer than the two seconds that are usual.
    """
    return [
        sys.executable, "-m", "gunicorn", "annotate_site.config.wsgi:application",
        "--bind", f"{host}:{port}", "--workers", "2", "--threads", "4",
        "--preload", "--keep-alive", "75",
        "--log-level", "warning", "--chdir", str(settings.BASE_DIR),
    ]  # fmt: skip


def worker_command() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]


def refuse_busy_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                f"{host}:{port} cannot be used ({error.strerror}); choose another with --port"
            ) from None


def wait_until_answering(host: str, port: int, server: subprocess.Popen[bytes]) -> None:
    """Return when the site answers. Raises Refused when it ends, or stays silent for a minute."""
    request = Request(f"http://{host}:{port}/sign-in/")
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Refused(f"the web server ended with code {server.returncode}; see above")
        try:
            with urlopen(request, timeout=5):
                return
        except HTTPError as error:
            raise Refused(f"the site answers with {error.code}; see the log above") from None
        except (URLError, OSError):
            time.sleep(0.1)
    raise Refused(f"the web server did not answer within {_PATIENCE_S} seconds")


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """End our own children, politely first."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
