from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AxisChoice(models.TextChoices):
    """The axes in the order in which they are asked."""

    EMO = "emo", _("Emotional consistency")
    CON = "con", _("Semantic content alignment")
    CRE = "cre", _("Creative aesthetic appeal")


class Verdict(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    TIE = "tie", _("Equal")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")


class Side(models.TextChoices):
    FIRST = "first", _("First candidate")
    SECOND = "second", _("Second candidate")


class Purpose(models.TextChoices):
    """Why a comparison is shown to somebody. Only `work` counts as votes."""

    WORK = "work", _("Work")
    PRACTICE = "practice", _("Practice, with feedback")
    QUALIFICATION = "qualification", _("Qualification test")
    GOLD = "gold", _("Known answer, asked silently")
    REPEAT = "repeat", _("Own earlier comparison again, sides swapped")
