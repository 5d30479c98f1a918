"""axe-core on a page: what is hard or impossible to use for some people."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_SOURCE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
_RUN = """() => axe.run(document, {resultTypes: ["violations"]}).then(({violations}) =>
    violations.flatMap(({id, nodes}) => nodes.map(({target, any, all, none}) =>
        `${id} at ${target.join(" ")}: ${[...any, ...all, ...none][0]?.message}`)))"""

LOOKS = {
    f"{device}, {scheme}": (size, scheme)
    for device, size in (
        ("desktop", {"width": 1280, "height": 800}),
        ("phone", {"width": 390, "height": 844}),
    )
    for scheme in ("light", "dark")
}


def violations(page: Page) -> list[str]:
    """Rule, place and reason of everything that axe finds, in both themes and sizes."""
    found = []
    for look, (size, scheme) in LOOKS.items():
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(_SOURCE)
        found += [f"{look}: {violation}" for violation in page.evaluate(_RUN)]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            found.append(f"{look}: the page is {width} px wide")
    return found
