"""axe-core on a page: what is hard or impossible to use for some people."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page

_SOURCE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
_RUN = """async options => {
    const {violations} = await axe.run(document, {resultTypes: ["violations"], ...options});
    return violations.flatMap(({id, nodes}) => nodes.map(({target, any, all, none}) =>
        `${id} at ${target.join(" ")}: ${[...any, ...all, ...none][0]?.message}`));
}"""

# The dark theme changes colours and nothing else (static/site.css, :root), so that only the rules
# about colours can find more there than in the light one of the same size.
_OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
_ALL: dict[str, object] = {}

LOOKS = {
    f"{device}, {scheme}": (size, scheme)
    for device, size in (
        ("desktop", {"width": 1280, "height": 800}),
        ("phone", {"width": 390, "height": 844}),
    )
    for scheme in ("light", "dark")
}


def violations(page: Page, looks: Iterable[str] = tuple(LOOKS)) -> list[str]:
    """Rule, place and reason of everything that axe finds, in both themes and sizes."""
    found = []
    for look in looks:
        size, scheme = LOOKS[look]
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        rules = _ALL if scheme == "light" else _OF_COLOURS
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(_SOURCE)
        found += [f"{look}: {violation}" for violation in page.evaluate(_RUN, rules)]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            found.append(f"{look}: the page is {width} px wide")
    return found
