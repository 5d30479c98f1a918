"""Pictures from outside are decoded and written anew: nothing but the pixels survives."""

from __future__ import annotations

import io
from typing import NamedTuple

from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.Image import Transpose

from annotate_site.core.exceptions import Refused

MOST_BYTES = 30 << 20
MOST_PIXELS = 4096 * 4096
LEAST_SIDE_PX = 16
_FORMATS = ("PNG", "JPEG", "WEBP")
# EXIF orientation to what turns the picture upright. (ImageOps.exif_transpose writes the EXIF
# anew, which fails for damaged ones; ours is thrown away.)
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


class Picture(NamedTuple):
    content: bytes
    """PNG for all, so that neither type nor quality tells who painted it."""
    width: int
    height: int


def clean_picture(content: bytes, *, name: str = "the picture") -> Picture:
    """Raises Refused when the bytes are no still PNG, JPEG or WebP of a sensible size."""
    if not content:
        raise Refused(f"{name} is empty")
    if len(content) > MOST_BYTES:
        raise Refused(f"{name} has {len(content) >> 20} MiB; at most {MOST_BYTES >> 20} are taken")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            _check_size(name, image)
            pixels = _opaque(_upright(image))
    except UnidentifiedImageError:
        raise Refused(
            f"{name} is no picture that can be read; expected PNG, JPEG or WebP"
        ) from None
    except Image.DecompressionBombError:
        raise Refused(f"{name} has far more than {MOST_PIXELS} pixels") from None
    except (OSError, SyntaxError, ValueError) as error:
        # Pillow's decoders raise these three for damaged files.
        raise Refused(f"{name} is damaged: {error}") from None
    stream = io.BytesIO()
    pixels.save(stream, "PNG")
    return Picture(stream.getvalue(), pixels.width, pixels.height)


def _check_size(name: str, image: Image.Image) -> None:
    """Looks at the header only, so a decompression bomb is turned away unopened."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise Refused(f"{name} is {width} x {height}; at most {MOST_PIXELS} pixels are taken")
    if min(width, height) < LEAST_SIDE_PX:
        raise Refused(f"{name} is {width} x {height}; each side needs {LEAST_SIDE_PX} pixels")
    if getattr(image, "n_frames", 1) > 1:
        raise Refused(f"{name} moves; expected a still picture")


def _upright(image: Image.Image) -> Image.Image:
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if turn is None else image.transpose(turn)


def _opaque(image: Image.Image) -> Image.Image:
    """RGB on white, in a new image that carries no metadata."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image).convert("RGB")
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain
