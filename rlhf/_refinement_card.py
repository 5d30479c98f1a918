"""The model card of an adapter: what it was taught, by whom, and what that did."""

from __future__ import annotations

from collections.abc import Mapping

from rlhf._refinement_evaluation import Comparison
from rlhf.settings import RefineSettings
from workbench.axes import AXIS_NAMES


def refinement_card(
    settings: RefineSettings, lineage: Mapping[str, str], reward_weight: float, result: Comparison
) -> str:
    """Markdown with a YAML head."""
    axis = settings.axis
    closeness = settings.pretraining_weight
    pretraining = "L_pre" if closeness == 1 else f"{closeness:g} L_pre"
    return f"""---
library_name: diffusers
pipeline_tag: text-to-image
tags: [musepainter, lora, stable-diffusion-xl-diffusers]
---
# Adapter: {AXIS_NAMES[axis]} (`{axis}`)

A LoRA of rank {settings.rank} on the painter's {settings.adapted} weights, taught by one reward
model alone: L = {pretraining} + {reward_weight:.4g} L_RLHF (Eqs. 10-11), {settings.steps} steps
of batch {settings.batch_size}, gradient at one late step of {settings.painting_steps}.

```python
pipeline.load_lora_weights("adapter", adapter_name="{axis}")
pipeline.set_adapters(["{axis}"], [1.0])
```

| held-out pictures | before | after |
| --- | --- | --- |
| proxy reward (sd), n = {result.n} | {result.reward_before:+.3f} | {result.reward_after:+.3f} |
| contrast between pictures | {result.contrast_before:.3f} | {result.contrast_after:.3f} |

The reward after is higher for {result.win_rate:.0%} of the pictures (same prompts, same seeds,
guidance on; see `contact_sheet.png`). This is the reward that was optimised: that it rises shows
that the training worked, not that people like the pictures better. Let them judge.

- Base painter: `{lineage["base_painter"]}`
- Reward model: `{lineage["reward_model"]}`
- Snapshot: `{lineage["snapshot"]}`
"""
