"""Which places an annotator can be given: what hands them out and what counts them agree on it."""

from __future__ import annotations

# Of a row `slot`. OFFSET 0 keeps the questions about each place apart, so that no plan ever begins
# with all comparisons that the annotator has seen.
OPEN_AND_UNSEEN = """
    EXISTS (
        SELECT FROM annotation_comparison AS comparison
        WHERE comparison.id = slot.comparison_id AND comparison.is_open OFFSET 0
    )
    AND NOT EXISTS (
        SELECT FROM annotation_lease AS seen
        WHERE seen.comparison_id = slot.comparison_id AND seen.annotator_id = %(annotator)s
            AND seen.purpose <> 'repeat' OFFSET 0
    )"""
