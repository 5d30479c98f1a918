"""`manage.py demo` in an empty data folder, as a newcomer starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from django.conf import settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_PATIENCE_S = 60  # A busy machine takes long to hash a password.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """The running process and what it has printed so far."""

    def __init__(self, home: Path, port: int) -> None:
        self.output = home.parent / f"demo-{port}.txt"
        self.address = f"http://127.0.0.1:{port}"
        environment = {
            "MUSEPAINTER_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "annotate_site.config.settings",
        }
        with self.output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(port)],
                cwd=settings.BASE_DIR,
                env=os.environ | environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_until_ready(self) -> None:
        while "Ctrl-C stops everything" not in self.said():
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)

    def password(self, username: str) -> str:
        found = re.search(rf"^  {username} +(\S+)$", self.said(), re.MULTILINE)
        assert found, self.said()
        return found[1]

    def stop(self) -> int:
        # Not SIGINT: where the tests run in the background, shells let children ignore it.
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "var"


@pytest.fixture
def demo(home: Path) -> Iterator[Demo]:
    running = Demo(home, free_port())
    yield running
    if running.process.poll() is None:
        running.stop()


def first_page(demo: Demo) -> httpx2.Response:
    """What an annotator sees who signs in with the printed password, and agrees when asked to."""
    with httpx2.Client(
        base_url=demo.address, follow_redirects=True, timeout=_PATIENCE_S
    ) as browser:

        def post(page: str, **fields: str) -> httpx2.Response:
            token = browser.cookies["csrftoken"]
            headers = {"Referer": demo.address}
            return browser.post(page, data=fields | {"csrfmiddlewaretoken": token}, headers=headers)

        browser.get("/sign-in/")
        shown = post("/sign-in/", username="annotator", password=demo.password("annotator"))
        if shown.url.path == "/welcome/consent/":
            shown = post("/welcome/consent/", version="1", agrees="on")
        return shown


def test_demo_leads_from_an_empty_folder_to_the_first_comparison(demo: Demo) -> None:
    demo.wait_until_ready()
    page = first_page(demo)
    assert page.status_code == 200
    assert str(page.url) == f"{demo.address}/judge/"
    assert page.text.count("/media/image/") >= 2
    assert "/media/audio/" in page.text
    (invitation,) = re.findall(r"http://\S+/join/\S+", demo.said())
    assert "You are invited" in httpx2.get(invitation, timeout=_PATIENCE_S).text
    assert demo.stop() == 0
    assert "stopped; `make demo` goes on from here" in demo.said()


def test_demo_starts_again_with_new_passwords_and_what_it_had(demo: Demo) -> None:
    demo.wait_until_ready()
    assert "choosing the first comparisons" not in demo.said()
    assert str(first_page(demo).url) == f"{demo.address}/judge/"


def test_demo_refuses_a_busy_port_in_one_sentence(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        busy = Demo(home, port)
        assert busy.process.wait(timeout=60) == 1
    assert f"127.0.0.1:{port} cannot be used" in busy.said()
    assert "Traceback" not in busy.said()
