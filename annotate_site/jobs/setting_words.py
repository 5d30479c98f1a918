"""The words of the settings that launch forms show first, marked for translation.

The packages that own these settings know nothing of the site, so their names and descriptions are
listed here; `setting_words_more` has those behind "More settings".
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from annotate_site.jobs.words import axis_words
from workbench.axes import AXES

LABELS = (
    gettext_noop("Again"),
    gettext_noop("Per clip"),
    gettext_noop("Seed"),
    gettext_noop("K"),
    gettext_noop("Name"),
    gettext_noop("Include simulated"),
    gettext_noop("Axis"),
    gettext_noop("Epochs"),
    gettext_noop("Hears"),
    gettext_noop("Learning rate"),
    gettext_noop("Steps"),
    gettext_noop("Batch size"),
    gettext_noop("Rank"),
    gettext_noop("Use although unfit"),
    gettext_noop("Judgements"),
    gettext_noop("Annotators"),
)
DESCRIPTIONS = (
    gettext_noop("Describe clips anew that have descriptors already."),
    gettext_noop("Candidates painted for each clip of a manifest."),
    gettext_noop("Equal seeds give equal pictures; a manifest derives one seed per picture."),
    gettext_noop("Clusters of clips. Left out: the square root of the number of clips."),
    gettext_noop("Triplets for each clip. Left out: 1 as in the paper, more if clips are few."),
    gettext_noop("Seed of clusters and negatives."),
    gettext_noop("Letters, digits, - and _. A known name gets its next version."),
    gettext_noop("Take in simulated annotators' judgements too, marked as such."),
    gettext_noop("Seed of the split by clip."),
    gettext_noop("Axis whose judgements are learned: emo, con or cre."),
    gettext_noop("Most passes over the training pairs."),
    gettext_noop("What stands for the clip: both its music and its text, or only one of them."),
    gettext_noop("Peak rate of AdamW. Only the small heads learn, so it may be high."),
    gettext_noop("Seed of weights, order, dropout."),
    gettext_noop("Optimizer steps."),
    gettext_noop("Pictures painted and rewarded per step; for dpo, pairs compared."),
    gettext_noop("Rate of AdamW. 1e-3 suits the miniature painter, 1e-5 suits SDXL."),
    gettext_noop("Rank r of the LoRA; alpha equals r."),
    gettext_noop("Seed of noise, steps and batches."),
    gettext_noop(
        "Refine even by a reward model that is marked unfit: one that is not surely better than "
        "chance, or that repeats another axis. The run notes it."
    ),
    gettext_noop("Answers to store at most; a comparison judged on all three axes gives three."),
    gettext_noop("Simulated accounts, which take turns."),
    gettext_noop("Seed of tastes and of slips."),
)


def in_own_language(words: str) -> str:
    """`words`, a label or description, as the person in front of the page reads them."""
    return gettext(words) if words else ""


def setting_label(name: str) -> str:
    """The label of a setting: its name, or what its weight belongs to."""
    if name in AXES:
        return gettext("Weight of %(axis)s") % {"axis": axis_words(name)}
    return in_own_language(name.replace("_", " ").capitalize())
