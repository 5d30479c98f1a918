"""What people do with comparisons: publish them, take one, answer it, take an answer back."""

from annotate_site.annotation.services.ahead import lease_ahead
from annotate_site.annotation.services.comparisons import (
    PublishedTriplets,
    TripletRow,
    publish_triplets,
)
from annotate_site.annotation.services.judgements import (
    Answer,
    Done,
    Submission,
    Submissions,
    submit_judgement,
    submit_judgements,
    undo_last,
)
from annotate_site.annotation.services.leases import next_lease
from annotate_site.annotation.services.project import current_project, forget_project
from annotate_site.annotation.services.queue import walk_queue_anew
from annotate_site.annotation.services.skips import skip_lease
from annotate_site.annotation.services.strength import change_strength
from annotate_site.annotation.services.turns import begin_ahead

__all__ = [
    "Answer",
    "Done",
    "PublishedTriplets",
    "Submission",
    "Submissions",
    "TripletRow",
    "begin_ahead",
    "change_strength",
    "current_project",
    "forget_project",
    "lease_ahead",
    "next_lease",
    "publish_triplets",
    "skip_lease",
    "submit_judgement",
    "submit_judgements",
    "undo_last",
    "walk_queue_anew",
]
