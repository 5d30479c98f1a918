"""report.html: one file that can be opened anywhere, sent and printed; it needs nothing else.

The numbers are those of report.md. Pictures are inside of it, sheets of them as JPEG.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from PIL import Image

from rlhf.effects.page_style import STYLE
from rlhf.effects.plots import CURVES, WIN_RATES
from rlhf.effects.report import SHEET, cautions, circumstances, findings, weight_zero
from rlhf.effects.results import Exhibit, Results
from rlhf.effects.tables import tables_of
from workbench.axes import AXIS_NAMES, Axis
from workbench.files import whole_file
from workbench.measures import Effect
from workbench.tables import Table

PAGE = "report.html"

_TITLE = "What the adapters do, beside the base painter"
_JPEG_QUALITY = 88
_KINDS = {
    "adapter": "adapter at weight 1",
    "control": "its shuffled control",
    "mixture": "mixture",
    "best_of": "base, no training",
}


def write_page(
    folder: Path, results: Results, sheets: Mapping[Axis, Path], watches: Mapping[Axis, Path]
) -> None:
    """sheets: pictures step by step. watches: plots of refinements, where there are any."""
    body = "\n".join(_sections(folder, results, sheets, watches))
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_TITLE}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
    with whole_file(folder / PAGE) as partial:
        partial.write_text(page, encoding="utf-8")


def _sections(
    folder: Path, results: Results, sheets: Mapping[Axis, Path], watches: Mapping[Axis, Path]
) -> Iterator[str]:
    yield f"<h1>{_TITLE}</h1>"
    yield f'<p class="soft">{_inline(circumstances(results))}</p>'
    yield _list("findings", findings(results))
    yield "<h2>Effect matrix</h2>"
    yield _matrix(results)
    yield _figure(folder / WIN_RATES, "Win rates over the base on each axis, with 95 % intervals")
    yield "<h2>How far to trust this</h2>"
    yield _list("cautions", cautions(results))
    yield "<h2>Pictures</h2>"
    yield '<p class="soft">The same prompt and noise in each row.</p>'
    yield _figure(folder / SHEET, "Pictures by the base and each adapter")
    for axis, path in sheets.items():
        yield f"<h3>{escape(AXIS_NAMES[axis])}, step by step</h3>"
        yield _figure(path, f"Pictures before, at steps of the refinement of {axis}, and after")
    yield "<h2>Mixing</h2>"
    if results.curves:
        yield _figure(folder / CURVES, "Gain on each axis against the weight of each adapter")
    yield f"<p>{_inline(weight_zero(results))}</p>"
    drawn = {axis: path for axis, path in watches.items() if path.is_file()}
    if drawn:
        yield "<h2>What the watch saw while they were trained</h2>"
    for axis, path in drawn.items():
        yield f"<h3>{escape(AXIS_NAMES[axis])}</h3>"
        yield _figure(path, f"Rewards, diversity and adherence over the steps for {axis}")
    for table in tables_of(results):
        yield _table(table)
    yield "<h2>Where it comes from</h2>"
    yield _list("hashes", (f"{name}: `{sha256}`" for name, sha256 in results.hashes.items()))


def _matrix(results: Results) -> str:
    head = "".join(
        f'<th scope="col">{axis}<span class="soft">{escape(AXIS_NAMES[axis])}</span></th>'
        for axis in results.axes
    )
    rows = "".join(_matrix_row(shown, results) for shown in results.exhibits)
    return _scrolling(
        "Effect matrix",
        f'<table class="matrix"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody>'
        "</table>",
        "Share of the pictures that the judges like better than the base's of the same prompt and "
        "noise, with its 95 % interval over clips, and the mean gain in sd of the base's pictures. "
        "The own axis has a frame.",
    )


def _matrix_row(shown: Exhibit, results: Results) -> str:
    cells = "".join(
        _matrix_cell(effect.judged, is_own=shown.axis == axis)
        for axis, effect in shown.effects.items()
    )
    name = f'{escape(shown.name)}<span class="soft">{_KINDS[shown.kind]}</span>'
    return f'<tr class="{shown.kind}"><th scope="row">{name}</th>{cells}</tr>'


def _matrix_cell(found: Effect, *, is_own: bool) -> str:
    rate = found.win_rate
    tone = "gain" if rate.value >= 0.5 else "loss"
    strength = min(abs(rate.value - 0.5) * 2, 1.0)
    return (
        f'<td class="{tone}{" own" if is_own else ""}" style="--strength: {strength:.2f}">'
        f"<strong>{rate.value:.0%}</strong>"
        f"<span>[{rate.low:.0%}, {rate.high:.0%}]</span>"
        f"<span>{found.gain.value:+.2f} sd</span></td>"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>' if not column else f"<td>{escape(cell)}</td>"
            for column, cell in enumerate(row)
        )
        + "</tr>"
        for row in table.rows
    )
    inside = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<h2>{escape(table.title)}</h2>" + _scrolling(table.title, inside, table.note)


def _scrolling(label: str, inside: str, note: str) -> str:
    """What may be wider than a phone scrolls on its own, by keys as well."""
    told = f'<p class="soft">{_inline(note)}</p>' if note else ""
    name = escape(label, quote=True)
    return f'<div class="wide" tabindex="0" role="group" aria-label="{name}">{inside}</div>{told}'


def _figure(path: Path, title: str) -> str:
    alt = escape(title, quote=True)
    picture = f'<img src="{_embedded(path)}" alt="{alt}">'
    return (
        f'<figure><div class="wide" tabindex="0" role="group" aria-label="{alt}">{picture}</div>'
        f"<figcaption>{escape(title)}</figcaption></figure>"
    )


def _embedded(path: Path) -> str:
    """A picture as an address that holds it; sheets of many pictures as JPEG."""
    content, kind = path.read_bytes(), "png"
    with Image.open(io.BytesIO(content)) as opened:
        smaller = io.BytesIO()
        opened.convert("RGB").save(smaller, "JPEG", quality=_JPEG_QUALITY)
    if smaller.tell() < len(content):
        content, kind = smaller.getvalue(), "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _list(name: str, sentences: Iterator[str]) -> str:
    items = "".join(f"<li>{_inline(sentence)}</li>" for sentence in sentences)
    return f'<ul class="{name}">{items}</ul>'


def _inline(text: str) -> str:
    """Markdown's stars and ticks, of which our sentences use no others."""
    safe = escape(text)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", safe)
