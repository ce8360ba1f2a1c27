"""What one may ask of the dashboard, as a form reads it: a part of the sales, two periods, a dimension, a stop."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from entrepot.interdependence import Part, Period
from entrepot.report.listed import KIND_NAMES
from entrepot.report.words import day

MOST_TOP, MOST_STOP_DAYS = 10_000, 3650
BY: Mapping[str, str | Promise] = {
    "channel": lazy("channel"), "store": lazy("store"), "category": lazy("category"), "product": lazy("product"),
    "destination": lazy("city"), "month": lazy("month"), "kind": lazy("kind"),
}  # fmt: skip
BASES: Mapping[str, str | Promise] = {
    "revenue": lazy("revenue"), "units": lazy("units"), "margin": lazy("contribution"),
}  # fmt: skip
ALL, TOP, KIND = "all", "top", "kind"


@dataclass(frozen=True)
class Question:
    """A part of the sales, and the days to compare growth with; empty fields ask for all."""

    channel: str = ""
    product: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    against_since: date | None = None
    against_until: date | None = None

    @property
    def period(self) -> Period | None:
        return Period(self.since, self.until) if self.since and self.until else None

    @property
    def against(self) -> Period | None:
        return (
            Period(self.against_since, self.against_until)
            if self.against_since and self.against_until
            else None
        )

    @property
    def part(self) -> Part:
        return Part(self.channel or None, self.product or None, self.kind or None, self.period)

    @property
    def is_plain(self) -> bool:
        """Whether nothing is narrowed, so that the run's own tables answer."""
        return self == Question()

    def in_words(self, products: Mapping[str, str]) -> str:
        """What the answer is about; empty for everything."""
        said = [
            _("channel %(name)s") % {"name": self.channel} if self.channel else "",
            products.get(self.product, self.product),
            _("those who look like: %(kind)s") % {"kind": KIND_NAMES.get(self.kind, self.kind)}
            if self.kind
            else "",
            _("%(since)s to %(until)s") % {"since": day(self.since), "until": day(self.until)}
            if self.period
            else "",
        ]
        return " · ".join(part for part in said if part)


@dataclass(frozen=True)
class Stop:
    """Who stops, for how many days; None for good."""

    who: str = ALL
    top: int = 3
    kind: str = ""
    days: int | None = 30


def digest(what: str, *asked: Any) -> str:
    """The digest of a question, under which its answer is kept."""
    said = [asdict(each) if hasattr(each, "__dataclass_fields__") else each for each in asked]
    return hashlib.sha256(json.dumps([what, *said], sort_keys=True, default=str).encode()).hexdigest()


def _choices(values: Sequence[str], first: str | Promise, names: Mapping[str, str] | None = None) -> Any:
    return [("", first), *((value, (names or {}).get(value, value)) for value in values)]


def _day(label: str | Promise) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class PartForm(forms.Form):
    """The filters; their choices are what the run's tables have."""

    channel = forms.ChoiceField(label=lazy("Channel"), required=False)
    product = forms.ChoiceField(label=lazy("Product"), required=False)
    kind = forms.ChoiceField(label=lazy("Looks like"), required=False)
    since, until = _day(lazy("From")), _day(lazy("To"))
    against_since, against_until = _day(lazy("Growth against: from")), _day(lazy("Growth against: to"))

    def __init__(
        self, data: Any, *, values: Mapping[str, Sequence[str]], products: Mapping[str, str]
    ) -> None:
        super().__init__(data)
        self.fields["channel"].choices = _choices(values.get("channel", ()), lazy("all channels"))
        self.fields["product"].choices = _choices(values.get("product", ()), lazy("all products"), products)
        self.fields["kind"].choices = _choices(values.get("kind", ()), lazy("all kinds"), KIND_NAMES)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for first, last in (("since", "until"), ("against_since", "against_until")):
            start, end = said.get(first), said.get(last)
            if bool(start) != bool(end) and first not in self.errors and last not in self.errors:
                self.add_error(first if end else last, _("Give both days, or none."))
            elif start and end and end < start:
                self.add_error(last, _("It ends before it begins."))
        return said

    def question(self) -> Question:
        """What is asked; everything, where the form is not valid."""
        if not self.is_valid():
            return Question()
        return Question(**{name: self.cleaned_data[name] for name in Question.__dataclass_fields__})


class ByForm(forms.Form):
    """Which dimension, and in what it is counted."""

    by = forms.ChoiceField(label=lazy("Split by"), choices=list(BY.items()), required=False)
    basis = forms.ChoiceField(label=lazy("Counted in"), choices=list(BASES.items()), required=False)

    def asked(self) -> tuple[str, str]:
        said = self.cleaned_data if self.is_valid() else {}
        return said.get("by") or "channel", said.get("basis") or "revenue"


class StopForm(forms.Form):
    """Who stops, and for how long."""

    who = forms.ChoiceField(
        label=lazy("Who stops"), required=False,
        choices=[(ALL, lazy("all of them")), (TOP, lazy("the largest")), (KIND, lazy("one kind"))],
    )  # fmt: skip
    top = forms.IntegerField(
        label=lazy("How many of the largest"), required=False, min_value=1, max_value=MOST_TOP
    )
    stop_kind = forms.ChoiceField(label=lazy("Which kind"), required=False)
    days = forms.IntegerField(
        label=lazy("Days; empty for good"), required=False, min_value=1, max_value=MOST_STOP_DAYS
    )

    def __init__(self, data: Any, *, kinds: Sequence[str]) -> None:
        super().__init__(data or {"who": ALL, "top": 3, "days": 30})
        self.fields["stop_kind"].choices = _choices(kinds, lazy("choose …"), KIND_NAMES)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("who") == KIND and not said.get("stop_kind") and "stop_kind" not in self.errors:
            self.add_error("stop_kind", _("Choose a kind."))
        if said.get("who") == TOP and not said.get("top") and "top" not in self.errors:
            self.add_error("top", _("Say how many."))
        return said

    def stop(self) -> Stop | None:
        """What is asked; None where the form is not valid."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        who = said["who"] or ALL
        return Stop(
            who, said["top"] if who == TOP else 0, said["stop_kind"] if who == KIND else "", said["days"]
        )
