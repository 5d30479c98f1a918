from __future__ import annotations

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from annotate_site.accounts.models import Role
from annotate_site.jobs.models import Round, Run, RunKind, RunState
from tests.factories.accounts import PersonFactory


class RoundFactory(DjangoModelFactory):
    class Meta:
        model = Round

    number = factory.Sequence(lambda number: number + 1)


class RunFactory(DjangoModelFactory):
    """A queued run; `finished=True` makes it a succeeded one with times."""

    class Meta:
        model = Run

    class Params:
        finished = factory.Trait(
            state=RunState.SUCCEEDED,
            started_at=factory.LazyFunction(timezone.now),
            finished_at=factory.LazyFunction(timezone.now),
        )

    kind = RunKind.DESCRIBE
    launched_by = factory.SubFactory(PersonFactory, role=Role.MANAGER)
