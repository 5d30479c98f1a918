"""One vote, of which a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workbench.snapshots import Vote


def a_vote(**changes: Any) -> Vote:
    usual = {
        "judgement_id": "judgement",
        "comparison_id": "comparison",
        "comparison_kind": "orig/pos",
        "clip_id": "clip",
        "image_0": "a",
        "image_1": "b",
        "annotator": "person",
        "is_simulated": False,
        "annotator_weight": 1.0,
        "axis": "emo",
        "choice": "0",
        "strength": None,
        "left_image": "0",
        "topic_position": 0,
        "response_ms": None,
        "listened_share": None,
        "judged_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Vote(**(usual | changes))
