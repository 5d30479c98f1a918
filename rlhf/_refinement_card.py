"""The model card of an adapter: what it was taught, by whom, and what that did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rlhf._refinement_evaluation import Comparison
from rlhf._watch_plot import WATCH_PLOT
from rlhf._watch_rules import Ending, Watch
from rlhf.refine_settings import RefineSettings
from workbench.axes import AXIS_NAMES

_MOST_ROWS = 10
_SHOWN_LETTERS = 40

WATCH_COLUMNS = ("step", "reward", "judges", "diversity", "adherence", "L_pre", "")


class Refined(NamedTuple):
    """What became of a refinement."""

    comparison: Comparison
    """On held-out clips that nothing was chosen by."""
    steps_taken: int
    ending: Ending | None
    """What the watch saw and made of it; None without a watch."""
    prompts_cut: dict[str, str]
    """Prompts that are longer than the painter reads, with the end that it never read."""

    @property
    def saved_step(self) -> int:
        """The step whose adapter was saved."""
        return self.ending.saved.step if self.ending else self.steps_taken

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.comparison.as_dict(),
            "steps_taken": self.steps_taken,
            "saved_step": self.saved_step,
            "watch": self.ending.as_dict() if self.ending else None,
            "prompts_cut": self.prompts_cut,
        }


def refinement_card(
    settings: RefineSettings, lineage: Mapping[str, str], reward_weight: float, refined: Refined
) -> str:
    """Markdown with a YAML head."""
    axis, result, taken = settings.axis, refined.comparison, refined.steps_taken
    closeness = settings.pretraining_weight
    pretraining = "L_pre" if closeness == 1 else f"{closeness:g} L_pre"
    return f"""---
library_name: diffusers
pipeline_tag: text-to-image
tags: [musepainter, lora, stable-diffusion-xl-diffusers]
---
# Adapter: {AXIS_NAMES[axis]} (`{axis}`)

A LoRA of rank {settings.rank} on the painter's {settings.adapted} weights, taught by one reward
model alone: L = {pretraining} + {reward_weight:.4g} L_RLHF (Eqs. 10-11), {taken} steps of batch
{settings.batch_size}, objective {settings.objective}.{_guarded(lineage)}{_warning(settings)}

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

{_cut(refined)}- Base painter: `{lineage["base_painter"]}`
- Reward model: `{lineage["reward_model"]}`
- Snapshot: `{lineage["snapshot"]}`

## The watch

{_watched(refined)}
"""


def _cut(refined: Refined) -> str:
    return "".join(f"{sentence}\n\n" for sentence in cut_sentences(refined))


def _guarded(lineage: Mapping[str, str]) -> str:
    guards = lineage["guards"]
    if not guards:
        return ""
    named = " and ".join(guards.split(","))
    return (
        f"\nIt was guarded by the reward models of {named}: pictures were not to become worse "
        "there than the base's."
    )


def cut_sentences(refined: Refined) -> list[str]:
    """A warning of prompts that the painter did not read to their end; one is shown."""
    cut = refined.prompts_cut
    if not cut:
        return []
    prompt, end = max(cut.items(), key=lambda each: len(each[1]))
    many = "1 prompt is" if len(cut) == 1 else f"{len(cut)} prompts are"
    return [
        f"{many} longer than the painter reads: of {prompt[:_SHOWN_LETTERS]!r} … the end "
        f"{end!r} was cut off; run.json has all of them under prompts_cut."
    ]


def watch_sentences(refined: Refined) -> list[str]:
    """Why it ended, which adapter was saved, and whether anything was gained."""
    ending, taken = refined.ending, refined.steps_taken
    if ending is None:
        return [f"Nobody watched over it; the adapter is that of its last step, {taken}."]
    told = [
        f"Stopped after step {ending.stop.step}: {ending.stop.reason}."
        if ending.stop
        else f"All {taken} steps stayed within the bounds."
    ]
    if ending.saved.step == 0:
        return [*told, "Nothing was gained: the judges, whom no step was taken to please, like no "
                "watched step within the bounds better than the base. The adapter saved is that of "
                "step 0, which changes nothing."]  # fmt: skip
    base, saved = ending.watches[0].judge, ending.saved.judge
    told.append(
        f"The adapter is that of step {ending.saved.step}; the judges' reward went from "
        f"{base:+.2f} to {saved:+.2f} sd there."
    )
    return told if ending.has_gained else [*told, "By the judges, nothing was gained."]


def watch_rows(ending: Ending) -> list[tuple[str, ...]]:
    """Watches as cells below `WATCH_COLUMNS`; of many, only some, but base, saved and last."""
    return [_cells(watch, ending.saved) for watch in _some(ending)]


def _some(ending: Ending) -> list[Watch]:
    watches = ending.watches
    stride = -(-len(watches) // _MOST_ROWS)
    wanted = {0, ending.saved.step, watches[-1].step}
    return [w for n, w in enumerate(watches) if n % stride == 0 or w.step in wanted]


def _cells(watch: Watch, saved: Watch) -> tuple[str, ...]:
    return (
        str(watch.step),
        f"{watch.reward:+.2f}",
        f"{watch.judge:+.2f}",
        f"{watch.diversity:.3f}",
        f"{watch.adherence:.3f}",
        f"{watch.loss_pre:.4f}",
        "saved" if watch.step == saved.step else "",
    )


def _watched(refined: Refined) -> str:
    """The part of the card on the watch."""
    sentences = " ".join(watch_sentences(refined))
    if refined.ending is None:
        return sentences
    cells = [WATCH_COLUMNS, tuple("---" for _ in WATCH_COLUMNS), *watch_rows(refined.ending)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in cells)
    return f"""{sentences}

![the watch]({WATCH_PLOT})

{table}

Rewards and judges' rewards are in sd of the pictures that people compared. Diversity is the mean
distance between pictures of different prompts, adherence how much nearer a picture is to its own
prompt than to others'. Only the reward and L_pre are optimised; the rest just watches."""


def _warning(settings: RefineSettings) -> str:
    if settings.targets == "own":
        return ""
    return """

**A control, not to be painted with**: every picture was rewarded for another clip's music and
text. What it gains as well as a true adapter has nothing to do with the clip."""
