from __future__ import annotations

import pytest

from annotate_site.catalog.byte_ranges import ByteRange, NotSatisfiable, parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", ByteRange(0, 99)),
        ("bytes=0-0", ByteRange(0, 0)),
        ("bytes=10-19", ByteRange(10, 19)),
        ("bytes=90-200", ByteRange(90, 99)),
        ("bytes=-30", ByteRange(70, 99)),
        ("bytes=-300", ByteRange(0, 99)),
        ("Bytes= 5-6 ", ByteRange(5, 6)),
    ],
)
def test_parse_range_reads_one_range(header: str, expected: ByteRange) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes=a-b",
        "bytes=--1",
        "bytes=٣-٤",
        "bytes=1-" + "9" * 100,
    ],
)
def test_parse_range_ignores_other_headers(header: str) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_parse_range_refuses_what_lies_behind_the_end(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        parse_range(header, 100)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=0-0"])
def test_parse_range_of_an_empty_file_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        parse_range(header, 0)
