"""What people do with comparisons: publish them, take one, answer it, take an answer back."""

from annotate_site.annotation.services.comparisons import (
    PublishedTriplets,
    TripletRow,
    publish_triplets,
)
from annotate_site.annotation.services.judgements import Submission, submit_judgement, undo_last
from annotate_site.annotation.services.leases import next_lease
from annotate_site.annotation.services.project import current_project, forget_project

__all__ = [
    "PublishedTriplets",
    "Submission",
    "TripletRow",
    "current_project",
    "forget_project",
    "next_lease",
    "publish_triplets",
    "submit_judgement",
    "undo_last",
]
