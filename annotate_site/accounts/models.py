from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    ANNOTATOR = "annotator", "Annotator"
    MANAGER = "manager", "Manager"
    RESEARCHER = "researcher", "Researcher"
    ADMIN = "admin", "Admin"


class Person(AbstractUser):
    """Somebody with an account. Exports show the pseudonym only, never the name."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.ANNOTATOR)
    pseudonym = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    is_simulated = models.BooleanField(
        default=False, help_text="A program that answers; left out of human exports."
    )
    weight = models.FloatField(
        default=1.0, help_text="Weight of this annotator's votes; 0 excludes them reversibly."
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weight__gte=0), name="person_weight_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="person_role_is_known"
            ),
        ]

    def has_role(self, *roles: Role) -> bool:
        """Whether the person may do what one of `roles` may; an admin may do everything."""
        return self.role in {*roles, Role.ADMIN} or self.is_superuser
