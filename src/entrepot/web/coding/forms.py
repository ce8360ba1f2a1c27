"""The forms of testimony. Places are code points, first and last inside the selection."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from entrepot.sensemaking.moments import Moment

MOST_BYTES = 10 * 2**20
"""Of one file that comes in."""
KIND_NAMES = {
    "interview": _("interview"), "observation": _("observation"), "social_media": _("social media"),
    "meeting": _("meeting"), "annual_report": _("annual report"), "press": _("press"),
}  # fmt: skip
SENSITIVITY_NAMES = {
    "open": _("open: whoever codes"), "restricted": _("restricted: who made the study, and those named"),
    "sealed": _("sealed: in the vault, for those named"),
}  # fmt: skip
LEVEL_NAMES = {
    "concept": _("first-order concept"),
    "theme": _("second-order theme"),
    "dimension": _("aggregate dimension"),
}
STEP_NAMES = {
    "": _("none"),
    "interpretation": _("(a) interpretation"),
    "integration": _("(b) integration"),
    "account": _("(c) account"),
}


class MomentField(forms.CharField):
    """An instant, a day, a month or a year, as exactly as it is known."""

    def clean(self, value: Any) -> Moment:
        text = super().clean(value)
        try:
            return Moment.read(text)
        except ValueError as error:
            raise forms.ValidationError(
                _("Give a year, month or day: 2026, 2026-03 or 2026-03-05.")
            ) from error


class NewStudy(forms.Form):
    """A study: empty, from a file, or the paper's."""

    name = forms.CharField(label=_("Name"), max_length=200)
    file = forms.FileField(
        label=_("REFI-QDA project or codebook, if there is one"),
        required=False,
        help_text=_(".qdpx or .qdc, up to 10 MB"),
    )
    side = forms.FileField(
        label=_("Its side file, if there is one"),
        required=False,
        help_text=_(".entrepot.json, written beside an export"),
    )
    example = forms.BooleanField(label=_("Begin with the paper's two firms"), required=False)


class NewSource(forms.Form):
    """A text that comes in, and what is known of it."""

    file = forms.FileField(
        label=_("Text"), help_text=_("txt in UTF-8, docx without macros, or pdf with text; up to 10 MB")
    )
    source = forms.CharField(
        label=_("Short name"), max_length=100, required=False, help_text=_("unique; the file's name if empty")
    )
    kind = forms.ChoiceField(label=_("Kind of source"), choices=list(KIND_NAMES.items()))
    group = forms.CharField(label=_("Group of informants"), max_length=100, required=False)
    informants = forms.CharField(
        label=_("Who speaks"), max_length=300, required=False, help_text=_("pseudonyms, parted by ;")
    )
    role = forms.CharField(label=_("Their role then"), max_length=100, required=False)
    at = MomentField(
        label=_("When"),
        max_length=40,
        required=False,
        help_text=_("as exactly as it is known: 2026, 2026-03, 2026-03-05"),
    )
    follow_up = forms.CharField(label=_("Asked again because"), max_length=300, required=False)
    sensitivity = forms.ChoiceField(label=_("Who may read it"), choices=list(SENSITIVITY_NAMES.items()))
    consent = forms.BooleanField(
        label=_("Who speaks has consented to this use"),
        help_text=_("or it is public, or an observation without a person"),
    )


class Selection(forms.Form):
    """A span under one or several codes."""

    first = forms.IntegerField(label=_("From sign"), min_value=0)
    last = forms.IntegerField(label=_("to sign"), min_value=0, help_text=_("both inside the selection"))
    codes = forms.MultipleChoiceField(label=_("Codes"), required=False, widget=forms.CheckboxSelectMultiple)
    new = forms.CharField(label=_("or a new concept, in their words"), max_length=200, required=False)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, *args: Any, codes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].choices = codes


class NewCode(forms.Form):
    """A code and its place."""

    name = forms.CharField(label=_("Name"), max_length=200)
    level = forms.ChoiceField(label=_("Level"), choices=list(LEVEL_NAMES.items()))
    parent = forms.ChoiceField(label=_("Under"), required=False)
    step = forms.ChoiceField(
        label=_("Row of Table 3, for a theme"), choices=list(STEP_NAMES.items()), required=False
    )

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", _("nothing yet")), *parents]


class LensForm(forms.Form):
    """A theory that was tried."""

    lens = forms.CharField(label=_("Theory"), max_length=200)
    fit = forms.CharField(label=_("How well it fits"), max_length=500)
    dropped = forms.BooleanField(label=_("Dropped"), required=False)
    why = forms.CharField(label=_("Why"), max_length=500, required=False)


class PrecedenceForm(forms.Form):
    """One category before another."""

    before = forms.ChoiceField(label=_("First"))
    after = forms.ChoiceField(label=_("then"))
    lens = forms.CharField(label=_("By which theory"), max_length=200, required=False)
    why = forms.CharField(label=_("Why"), max_length=500, required=False)

    def __init__(self, *args: Any, codes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("before", "after"):
            self.fields[name].choices = codes


class InterventionForm(forms.Form):
    """The researcher told or advised something."""

    group = forms.ChoiceField(label=_("Group"))
    what = forms.CharField(label=_("What the researcher did"), max_length=500)
    at = MomentField(label=_("When"), max_length=40, required=False)
    reactivity = forms.CharField(label=_("What may answer to it"), max_length=500, required=False)

    def __init__(self, *args: Any, groups: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = groups


class CheckForm(forms.Form):
    """An informant in a round of member checks."""

    round = forms.CharField(label=_("Round"), max_length=40)
    informant = forms.ChoiceField(label=_("Informant"))
    about = forms.CharField(
        label=_("What was shown"), max_length=200, required=False, help_text=_("a concept, or an account")
    )
    sent_at = MomentField(label=_("Sent or shown"), max_length=40, required=False)
    seen_at = MomentField(label=_("Seen"), max_length=40, required=False)
    fits = forms.ChoiceField(
        label=_("Does it fit?"),
        choices=[("", _("no answer")), ("yes", _("yes")), ("no", _("no"))],
        required=False,
    )
    correction = forms.CharField(label=_("What to correct"), max_length=500, required=False)
    action = forms.CharField(label=_("What was done"), max_length=500, required=False)
    changed = forms.CharField(
        label=_("What it changed"),
        max_length=200,
        required=False,
        help_text=_("a concept's id, or an account such as account 2"),
    )

    def __init__(self, *args: Any, informants: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["informant"].choices = informants
