"""Many annotators at once, in random interleavings, on a real PostgreSQL."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate_site.accounts.models import Person
from annotate_site.annotation.models import (
    Comparison,
    GoldQuestion,
    Lease,
    PairingPolicy,
    Slot,
)
from annotate_site.annotation.services import (
    Answer,
    next_lease,
    skip_lease,
    submit_judgement,
    submit_judgements,
    undo_last,
)
from annotate_site.core.exceptions import Refused
from tests.annotate_site.annotation.invariants import assert_sound
from tests.annotate_site.annotation.services.projects import project_with
from tests.factories.accounts import PersonFactory
from tests.factories.annotation import NOON, SilentGoldFactory, comparisons_of_one_clip
from workbench.axes import AXES

ACTIONS = ("take", "answer", "answer all", "undo", "skip", "an hour later", "send again")
# How many times as long as in the suite the soak goes on: `make soak` asks for more.
SOAK = int(os.environ.get("SOAK", "1"))
VERDICTS = ("left", "right", "tie", "cannot_tell")


class World(NamedTuple):
    comparisons: int
    overlap: dict[str, int]
    extends: bool
    gold: int
    scripts: list[list[tuple[str, str]]]
    """What each annotator does: an action and a verdict for it."""


worlds = st.builds(
    World,
    comparisons=st.integers(1, 3),
    overlap=st.fixed_dictionaries({axis: st.integers(1, 3) for axis in AXES}),
    extends=st.booleans(),
    gold=st.integers(0, 1),
    scripts=st.lists(
        st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(VERDICTS)), max_size=12),
        min_size=2,
        max_size=5,
    ),
)


class Annotator:
    """Somebody with a browser: it knows the lease that it was shown last, however stale."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.now = NOON
        self.lease: Lease | None = None
        self.sent: tuple[str, str] | None = None

    def do(self, action: str, verdict: str) -> None:
        """Everything may be refused; nothing may fail."""
        with suppress(Refused):
            getattr(self, action.replace(" ", "_"))(verdict)
        self.now += timedelta(seconds=7)

    def take(self, _: str) -> None:
        self.lease = next_lease(annotator=self.person, now=self.now)

    def answer(self, verdict: str) -> None:
        if self.lease is None:
            return
        self.lease.refresh_from_db(fields=["answered"])
        if self.lease.answered < len(self.lease.axes):
            self.sent = (self.lease.axes[self.lease.answered], verdict)
            self.send_again(verdict)

    def send_again(self, _: str) -> None:
        if self.lease is not None and self.sent is not None:
            axis, verdict = self.sent
            submit_judgement(
                annotator=self.person, lease_id=self.lease.pk, axis=axis, verdict=verdict,
                now=self.now,
            )  # fmt: skip

    def answer_all(self, verdict: str) -> None:
        if self.lease is None:
            return
        answers = [Answer(axis, verdict) for axis in self.lease.axes]
        submit_judgements(
            annotator=self.person, lease_id=self.lease.pk, answers=answers, now=self.now
        )

    def undo(self, _: str) -> None:
        self.lease = undo_last(annotator=self.person, now=self.now) or self.lease

    def skip(self, _: str) -> None:
        if self.lease is not None:
            skip_lease(
                annotator=self.person, lease_id=self.lease.pk, reason="other", note="",
                now=self.now,
            )  # fmt: skip

    def an_hour_later(self, _: str) -> None:
        self.now += timedelta(hours=1)


def at_once(calls: list[Callable[[], None]], *, threads: int) -> None:
    """Each call in a thread with a connection of its own."""

    def run(call: Callable[[], None]) -> None:
        try:
            call()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(max_workers=threads) as pool:
        list(pool.map(run, calls))


def opened_comparisons(count: int, overlap: dict[str, int]) -> list[Comparison]:
    """New ones, and none of an earlier example."""
    Comparison.objects.update(is_open=False)
    GoldQuestion.objects.update(is_active=False)
    comparisons = comparisons_of_one_clip(count, overlap=0)
    for comparison in comparisons:
        for index in range(max(overlap.values())):
            Slot.objects.create(
                comparison=comparison, index=index, position=comparison.position,
                axes=[axis for axis in AXES if overlap[axis] > index],
            )  # fmt: skip
    return comparisons


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds)
def test_whatever_people_do_at_once_the_tables_stay_sound(world: World) -> None:
    project_with(
        extends=world.extends, gold_share_warm_up=0.5 * world.gold, gold_window=99, listen_s=0,
        pairing=PairingPolicy.ALL,
    )  # fmt: skip
    comparisons = opened_comparisons(world.comparisons, world.overlap)
    SilentGoldFactory.create_batch(world.gold)
    annotators = [Annotator(person) for person in PersonFactory.create_batch(len(world.scripts))]

    def act(annotator: Annotator, script: list[tuple[str, str]]) -> None:
        for action, verdict in script:
            annotator.do(action, verdict)

    pairs = zip(annotators, world.scripts, strict=True)
    at_once([lambda a=a, s=s: act(a, s) for a, s in pairs], threads=len(annotators))

    most = {axis: max(n, 7) if world.extends else n for axis, n in world.overlap.items()}
    assert_sound(comparisons, most)
    gold = list(Comparison.objects.filter(gold__is_active=True))
    assert_sound(gold, dict.fromkeys(AXES, 0))


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(1800 * SOAK)
def test_two_hundred_annotators_with_random_disconnects_finish_everything() -> None:
    project_with(extends=True, most_overlap=5, listen_s=0)
    overlap = {"emo": 3, "con": 3, "cre": 5}
    comparisons = opened_comparisons(60 * SOAK, overlap)
    people = PersonFactory.create_batch(200)

    def visit(number: int) -> None:
        """Some comparisons in a row; the connection may drop before or after any answer."""
        rng = random.Random(number)
        annotator = Annotator(people[number % len(people)])
        annotator.now += timedelta(hours=number / 50)  # Later visitors find leases that expired.
        for _ in range(6):
            annotator.do("take", "")
            if annotator.lease is None:
                return
            while rng.random() < 0.8 and annotator.lease.answered < len(annotator.lease.axes):
                annotator.do("answer", rng.choice(VERDICTS))
                if rng.random() < 0.2:  # The reply was lost: the browser sends it again.
                    annotator.do("send again", "")
            if rng.random() < 0.1:
                return  # Gone in the middle; the slot comes free when the lease expires.
            annotator.do(rng.choice(("answer all", "answer all", "undo", "skip")), "left")

    at_once([lambda n=n: visit(n) for n in range(400 * SOAK)], threads=16)

    assert_sound(comparisons, dict.fromkeys(AXES, 5))
    done = Slot.objects.filter(comparison__in=comparisons, done_at__isnull=False).count()
    assert done >= 60 * SOAK * 5
    assert not Slot.objects.filter(comparison__in=comparisons, done_at=None).exists()
