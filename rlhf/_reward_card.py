"""The model card of a reward model: what it is, what it learned from, how far to trust it."""

from __future__ import annotations

from rlhf._reward_report import RewardReport, SplitReport
from rlhf.reward_model import RewardModelConfig
from rlhf.settings import RewardSettings
from workbench.axes import AXIS_NAMES
from workbench.snapshots import Snapshot


def reward_card(
    report: RewardReport, config: RewardModelConfig, settings: RewardSettings, snapshot: Snapshot
) -> str:
    """Markdown with a YAML head."""
    rows = "\n".join(_row(name, split) for name, split in report.splits.items())
    name, version = snapshot.manifest.get("name"), snapshot.manifest.get("version")
    return f"""---
library_name: transformers
pipeline_tag: image-classification
tags: [musepainter, reward-model, trl, reward-trainer]
---
# Reward model: {AXIS_NAMES[report.axis]} (`{report.axis}`)

Scores how well a picture fits a clip on one axis, as the annotators of one snapshot judge it.
It is f_k(clip, text, image) of Eq. 9: frozen ImageBind towers and {config.heads} heads of
{settings.hidden} hidden units, trained by Bradley-Terry with soft ties and vote weights. It hears:
{config.hears}; of pictures it reads: {config.reads}. {config.judges} of the heads are never asked
for rewards and judge refinement instead.

| split | pairs (ties) | clips | loss | accuracy with ties [95 % CI] | decided pairs | annotators |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

*Accuracy with ties*: a tie against a decision is half right; the model says "tie" within
0.5 ± {report.tie_band:.3f}, chosen on the validation pairs. The interval resamples whole clips.
*People*: one annotator against the rest of the votes on the same comparison. A model above it has
learned what that measure can show. Early stopping looked at the validation pairs; judge by test.

- Snapshot: {name} {version} (`{report.snapshot_sha256}`)
- Embedder: `{config.embedder_sha256}`
- Raw rewards of the training pictures: mean {report.reward_mean:.4f}, sd {report.reward_sd:.4f};
  `score` gives (reward - mean) / sd.

It knows these annotators and pictures like these only. Optimising a painter against it without a
held-out judge invites pictures that please the model and nobody else.
"""


def _row(name: str, split: SplitReport) -> str:
    if split.accuracy is None:
        return f"| {name} | 0 | 0 | – | – | – | – |"
    interval = f"{split.accuracy:.3f} [{split.accuracy_low:.3f}, {split.accuracy_high:.3f}]"
    decided = "–" if split.accuracy_decided is None else f"{split.accuracy_decided:.3f}"
    annotators = (
        "–" if split.human_ceiling is None else f"{split.human_ceiling:.3f} (n = {split.n_human})"
    )
    counts = f"{split.n} ({split.n_ties}) | {split.n_clips}"
    return f"| {name} | {counts} | {split.loss:.3f} | {interval} | {decided} | {annotators} |"
