"""The names of measured quantities as people read them, marked for translation.

Metrics are stored under short English names; one that is not listed here is shown as it is stored.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

QUANTITIES = {
    "loss": gettext_noop("loss"),
    "accuracy": gettext_noop("accuracy"),
    "margin": gettext_noop("margin"),
    "learning_rate": gettext_noop("learning rate"),
    "grad_norm": gettext_noop("gradient norm"),
    "gradient_norm": gettext_noop("gradient norm"),
    "loss_pre": gettext_noop("loss on the base's own pictures (L_pre)"),
    "loss_rlhf": gettext_noop("loss that teaches the axis (L_RLHF)"),
    "loss_kl": gettext_noop("distance from the base (KL)"),
    "reward": gettext_noop("reward"),
    "reward_weight": gettext_noop("weight of the reward (lambda)"),
    "judge": gettext_noop("reward by the judges"),
    "diversity": gettext_noop("diversity"),
    "adherence": gettext_noop("adherence to the prompt"),
    "guard_fall": gettext_noop("fall on the guarded axes"),
    "active_fraction": gettext_noop("share of pictures that still push"),
    "saturated_fraction": gettext_noop("share of saturated pixels"),
    "gradient_step": gettext_noop("step that got the gradient"),
    "ratio": gettext_noop("probability ratio"),
    "clipped_fraction": gettext_noop("share of clipped decisions"),
    "implicit_accuracy": gettext_noop("pairs on the people's side"),
    "implicit_margin": gettext_noop("margin of the pairs"),
    "seconds": gettext_noop("seconds"),
}
TRAINING, HELD_OUT, TEST = gettext_noop("training"), gettext_noop("held-out"), gettext_noop("test")


def quantity_words(name: str) -> str:
    """ "loss" for "loss"; "loss on the base's own pictures (L_pre)" for "loss_pre"."""
    return gettext(QUANTITIES.get(name) or name.replace("_", " "))
