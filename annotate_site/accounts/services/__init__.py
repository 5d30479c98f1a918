"""All writes about people: accounts, invitations, tokens, the end of an account."""

from annotate_site.accounts.services.erasure import erase_person
from annotate_site.accounts.services.invitations import (
    NewInvitation,
    accept_invitation,
    create_invitation,
    open_invitation,
    revoke_invitation,
)
from annotate_site.accounts.services.people import (
    SIMULATED_PREFIX,
    NewPerson,
    create_person,
    renew_demo_invitation,
    renew_demo_people,
    simulated_annotators,
)
from annotate_site.accounts.services.tokens import MOST_TOKEN_DAYS, create_token, revoke_token

__all__ = [
    "MOST_TOKEN_DAYS",
    "SIMULATED_PREFIX",
    "NewInvitation",
    "NewPerson",
    "accept_invitation",
    "create_invitation",
    "create_person",
    "create_token",
    "erase_person",
    "open_invitation",
    "renew_demo_invitation",
    "renew_demo_people",
    "revoke_invitation",
    "revoke_token",
    "simulated_annotators",
]
