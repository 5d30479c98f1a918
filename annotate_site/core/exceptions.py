from __future__ import annotations


class Refused(Exception):
    """A request that the rules do not allow; the message is one sentence for the person."""
