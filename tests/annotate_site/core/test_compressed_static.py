from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from annotate_site.core.compressed_static import compressed_copy

pytestmark = pytest.mark.django_db
STYLE = "/static/judge.css"
MOST_BYTES = 200_000


def content_of(response) -> bytes:
    content = b"".join(response.streaming_content)
    response.close()
    return content


def test_scripts_and_styles_are_compressed_for_those_who_can_read_it(client):
    plain = client.get(STYLE)
    packed = client.get(STYLE, headers={"Accept-Encoding": "gzip, deflate"})

    content, compressed = content_of(plain), content_of(packed)
    assert gzip.decompress(compressed) == content == Path(finders.find("judge.css")).read_bytes()
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["Content-Length"]) == len(compressed) < len(content) / 2
    assert "Content-Encoding" not in plain
    for name in ("Content-Type", "ETag", "Cache-Control", "Vary"):
        assert plain[name] == packed[name]
    assert (packed["Content-Type"], packed["Vary"]) == (
        'text/css; charset="utf-8"',
        "Accept-Encoding",
    )


def test_what_has_not_changed_is_not_sent_again(client):
    first = client.get(STYLE)
    content_of(first)

    again = client.get(STYLE, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, content_of(again)) == (304, b"")


def test_compressed_copy_follows_the_content_and_leaves_nothing_unfinished(tmp_path, settings):
    settings.HOME = tmp_path / "home"
    source = tmp_path / "a.css"
    copies = []
    for content in (b"a" * 100, b"b" * 100, b"a" * 100):
        source.write_bytes(content)
        copies.append(compressed_copy(source))

    assert [gzip.decompress(copy.read_bytes())[:1] for copy in copies] == [b"a", b"b", b"a"]
    assert copies[0] == copies[2] != copies[1]
    assert len(list((settings.HOME / "compressed").iterdir())) == 2


def test_the_judging_pages_scripts_and_styles_weigh_little_on_the_wire(client):
    waiting = ["judge.js", "judge.css", "site.css", "vendor/htmx-2.0.11.min.js"]
    weights: dict[str, int] = {}
    while waiting:
        name = waiting.pop()
        if name in weights:
            continue
        response = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
        weights[name] = len(content_of(response))
        text = Path(finders.find(name)).read_text(encoding="utf-8")
        if name.endswith(".js") and "vendor" not in name:
            imports = re.findall(r'from "(\.[^"]+\.js)"', text)
            waiting += [str(Path(name).parent / found) for found in imports]

    assert len(weights) > 10
    assert sum(weights.values()) < MOST_BYTES
