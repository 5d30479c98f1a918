"""Known answers."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from annotate_site.annotation.models import GoldAnswer, GoldQuestion, GoldSource, Purpose, Side
from tests.factories.annotation import ComparisonFactory


class GoldQuestionFactory(DjangoModelFactory):
    """Silent gold of which the first candidate is better on feeling and content."""

    class Meta:
        model = GoldQuestion
        skip_postgeneration_save = True

    comparison: Any = factory.SubFactory(ComparisonFactory)
    use = Purpose.GOLD
    source = GoldSource.CORRUPTED

    @factory.post_generation
    def answers(self: Any, create: bool, extracted: Any, **_: Any) -> None:
        for axis in ("emo", "con"):
            GoldAnswer.objects.create(question=self, axis=axis, better=Side.FIRST)
