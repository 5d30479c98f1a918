"""What people do with comparisons: publish them, take one, answer it, take an answer back."""

from annotate_site.annotation.services.comparisons import (
    PublishedTriplets,
    TripletRow,
    publish_triplets,
)
from annotate_site.annotation.services.judgements import Submission, submit_judgement, undo_last
from annotate_site.annotation.services.leases import next_lease

__all__ = [
    "PublishedTriplets",
    "Submission",
    "TripletRow",
    "next_lease",
    "publish_triplets",
    "submit_judgement",
    "undo_last",
]
