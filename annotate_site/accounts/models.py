from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ANNOTATOR = "annotator", _("Annotator")
    MANAGER = "manager", _("Manager")
    RESEARCHER = "researcher", _("Researcher")
    ADMIN = "admin", _("Admin")


class Cohort(models.Model):
    """People who were invited together, and the code that tells a platform that they are done."""

    name = models.CharField(max_length=100, unique=True)
    completion_code = models.CharField(max_length=32, blank=True)
    comparisons_due = models.PositiveIntegerField(
        default=0, help_text="How many each of them is to judge before the code is shown; 0: any."
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Standing(models.TextChoices):
    """How far an annotator has come. Only the active are given work."""

    NEW = "new", _("On the way in")
    ACTIVE = "active", _("Active")
    FAILED = "failed", _("Did not pass the test")
    PAUSED = "paused", _("Paused for review")


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

    standing = models.CharField(max_length=8, choices=Standing.choices, default=Standing.ACTIVE)
    cohort = models.ForeignKey(
        Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    external_id = models.CharField(
        max_length=64, blank=True, help_text="What a recruiting platform calls this person."
    )
    language = models.CharField(max_length=8, blank=True, help_text="Empty: the browser's.")
    consent_version = models.PositiveIntegerField(null=True, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    instructions_version = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the instructions that this person read last."
    )
    volume_checked_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="The name is gone; pseudonymous answers may remain."
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


class Invitation(models.Model):
    """A link that lets people sign up. Only the hash of its token is kept."""

    token_sha256 = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.ANNOTATOR)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    uses = models.PositiveIntegerField(default=0)
    most_uses = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="invitations")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uses__lte=models.F("most_uses")),
                name="invitation_used_at_most_so_often",
            )
        ]

    def __str__(self) -> str:
        return self.note or f"invitation {self.pk}"


class SignInFailure(models.Model):
    """A wrong password, by keyed hashes of name and address; kept for a day."""

    at = models.DateTimeField(db_index=True)
    name_hash = models.CharField(max_length=64)
    address_hash = models.CharField(max_length=64)

    class Meta:
        # Both serve throttle.is_held_off.
        indexes = [
            models.Index(fields=["name_hash", "at"], name="failure_by_name"),
            models.Index(fields=["address_hash", "at"], name="failure_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.name_hash[:8]} at {self.at:%H:%M}"
