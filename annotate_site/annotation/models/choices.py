from __future__ import annotations

from django.db import models


class AxisChoice(models.TextChoices):
    """The axes in the order in which they are asked."""

    EMO = "emo", "Emotional consistency"
    CON = "con", "Semantic content alignment"
    CRE = "cre", "Creative aesthetic appeal"


class Verdict(models.TextChoices):
    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    TIE = "tie", "Equal"
    CANNOT_TELL = "cannot_tell", "Cannot tell"


class Side(models.TextChoices):
    FIRST = "first", "First candidate"
    SECOND = "second", "Second candidate"


class Purpose(models.TextChoices):
    """Why a comparison is shown to somebody. Only `work` counts as votes."""

    WORK = "work", "Work"
    PRACTICE = "practice", "Practice, with feedback"
    QUALIFICATION = "qualification", "Qualification test"
    GOLD = "gold", "Known answer, asked silently"
    REPEAT = "repeat", "Own earlier comparison again, sides swapped"
