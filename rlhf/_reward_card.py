"""The model card of a reward model: what it is, what it learned from, how far to trust it."""

from __future__ import annotations

from rlhf._calibration import BIN_COUNT, Calibration
from rlhf._fitness import Fitness
from rlhf._intervals import Accuracy
from rlhf._reward_config import RewardModelConfig
from rlhf._reward_plots import ACCURACY, LOSS, RELIABILITY
from rlhf._reward_report import RewardReport, SplitReport
from rlhf.reward_settings import RewardSettings
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

{_verdict(report.fitness)}

Scores how well a picture fits a clip on one axis, as the annotators of one snapshot judge it.
It is f_k(clip, text, image) of Eq. 9: {_towers(config)} and {config.heads} heads of
{settings.hidden} hidden units, trained by Bradley-Terry with soft ties and vote weights. It hears:
{config.hears}; of pictures it reads: {config.reads}. {config.judges} of the heads are never asked
for rewards and judge refinement instead.

| split | pairs (ties) | clips | loss | accuracy with ties [95 % CI] | decided pairs | annotators |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

*Accuracy with ties*: a tie against a decision is half right; the model says "tie" when
raw rewards differ by {report.measures.tie_margin:.3f} or less, chosen on the validation pairs. The
interval is the wider of resampling whole clips and of Wilson's over the pairs.
*Annotators*: one against the rest of the votes on the same comparison. A model above them has
learned what that measure can show. Early stopping looked at the validation pairs; judge by test.
{_accuracy(report)}
{_calibration(report.measures.calibration)}
## Beside other axes

{_beside(report)}

## Where it comes from

![Loss of training and validation]({LOSS})

- Snapshot: {name} {version} (`{report.measures.snapshot_sha256}`)
- Embedder: `{config.embedder_sha256}`{_backbone(config)}
- Raw rewards of the training pictures: mean {report.reward_mean:.4f}, sd {report.reward_sd:.4f};
  `score` gives (reward - mean) / sd.

It knows these annotators and pictures like these only. Optimising a painter against it without a
held-out judge invites pictures that please the model and nobody else.
"""


def _towers(config: RewardModelConfig) -> str:
    kind = "ImageBind's ears beside CLIP towers" if config.backbone else "ImageBind towers"
    learned = {
        "none": "frozen",
        "lora": f"with LoRA of rank {config.lora_rank}",
        "last": f"with the last {config.last_blocks} blocks learning",
    }[config.unfrozen]
    return f"{kind} ({learned}, {config.precision})"


def _backbone(config: RewardModelConfig) -> str:
    return f"\n- Backbone: `{config.backbone_sha256}`" if config.backbone else ""


def _verdict(fitness: Fitness) -> str:
    if fitness.verdict == "fit":
        return "**Fit to refine by**: surely above chance on the clips that it never saw."
    reasons = "; ".join(fitness.reasons)
    return f"**Unfit to refine by**: {reasons}. `musepainter refine` refuses it without `--force`."


def _row(name: str, split: SplitReport) -> str:
    if split.accuracy is None:
        return f"| {name} | 0 | 0 | – | – | – | – |"
    interval = f"{split.accuracy:.3f} [{split.accuracy_low:.3f}, {split.accuracy_high:.3f}]"
    annotators = (
        "–" if split.human_ceiling is None else f"{split.human_ceiling:.3f} (n = {split.n_human})"
    )
    counts = f"{split.n} ({split.n_ties}) | {split.n_clips}"
    decided = _with_interval(split.decided)
    return f"| {name} | {counts} | {split.loss:.3f} | {interval} | {decided} | {annotators} |"


def _accuracy(report: RewardReport) -> str:
    breakdown = report.measures.breakdown
    if not breakdown.by_kind:
        return ""
    rows = [
        f"| {title} | {name} | {found.n} | {found.n_clips} | {_with_interval(found)} |"
        for title, groups in (
            ("comparison", breakdown.by_kind),
            ("votes by", breakdown.by_source),
            ("painted by", breakdown.by_painter),
            ("votes were", breakdown.by_margin),
        )
        for name, found in groups.items()
    ]
    return "\n".join([
        "", "## Where it is right", "",
        f"![Accuracy with ties on the test pairs, in groups]({ACCURACY})", "",
        "| | test pairs | n | clips | accuracy with ties [95 % CI] |",
        "| --- | --- | --- | --- | --- |",
        *rows, "",
        "*Clear*: at least three quarters of the votes for one picture; *narrow*: less.", "",
    ])  # fmt: skip


def _calibration(found: Calibration | None) -> str:
    if found is None:
        return "\nWithout validation pairs there is no temperature to calibrate it by.\n"
    doubt = (
        " This is the end of the range tried: the validation pairs are too few or too easy to set "
        "a temperature."
        if found.at_bound
        else ""
    )
    text = f"""
## Does it win as often as it says?

A picture *a* is expected to get the share σ((r_a − r_b) / T) of the votes against *b*, with raw
rewards r and T = **{found.temperature:.3g}**, fitted on {found.n_fitted} validation pairs by the
least soft-label loss.{doubt}
"""
    if found.ece_before is None:
        return text
    return f"""{text}
![Reliability on the test pairs]({RELIABILITY})

| {found.n} test pairs | as trained (T = 1) | calibrated |
| --- | --- | --- |
| expected calibration error | {found.ece_before:.3f} | {found.ece_after:.3f} |
| loss | {found.loss_before:.3f} | {found.loss_after:.3f} |

{BIN_COUNT} equal bins of the expected share for the preferred picture, from 0.5 to 1; with few
pairs in a bin the error cannot be near 0.
"""


def _beside(report: RewardReport) -> str:
    if not report.beside:
        return "No reward model of another axis was laid beside it (`--beside RUN`)."
    rows = [
        f"| {AXIS_NAMES[axis]} (`{axis}`) | {_or_dash(found.spearman)} "
        f"[{_or_dash(found.low)}, {_or_dash(found.high)}] | {found.n} | {found.n_clips} |"
        for axis, found in report.beside.items()
    ]
    return "\n".join([
        "| reward model | Spearman [95 % CI] | pictures | clips |",
        "| --- | --- | --- | --- |",
        *rows, "",
        "Over held-out pictures, after each clip's mean was taken off both rewards.",
    ])  # fmt: skip


def _with_interval(found: Accuracy | None) -> str:
    return "–" if found is None else f"{found.accuracy:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _or_dash(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"
