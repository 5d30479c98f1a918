"""People with accounts."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from annotate_site.accounts.models import Person, Role


class PersonFactory(DjangoModelFactory):
    """`PersonFactory(role=Role.MANAGER)`; the password is "correct-horse"."""

    class Meta:
        model = Person
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person-{number}")
    role = Role.ANNOTATOR
    password = factory.django.Password("correct-horse")
