"""Tables of annotation: what is compared, who is asked, what they say, how good it is."""

from __future__ import annotations

from annotate_site.annotation.models.choices import (
    AxisChoice,
    Purpose,
    Side,
    Verdict,
)
from annotate_site.annotation.models.comparisons import (
    Comparison,
    ComparisonKind,
    Triplet,
)
from annotate_site.annotation.models.judgements import (
    GIVEN_BACK,
    Judgement,
    Lease,
    Slot,
    all_axes,
)
from annotate_site.annotation.models.project import (
    MOST_OVERLAP,
    Document,
    DocumentKind,
    PairingPolicy,
    Project,
    TopicOrder,
)
from annotate_site.annotation.models.quality import (
    Adjudication,
    GoldAnswer,
    GoldQuestion,
    GoldSource,
    Skip,
    SkipReason,
)
from annotate_site.annotation.models.tallies import Tally

__all__ = [
    "GIVEN_BACK",
    "MOST_OVERLAP",
    "Adjudication",
    "AxisChoice",
    "Comparison",
    "ComparisonKind",
    "Document",
    "DocumentKind",
    "GoldAnswer",
    "GoldQuestion",
    "GoldSource",
    "Judgement",
    "Lease",
    "PairingPolicy",
    "Project",
    "Purpose",
    "Side",
    "Skip",
    "SkipReason",
    "Slot",
    "Tally",
    "TopicOrder",
    "Triplet",
    "Verdict",
    "all_axes",
]
