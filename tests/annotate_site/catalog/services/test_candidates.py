from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annotate_site.catalog.models import Candidate, Painter, PainterKind
from annotate_site.catalog.services import add_candidate, register_painter
from annotate_site.core.exceptions import Refused
from tests.factories.catalog import ClipFactory, PainterFactory, picture
from workbench.files import sha256_of_file

pytestmark = pytest.mark.django_db


def register(**facts: Any) -> Painter:
    return register_painter(
        **{"name": "mini", "kind": PainterKind.BASE, "generation": 1, "model_sha256": "ab", **facts}
    )


def test_register_painter_makes_one_of_a_name() -> None:
    first = register(adapters={"emo": 0.7}, profile="mini", credits="nobody")
    again = register(generation=5)
    assert (again.id, again.generation, again.adapters) == (first.id, 1, {"emo": 0.7})
    assert Painter.objects.count() == 1


@pytest.mark.parametrize("facts", [{"kind": PainterKind.ADAPTED}, {"model_sha256": "cd"}])
def test_register_painter_refuses_a_name_of_another(facts: dict[str, Any]) -> None:
    register()
    with pytest.raises(Refused, match="mini is another painter already; choose another name"):
        register(**facts)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"name": " "}, "a painter needs a name"),
        ({"kind": "robot"}, "'robot' is no kind of painter; expected built_in, base, adapted"),
        ({"generation": -1}, "the generation of mini is -1; expected 0 or more"),
    ],
)
def test_register_painter_refuses_bad_facts(facts: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused) as caught:
        register(**facts)
    assert str(caught.value) == reason


def test_add_candidate_stores_the_pixels_under_their_hash(media_root: Path) -> None:
    run_id = uuid4()
    candidate = add_candidate(
        clip=ClipFactory(),
        painter=PainterFactory(),
        content=picture(size=(40, 24)),
        prompt="a sea",
        seed=2**62,
        title="Sea",
        run_id=run_id,
    )
    path = media_root / "images" / f"{candidate.sha256}.png"
    assert sha256_of_file(path) == candidate.sha256
    stored = Candidate.objects.get()
    assert stored.image.name == f"images/{candidate.sha256}.png"
    assert (stored.width, stored.height, stored.prompt, stored.seed, stored.run_id) == (
        40,
        24,
        "a sea",
        2**62,
        run_id,
    )


def test_add_candidate_twice_changes_nothing() -> None:
    clip, painter = ClipFactory(), PainterFactory()
    content = picture(size=(20, 20))
    first = add_candidate(clip=clip, painter=painter, content=content, prompt="one")
    again = add_candidate(clip=clip, painter=painter, content=content, prompt="two")
    assert (again.id, again.prompt, Candidate.objects.count()) == (first.id, "one", 1)


def test_add_candidate_keeps_painters_and_clips_apart() -> None:
    content, clip, painter = picture(size=(20, 20)), ClipFactory(), PainterFactory()
    add_candidate(clip=clip, painter=painter, content=content)
    add_candidate(clip=clip, painter=PainterFactory(), content=content)
    add_candidate(clip=ClipFactory(), painter=painter, content=content)
    assert Candidate.objects.count() == 3


def test_add_candidate_refuses_what_is_no_picture(media_root: Path) -> None:
    clip = ClipFactory(title="Tune")
    with pytest.raises(Refused) as caught:
        add_candidate(clip=clip, painter=PainterFactory(), content=b"<svg/>")
    assert str(caught.value) == (
        "a picture for “Tune” is no picture that can be read; expected PNG, JPEG or WebP"
    )
    assert (Candidate.objects.count(), (media_root / "images").exists()) == (0, False)
