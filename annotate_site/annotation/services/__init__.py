"""What people do with comparisons: publish them, take one, answer it, take an answer back."""

from annotate_site.annotation.services.comparisons import (
    PublishedTriplets,
    TripletRow,
    publish_triplets,
)
from annotate_site.annotation.services.judgements import (
    Answer,
    Submission,
    Submissions,
    submit_judgement,
    submit_judgements,
    undo_last,
)
from annotate_site.annotation.services.leases import next_lease
from annotate_site.annotation.services.project import current_project, forget_project
from annotate_site.annotation.services.skips import skip_lease

__all__ = [
    "Answer",
    "PublishedTriplets",
    "Submission",
    "Submissions",
    "TripletRow",
    "current_project",
    "forget_project",
    "next_lease",
    "publish_triplets",
    "skip_lease",
    "submit_judgement",
    "submit_judgements",
    "undo_last",
]
