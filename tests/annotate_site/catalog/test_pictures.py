from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageOps, PngImagePlugin

from annotate_site.catalog.pictures import clean_picture
from annotate_site.core.exceptions import Refused
from tests.factories.catalog import picture


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        clean_picture(content, name="art")
    return str(caught.value)


def png_of_zeros(width: int, height: int) -> bytes:
    """A small file that unpacks to width * height bytes: a decompression bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (1 << 20), 9)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_clean_picture_writes_png(kind: str) -> None:
    cleaned = clean_picture(picture(size=(20, 30), kind=kind))
    with Image.open(io.BytesIO(cleaned.content)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (20, 30))
    assert (cleaned.width, cleaned.height) == (20, 30)


def test_clean_picture_keeps_the_pixels_of_a_png() -> None:
    content = picture(number=3, size=(40, 40))
    cleaned = clean_picture(content)
    before, after = Image.open(io.BytesIO(content)), Image.open(io.BytesIO(cleaned.content))
    assert before.tobytes() == after.tobytes()


def test_clean_picture_drops_metadata() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("parameters", "painter emo-v2, seed 7")
    content = saved(Image.new("RGB", (32, 32)), "PNG", pnginfo=notes)
    exif = Image.Exif()
    exif[0x013B] = "a painter"
    photo = saved(Image.new("RGB", (32, 32)), "JPEG", exif=exif, comment=b"secret")
    assert b"emo-v2" in content
    assert b"emo-v2" not in clean_picture(content).content
    with Image.open(io.BytesIO(clean_picture(photo).content)) as image:
        assert (dict(image.getexif()), image.info) == ({}, {})


def test_clean_picture_drops_what_follows_the_picture() -> None:
    polyglot = picture(size=(20, 20)) + b"<script>alert(1)</script>PK\x03\x04"
    assert clean_picture(polyglot).content == clean_picture(picture(size=(20, 20))).content


@pytest.mark.parametrize("orientation", range(1, 9))
def test_clean_picture_turns_a_photo_upright(orientation: int) -> None:
    plain = Image.effect_noise((40, 20), 90).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(plain, "PNG", exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    with Image.open(io.BytesIO(clean_picture(content).content)) as image:
        assert (image.size, image.tobytes()) == (expected.size, expected.tobytes())


def exif_orientation(kind: int, value: bytes) -> bytes:
    """EXIF with nothing but an orientation, of a TIFF type that may be wrong."""
    entry = struct.pack("<HHI4s", 0x0112, kind, 1, value)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + b"\0\0\0\0"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "exif",
    [
        exif_orientation(3, struct.pack("<I", 0)),
        exif_orientation(3, struct.pack("<I", 9)),
        exif_orientation(2, b"x"),
        exif_orientation(11, struct.pack("<f", 2.5)),
        exif_orientation(3, struct.pack("<I", 6))[:-8],
    ],
)
def test_clean_picture_bears_damaged_exif(exif: bytes) -> None:
    content = saved(Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    assert clean_picture(content).width == 40


def test_clean_picture_puts_transparency_on_white() -> None:
    cleaned = clean_picture(saved(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"))
    with Image.open(io.BytesIO(cleaned.content)) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><h1>Art</h1>",
        b"just words",
        b"GIF89a" + b"\0" * 50,
        saved(Image.new("RGB", (20, 20)), "TIFF"),
        saved(Image.new("RGB", (20, 20)), "BMP"),
    ],
)
def test_clean_picture_refuses_other_kinds(content: bytes) -> None:
    assert refusal(content) == "art is no picture that can be read; expected PNG, JPEG or WebP"


def test_clean_picture_refuses_nothing() -> None:
    assert refusal(b"") == "art is empty"


def test_clean_picture_refuses_too_many_bytes() -> None:
    assert refusal(b"\0" * (31 << 20)) == "art has 31 MiB; at most 30 are taken"


def test_clean_picture_refuses_half_a_picture() -> None:
    whole = saved(Image.effect_noise((64, 64), 90).convert("RGB"), "PNG")
    assert refusal(whole[: len(whole) // 2]).startswith("art is damaged: ")


def test_clean_picture_refuses_bombs() -> None:
    assert (
        refusal(png_of_zeros(5000, 5000)) == "art is 5000 x 5000; at most 16777216 pixels are taken"
    )
    assert refusal(png_of_zeros(60000, 60000)) == "art has far more than 16777216 pixels"


def test_clean_picture_refuses_tiny_ones() -> None:
    assert refusal(picture(size=(15, 40))) == "art is 15 x 40; each side needs 16 pixels"


def test_clean_picture_refuses_films() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    content = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert refusal(content) == "art moves; expected a still picture"
