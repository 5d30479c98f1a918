"""Ways to teach an adapter one axis. All are used alike: see `Objective`."""

from __future__ import annotations

from rlhf.objectives._objective import GradientNorms, Objective
from rlhf.objectives.ddpo import DdpoObjective
from rlhf.objectives.dpo import DpoObjective
from rlhf.objectives.draft import DraftObjective
from rlhf.objectives.grpo import GrpoObjective
from rlhf.objectives.refl import ReflObjective
from rlhf.refine_settings import ObjectiveName

OBJECTIVES: dict[ObjectiveName, type[Objective]] = {
    "refl": ReflObjective,
    "draft": DraftObjective,
    "ddpo": DdpoObjective,
    "grpo": GrpoObjective,
    "dpo": DpoObjective,
}

__all__ = [
    "OBJECTIVES",
    "DdpoObjective",
    "DpoObjective",
    "DraftObjective",
    "GradientNorms",
    "GrpoObjective",
    "Objective",
    "ReflObjective",
]
