"""The project's settings as a form: every field, grouped, each with what it does."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate_site.annotation.axes import QUESTIONS, Question, worded
from annotate_site.annotation.models import MOST_OVERLAP, Project
from annotate_site.quality.services.project import values_of
from workbench.axes import AXES, Axis

Text = str | Promise

MOST_CHARACTERS = {"label": 24, "question": 120, "definition": 300, "example": 300}
_PARTS: dict[str, tuple[Text, Text]] = {
    "label": (gettext_lazy("Name"), gettext_lazy("One or two words, shown above the question.")),
    "question": (
        gettext_lazy("Question"),
        gettext_lazy("Put the one word that is stressed between *asterisks*."),
    ),
    "definition": (
        gettext_lazy("Definition"),
        gettext_lazy("What to go by, and what to leave aside."),
    ),
    "example": (gettext_lazy("Example"), gettext_lazy("One case that shows it; a key away.")),
}


def _built_in(axis: Axis, part: str) -> str:
    question = QUESTIONS[axis]
    return question.marked if part == "question" else str(getattr(question, part))


class Group(NamedTuple):
    title: Text
    about: Text
    fields: tuple[str, ...]


GROUPS = (
    Group(
        gettext_lazy("What annotators see"),
        gettext_lazy("Takes effect with the next page that an annotator opens."),
        ("title", "shows_caption", "listen_s", "topic_order"),
    ),
    Group(
        gettext_lazy("How many answers"),
        gettext_lazy(
            "Overlap and pairing hold for comparisons that are published from now on; places "
            "that are open already stay as they are. Extension looks at each comparison when "
            "its last place is filled."
        ),
        (
            "overlap_emo",
            "overlap_con",
            "overlap_cre",
            "extends",
            "most_overlap",
            "pairing",
            "daily_cap",
        ),
    ),
    Group(
        gettext_lazy("Known answers and repeats"),
        gettext_lazy("Shares are from 0 to 1. They hold from each annotator's next comparison on."),
        (
            "gold_warm_up",
            "gold_share_warm_up",
            "gold_share",
            "repeat_share",
            "gold_least",
            "gold_window",
        ),
    ),
    Group(
        gettext_lazy("The way in"),
        gettext_lazy("For those who have not passed the test yet. Nobody is tested again."),
        ("practice_pairs", "qualification_pairs", "qualify_share"),
    ),
    Group(
        gettext_lazy("Pay"),
        gettext_lazy("Only the forecast uses it; nothing is paid through this site."),
        ("pay_per_comparison", "currency"),
    ),
)

_LABELS: dict[str, Text] = {
    "title": gettext_lazy("Name of the project"),
    "shows_caption": gettext_lazy("Show the caption of the music"),
    "listen_s": gettext_lazy("Seconds to listen before the first answer"),
    "topic_order": gettext_lazy("Order of the questions"),
    "overlap_emo": gettext_lazy("Annotators for feeling"),
    "overlap_con": gettext_lazy("Annotators for content"),
    "overlap_cre": gettext_lazy("Annotators for appeal"),
    "extends": gettext_lazy("Ask more people where they disagree"),
    "most_overlap": gettext_lazy("At most, on one question"),
    "pairing": gettext_lazy("Pairs of a triplet"),
    "daily_cap": gettext_lazy("Comparisons a day for each"),
    "gold_warm_up": gettext_lazy("Length of the beginning"),
    "gold_share_warm_up": gettext_lazy("Known answers at the beginning"),
    "gold_share": gettext_lazy("Known answers later"),
    "repeat_share": gettext_lazy("Repeats"),
    "gold_least": gettext_lazy("Least share of right answers"),
    "gold_window": gettext_lazy("Window"),
    "practice_pairs": gettext_lazy("Practice comparisons"),
    "qualification_pairs": gettext_lazy("Test comparisons"),
    "qualify_share": gettext_lazy("Share that passes the test"),
    "pay_per_comparison": gettext_lazy("Pay for a comparison"),
    "currency": gettext_lazy("Currency"),
}
_HELP: dict[str, Text] = {
    "title": gettext_lazy("Shown to annotators when they sign up."),
    "shows_caption": gettext_lazy("Off: they go by the sound alone."),
    "listen_s": gettext_lazy("Of different music, 0 to 600; a shorter clip is heard out."),
    "topic_order": gettext_lazy("Another order for each person evens out what comes first."),
    "overlap_emo": gettext_lazy("Who judge the feeling of each comparison, 1 to 50."),
    "overlap_con": gettext_lazy("Who judge its content, 1 to 50."),
    "overlap_cre": gettext_lazy("Who judge its appeal, 1 to 50."),
    "extends": gettext_lazy("Two more at a time where the votes are not clear 2 to 1."),
    "most_overlap": gettext_lazy("Where extension stops; not less than the numbers above."),
    "pairing": gettext_lazy("Which pairs become comparisons when triplets are published."),
    "daily_cap": gettext_lazy("Empty: no limit."),
    "gold_warm_up": gettext_lazy("Comparisons of a person that count as the beginning."),
    "gold_share_warm_up": gettext_lazy("0.1 is one in ten."),
    "gold_share": gettext_lazy("0.05 is one in twenty."),
    "repeat_share": gettext_lazy("Own comparisons shown once more with the sides swapped."),
    "gold_least": gettext_lazy("Below it over the window, a person is paused for you to look at."),
    "gold_window": gettext_lazy("The newest known answers that are looked at, 1 to 1000."),
    "practice_pairs": gettext_lazy("With feedback. 0 leaves practice out."),
    "qualification_pairs": gettext_lazy("Without feedback. 0 leaves the test out."),
    "qualify_share": gettext_lazy("0.8 is eight of ten."),
    "pay_per_comparison": gettext_lazy("For all its questions together."),
    "currency": gettext_lazy("As in EUR."),
}


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in stubs only
    seen_at = forms.DateTimeField(
        widget=forms.HiddenInput, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"]
    )

    class Meta:
        model = Project
        fields = tuple(name for group in GROUPS for name in group.fields)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = values_of(self.instance)
        for name, label in _LABELS.items():
            self.fields[name].label = label  # type: ignore[assignment]  # lazy text will do
            self.fields[name].help_text = _HELP[name]  # type: ignore[assignment]
        for name in ("gold_window", "practice_pairs", "qualification_pairs", "gold_warm_up"):
            self.fields[name].widget.attrs["max"] = 1000
        for field in self.fields.values():
            if isinstance(field, forms.FloatField):
                field.widget.attrs["step"] = "any"
        self._add_wording()
        self.initial["seen_at"] = f"{self.instance.updated_at:%Y-%m-%dT%H:%M:%S.%f%z}"

    def _add_wording(self) -> None:
        """Four fields per axis; empty ones fall back to the built-in words."""
        for axis in AXES:
            own = self.instance.questions.get(axis) or {}
            for part, (label, help_text) in _PARTS.items():
                name = f"{axis}_{part}"
                built_in = _built_in(axis, part)
                is_long = part in {"definition", "example"}
                attrs = {"placeholder": built_in}
                widget = (
                    forms.Textarea(attrs={**attrs, "rows": 3})
                    if is_long
                    else forms.TextInput(attrs=attrs)
                )
                self.fields[name] = forms.CharField(
                    label=label,  # type: ignore[arg-type]
                    help_text=help_text,  # type: ignore[arg-type]
                    required=False,
                    max_length=MOST_CHARACTERS[part],
                    widget=widget,
                )
                self.initial[name] = own.get(part, "")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self._check_overlap(values)
        for name in ("gold_window", "practice_pairs", "qualification_pairs", "gold_warm_up"):
            if values.get(name, 0) > 1000:
                self.add_error(name, _("At most 1000."))
        if values.get("gold_window") == 0:
            self.add_error("gold_window", _("At least 1."))
        if values.get("pay_per_comparison", 0) < 0:
            self.add_error("pay_per_comparison", _("Pay cannot be negative."))
        for axis in AXES:
            self._check_question(values, axis)
        return values

    def _check_overlap(self, values: dict[str, Any]) -> None:
        overlaps = [values.get(f"overlap_{axis}") for axis in AXES]
        most = values.get("most_overlap")
        if most is None or None in overlaps:
            return
        if most < max(filter(None, overlaps), default=0) <= MOST_OVERLAP:
            self.add_error(
                "most_overlap",
                _("%(most)d is less than the %(overlap)d annotators that a question has anyway.")
                % {"most": most, "overlap": max(filter(None, overlaps))},
            )

    def _check_question(self, values: dict[str, Any], axis: Axis) -> None:
        text = values.get(f"{axis}_question", "")
        inner = text.split("*")
        if text and (len(inner) != 3 or not inner[1].strip()):
            self.add_error(
                f"{axis}_question", _("Put exactly one word or phrase between two asterisks.")
            )

    def project_values(self) -> dict[str, Any]:
        """What to store; words that are the built-in ones are left out."""
        values = {name: self.cleaned_data[name] for name in self.seen if name in self.cleaned_data}
        values["questions"] = {axis: own for axis in AXES if (own := self._own_words(axis))}
        return values

    def _own_words(self, axis: Axis) -> dict[str, str]:
        given = {part: self.cleaned_data[f"{axis}_{part}"].strip() for part in _PARTS}
        return {
            part: text for part, text in given.items() if text and text != _built_in(axis, part)
        }

    def groups(self) -> list[tuple[Group, list[forms.BoundField]]]:
        return [(group, [self[name] for name in group.fields]) for group in GROUPS]

    def wordings(self) -> list[tuple[Question, list[forms.BoundField]]]:
        """Each axis as annotators would read it with what is typed now, and its fields."""
        return [
            (
                worded(
                    QUESTIONS[axis], {part: self[f"{axis}_{part}"].value() or "" for part in _PARTS}
                ),
                [self[f"{axis}_{part}"] for part in _PARTS],
            )
            for axis in AXES
        ]
