"""All writes about people: accounts, invitations, tokens."""

from annotate_site.accounts.services.invitations import (
    NewInvitation,
    create_invitation,
    revoke_invitation,
)
from annotate_site.accounts.services.people import (
    MOST_TOKEN_DAYS,
    SIMULATED_PREFIX,
    NewPerson,
    create_person,
    create_token,
    renew_demo_people,
    revoke_token,
    simulated_annotators,
)

__all__ = [
    "MOST_TOKEN_DAYS",
    "SIMULATED_PREFIX",
    "NewInvitation",
    "NewPerson",
    "create_invitation",
    "create_person",
    "create_token",
    "renew_demo_people",
    "revoke_invitation",
    "revoke_token",
    "simulated_annotators",
]
