from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from annotate_site.catalog.media_files import store
from annotate_site.catalog.models import Candidate, Clip, Painter, PainterKind
from annotate_site.catalog.pictures import clean_picture
from annotate_site.catalog.services.texts import checked_text
from annotate_site.core.exceptions import Refused
from workbench.files import sha256_of_bytes


def register_painter(
    *,
    name: str,
    kind: PainterKind | str,
    generation: int,
    profile: str = "",
    adapters: Mapping[str, Any] | None = None,
    model_sha256: str = "",
    credits: str = "",
) -> Painter:
    """The painter of that name, created when there is none.

    Raises Refused when the name belongs to a painter of another kind or with other weights:
    its candidates would be told apart by nobody.
    """
    name = checked_text("painter's name", name, most=100)
    if not name:
        raise Refused("a painter needs a name")
    if kind not in PainterKind.values:
        raise Refused(f"{kind!r} is no kind of painter; expected {', '.join(PainterKind.values)}")
    if generation < 0:
        raise Refused(f"the generation of {name} is {generation}; expected 0 or more")
    painter, is_new = Painter.objects.get_or_create(
        name=name,
        defaults={
            "kind": PainterKind(kind),
            "generation": generation,
            "profile": profile,
            "adapters": dict(adapters or {}),
            "model_sha256": model_sha256,
            "credits": credits,
        },
    )
    if not is_new and (painter.kind, painter.model_sha256) != (kind, model_sha256):
        raise Refused(f"{name} is another painter already; choose another name")
    return painter


def add_candidate(
    *,
    clip: Clip,
    painter: Painter,
    content: bytes,
    prompt: str = "",
    seed: int | None = None,
    title: str = "",
    attribution: str = "",
    run_id: UUID | None = None,
) -> Candidate:
    """Store the pixels of `content` as an image for `clip`; equal pixels are one candidate.

    Raises Refused when the bytes are no usable picture.
    """
    label = title or f"a picture for “{clip.title}”"
    title = checked_text("title", title, most=200)
    prompt = checked_text("prompt", prompt, most=10_000)
    picture = clean_picture(content, name=label)
    sha256 = sha256_of_bytes(picture.content)
    name = f"images/{sha256}.png"
    store(name, lambda partial: partial.write_bytes(picture.content))
    with transaction.atomic():
        candidate, _ = Candidate.objects.get_or_create(
            clip=clip,
            painter=painter,
            sha256=sha256,
            defaults={
                "image": name,
                "width": picture.width,
                "height": picture.height,
                "prompt": prompt,
                "seed": seed,
                "title": title,
                "attribution": attribution,
                "run_id": run_id,
            },
        )
    return candidate
