"""Whether pictures show what their prompt says, by the embedder's text tower.

Letters in shapes: n pictures, c prompts, d embedding width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.measures import Floats


def adherence_points(pictures: Floats, prompts: Floats, owners: NDArray[np.int64]) -> Floats:
    """Share of the other prompts to which a picture is less close than to its own, (n,) in [0, 1].

    Equally close ones count half, so that 1/2 is chance. pictures: (n, d), prompts: (c, d) unit
    rows, c >= 2; owners: (n,) the row of each picture's own prompt. A prompt that equals a
    picture's own is no other; a picture without any other gets 1/2.
    """
    closeness = pictures @ prompts.T
    own = closeness[np.arange(len(pictures)), owners][:, None]
    is_other = (prompts[None] != prompts[owners][:, None]).any(axis=-1)
    points = (np.sign(own - closeness) + 1) / 2
    counts = is_other.sum(axis=1)
    sums = (points * is_other).sum(axis=1)
    shares: Floats = np.where(counts > 0, sums / np.maximum(counts, 1), 0.5)
    return shares
