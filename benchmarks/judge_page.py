"""From the last verdict on a comparison to the next pictures on screen, in a real browser.

A server of its own on an empty data folder, pictures of 1024 x 1024 pixels as SDXL paints them, and
Chromium, all on this machine. The time is taken by the browser itself: from the key press (its
`timeStamp`) to the moment at which both new pictures were painted (`renderTime` of the Element
Timing API). "Without" is the same page when the next comparison may not be fetched ahead.

    python -m benchmarks.judge_page
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import uuid4

COMPARISONS = 50
BASELINE = 5
SIZE_PX = 1024
# Before each of the three answers; people take longer. The next comparison comes after the first.
THINKING_MS = {"ArrowLeft": 350, "ArrowDown": 600, "ArrowRight": 600}
PORT = 8193

_CHROMIUM = "/usr/bin/chromium"
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_WATCH = """
window.pressedAt = 0;
window.painted = [];
addEventListener("keydown", (event) => { pressedAt = event.timeStamp; painted = []; }, true);
new PerformanceObserver((list) => painted.push(...list.getEntries().map((e) => e.renderTime)))
    .observe({type: "element", buffered: true});
"""
_TAKEN_MS = """() => new Promise((done) => {
    const look = () => painted.length >= 2 ? done(Math.max(...painted) - pressedAt)
        : setTimeout(look, 20);
    look();
})"""


def measure(comparisons: int = COMPARISONS) -> dict[str, float | int | str]:
    with tempfile.TemporaryDirectory(prefix="musepainter-bench-") as home, _site(home):
        times = _times_ms(comparisons, ahead=True)
        without = _times_ms(min(BASELINE, comparisons), ahead=False)
    return {
        "pictures": f"{SIZE_PX} x {SIZE_PX} PNG",
        "comparisons": len(times),
        "median_ms": statistics.median(times),
        "fastest_tenth_ms": statistics.quantiles(times, n=10)[0],
        "fastest_ms": min(times),
        "p95_ms": statistics.quantiles(times, n=20)[-1],
        "without_median_ms": statistics.median(without),
        "without_fastest_ms": min(without),
        "load_average": os.getloadavg()[0],
        "cores": os.cpu_count() or 0,
    }


@contextmanager
def _site(home: str) -> Iterator[None]:
    os.environ |= {
        "MUSEPAINTER_HOME": home,
        "DJANGO_SETTINGS_MODULE": "annotate_site.config.settings",
    }
    os.environ.pop("DATABASE_URL", None)
    # Only now, because the settings read the environment once.
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from annotate_site.config.processes import (  # noqa: PLC0415
        server_command,
        stop,
        wait_until_answering,
    )

    call_command("migrate", verbosity=0)
    _fill()
    server = subprocess.Popen(server_command("127.0.0.1", PORT))
    try:
        wait_until_answering("127.0.0.1", PORT, server)
        yield
    finally:
        stop([server])


def _fill() -> None:
    """Comparisons of large pictures, an annotator, and no time to listen: it is not measured."""
    from annotate_site.accounts.models import Person  # noqa: PLC0415
    from annotate_site.annotation.models import Project  # noqa: PLC0415
    from annotate_site.annotation.services import TripletRow, publish_triplets  # noqa: PLC0415
    from annotate_site.catalog.models import Candidate, Clip  # noqa: PLC0415
    from annotate_site.catalog.services import load_demo  # noqa: PLC0415

    load_demo()
    pictures = [_enlarged(candidate) for candidate in Candidate.objects.order_by("id")]
    n_triplets = -(-(COMPARISONS + BASELINE) // 3) + 2
    clips = list(Clip.objects.order_by("id"))
    rows = [
        TripletRow(
            clips[number % len(clips)].pk,
            *(pictures[(number + step) % len(pictures)].pk for step in (0, 3, 7)),
            0.0, 0.0, 0.0,
        )
        for number in range(n_triplets)
    ]  # fmt: skip
    publish_triplets(run_id=uuid4(), rows=rows, overlap=1, seed=0)
    Project.objects.update_or_create(pk=1, defaults={"listen_s": 0, "gold_share_warm_up": 0})
    Person.objects.create_user("bench", password="correct-horse")


def _enlarged(candidate: Any) -> Any:
    from PIL import Image  # noqa: PLC0415

    from annotate_site.catalog.services import add_candidate, register_painter  # noqa: PLC0415

    with Image.open(candidate.image.path) as image:
        large = image.resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS)
    stream = BytesIO()
    large.save(stream, "PNG")
    painter = register_painter(name="large", kind="built_in", generation=0)
    return add_candidate(clip=candidate.clip, painter=painter, content=stream.getvalue())


def _times_ms(count: int, *, ahead: bool) -> list[float]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(60_000)
        page.add_init_script(_WATCH)
        if not ahead:
            page.route("**/judge/ahead/**", lambda route: route.fulfill(status=204))
        page.goto(f"http://127.0.0.1:{PORT}/")
        page.fill("[name=username]", "bench")
        page.fill("[name=password]", "correct-horse")
        page.click("button.primary")
        page.wait_for_selector("#play")
        times = [_one_ms(page) for _ in range(count)]
        browser.close()
    return times


def _one_ms(page: Any) -> float:
    """Judge the comparison on screen; the time from its last verdict to the next pictures."""
    for key, thinking_ms in THINKING_MS.items():
        page.wait_for_timeout(thinking_ms)
        page.keyboard.press(key)
    return float(page.evaluate(_TAKEN_MS))


def main() -> None:
    from benchmarks.measuring import store  # noqa: PLC0415

    result = measure()
    for key, value in result.items():
        print(f"{key}: {value:.4g}" if isinstance(value, float) else f"{key}: {value}")  # noqa: T201
    print(f"stored in {store('judge_page', result)}")  # noqa: T201


if __name__ == "__main__":
    main()
