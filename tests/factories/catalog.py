"""Clips with real sound, candidates with real pictures. No two are alike, so hashes differ."""

from __future__ import annotations

import colorsys
import io
from typing import Any

import factory
import numpy as np
import soundfile
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory
from PIL import Image

from annotate_site.catalog.models import Candidate, Clip, Painter, PainterKind
from workbench.files import sha256_of_bytes

SAMPLE_RATE_HZ = 8000


def sound(
    *, number: int = 0, duration_s: float = 1.5, kind: str = "WAV", subtype: str | None = None
) -> bytes:
    """The bytes of an audio file with one steady tone, another for each `number`."""
    times = np.arange(int(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tone = 0.3 * np.sin(2 * np.pi * (220 + number) * times)
    stream = io.BytesIO()
    soundfile.write(stream, tone, SAMPLE_RATE_HZ, format=kind, subtype=subtype)
    return stream.getvalue()


def picture(*, number: int = 0, size: tuple[int, int] = (16, 12), kind: str = "PNG") -> bytes:
    """The bytes of an image file of one colour, another for each `number`."""
    red, green, blue = colorsys.hsv_to_rgb((number * 0.618) % 1, 0.7, 0.9)
    image = Image.new("RGB", size, (int(red * 255), int(green * 255), int(blue * 255)))
    image.putpixel((0, 0), (number % 256, number // 256 % 256, 0))
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


class ClipFactory(DjangoModelFactory):
    """`ClipFactory(duration_s=3.0)` for a longer one."""

    class Meta:
        model = Clip

    class Params:
        number = factory.Sequence(lambda number: number)
        content = factory.LazyAttribute(
            lambda clip: sound(number=clip.number, duration_s=clip.duration_s)
        )

    title = factory.LazyAttribute(lambda clip: f"Clip {clip.number}")
    caption = factory.LazyAttribute(lambda clip: f"A steady tone, number {clip.number}.")
    licence = "CC0-1.0"
    duration_s = 1.5
    sha256 = factory.LazyAttribute(lambda clip: sha256_of_bytes(clip.content))
    audio = factory.LazyAttribute(lambda clip: ContentFile(clip.content, name=f"{clip.sha256}.wav"))


class PainterFactory(DjangoModelFactory):
    class Meta:
        model = Painter

    name = factory.Sequence(lambda number: f"painter-{number}")
    kind = PainterKind.BASE
    profile = "mini"


class CandidateFactory(DjangoModelFactory):
    class Meta:
        model = Candidate

    class Params:
        number = factory.Sequence(lambda number: number)
        content = factory.LazyAttribute(lambda candidate: picture(number=candidate.number))

    clip: Any = factory.SubFactory(ClipFactory)
    painter: Any = factory.SubFactory(PainterFactory)
    prompt = factory.LazyAttribute(lambda candidate: f"Prompt {candidate.number}")
    seed = factory.LazyAttribute(lambda candidate: candidate.number)
    width = 16
    height = 12
    sha256 = factory.LazyAttribute(lambda candidate: sha256_of_bytes(candidate.content))
    image = factory.LazyAttribute(
        lambda candidate: ContentFile(candidate.content, name=f"{candidate.sha256}.png")
    )


class TrueCandidateFactory(CandidateFactory):
    """With a picture as large as the catalogue demands; the others are tiny, for speed."""

    class Params:
        content = factory.LazyAttribute(
            lambda candidate: picture(number=candidate.number, size=(48, 36))
        )

    width = 48
    height = 36
