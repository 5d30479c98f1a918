"""report.html as a browser reads it."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser

import pytest
from PIL import Image

from rlhf.effects.page import write_page
from workbench.tables import share


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.alts: list[str] = []
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag == "img":
            self.alts.append(known["alt"])

    def handle_data(self, text):
        self.words.append(text)


@pytest.fixture(scope="module")
def page(measured) -> _Page:
    return _Page((measured.folder / "report.html").read_text())


def test_page_needs_no_other_file(page):
    assert page.addresses
    assert all(address.startswith("data:image/") for address in page.addresses)
    assert not {"script", "link", "iframe"} & set(page.tags)


def test_page_holds_every_picture_whole(page):
    assert all(page.alts)
    for address in page.addresses:
        with Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))) as picture:
            picture.load()
    # Win rates, contact sheet, the steps of emo, response curves.
    assert len(page.addresses) == 4


def test_page_tells_the_numbers_of_the_matrix_and_all_tables(page, measured):
    words = " ".join(page.words)
    first = measured.results.exhibits[0]
    assert f"{first.effects['con'].judged.win_rate.value:.0%}" in words
    assert share(first.at_equal_cost.win_rate) in words
    assert "its shuffled control" in words
    for title in ("Diversity and adherence", "Drift from the base", "Response to the weight"):
        assert title in words


def test_page_shows_the_watch_of_a_run_that_has_one(measured, tmp_path):
    plot = tmp_path / "watch.png"
    Image.new("RGB", (8, 8)).save(plot)
    folder = measured.folder
    before = (folder / "report.html").read_text()
    try:
        write_page(folder, measured.results, {}, {"emo": plot, "con": tmp_path / "none.png"})
        shown = _Page((folder / "report.html").read_text())
    finally:
        (folder / "report.html").write_text(before)
    assert [alt for alt in shown.alts if "over the steps for emo" in alt]
    assert not [alt for alt in shown.alts if "over the steps for con" in alt]


def test_words_of_the_page_are_no_markup(measured, page):
    assert "**" not in " ".join(page.words)
    assert "`" not in " ".join(page.words)
