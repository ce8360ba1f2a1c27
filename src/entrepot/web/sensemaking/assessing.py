"""The form of an answer, by which the plane is tapped, and of the code that is spent on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from entrepot.sensemaking.tables import REASONS
from entrepot.web.sensemaking import telling
from entrepot.web.sensemaking.ballots import MOST_REASON
from entrepot.web.sensemaking.saying import FACETS, GIVEN, HORIZONS, PASSED, WITHHELD, Said

LEGITIMACY = [(str(n), words) for n, words in telling.score_words(telling.LEGITIMACY)]
EFFICIENCY = [(str(n), words) for n, words in telling.score_words(telling.EFFICIENCY)]
FACET_LABELS = {
    "aims": _("What it aims at"),
    "actions": _("How it is done"),
    "outcomes": _("What comes of it"),
}


def _score(label: Any, words: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=words, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )


@dataclass(frozen=True)
class Plane:
    """Legitimacy × efficiency for one horizon: what the template draws, with the two fields that it sets."""

    name: str
    title: Any
    legitimacy: Any
    efficiency: Any


class AnswerForm(forms.Form):
    """One answer; `said` is what it comes to."""

    status = forms.ChoiceField(
        label=_("Do you answer?"), widget=forms.RadioSelect, initial=GIVEN,
        choices=[(GIVEN, _("I answer")), (PASSED, _("I pass")), (WITHHELD, _("I would rather not say"))],
    )  # fmt: skip
    legitimacy_short = _score(_("In the short run: does it fit what we have held legitimate?"), LEGITIMACY)
    efficiency_short = _score(_("In the short run: does it work for us?"), EFFICIENCY)
    legitimacy_long = _score(_("In the long run: does it fit what we have held legitimate?"), LEGITIMACY)
    efficiency_long = _score(_("In the long run: does it work for us?"), EFFICIENCY)
    legitimacy_aims = _score(FACET_LABELS["aims"], LEGITIMACY)
    legitimacy_actions = _score(FACET_LABELS["actions"], LEGITIMACY)
    legitimacy_outcomes = _score(FACET_LABELS["outcomes"], LEGITIMACY)
    reason = forms.CharField(
        label=_("Why? In your own words (optional)"), required=False, max_length=MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("Please write at most 1,000 letters.")},
    )  # fmt: skip
    reason_code = forms.ChoiceField(
        label=_("Why not? Choose (optional)"), required=False,
        choices=[("", _("I do not say")), *((code, telling.REASON_CODES[code]) for code in REASONS)],
    )  # fmt: skip

    def planes(self) -> list[Plane]:
        titles = {"short": _("In the short run"), "long": _("In the long run")}
        return [
            Plane(horizon, titles[horizon], self[f"legitimacy_{horizon}"], self[f"efficiency_{horizon}"])
            for horizon in HORIZONS
        ]

    def facets(self) -> Iterator[Any]:
        return (self[f"legitimacy_{facet}"] for facet in FACETS)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("status") != GIVEN or self.errors:
            return said
        missing = [
            horizon
            for horizon in HORIZONS
            if (said[f"legitimacy_{horizon}"] is None) != (said[f"efficiency_{horizon}"] is None)
        ]
        if missing:
            raise forms.ValidationError(
                _("A place on a plane has two sides: choose both, or leave both out.")
            )
        if said["legitimacy_short"] is None and said["legitimacy_long"] is None:
            raise forms.ValidationError(_("Tap a place on a plane, or say that you pass."))
        return said

    @property
    def said(self) -> Said:
        """The answer, once the form is valid."""
        data = self.cleaned_data
        if data["status"] != GIVEN:
            return Said(data["status"], {}, data["reason_code"])
        names = [name for name in self.fields if name.startswith(("legitimacy_", "efficiency_"))]
        return Said(GIVEN, {name: data[name] for name in names if data[name] is not None})


class CodeForm(forms.Form):
    """A code, as it was drawn or printed."""

    code = forms.CharField(
        label=_("Your code"), max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip
