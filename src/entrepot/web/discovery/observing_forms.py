"""The form of an observation: short, with what is seldom needed folded away, and refused without what the law asks."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from entrepot.report.words import day
from entrepot.web.discovery.informality import AUDIENCES, RULES, VIEWS
from entrepot.web.discovery.models import Observation
from entrepot.web.discovery.observing_actors import found
from entrepot.web.discovery.observing_files import looked_into

STEP_TITLES: Mapping[str, str | Promise] = {
    "purchase": lazy("Purchase"),
    "advertise": lazy("Advertise"),
    "sell": lazy("Sell"),
    "deliver": lazy("Deliver"),
}
SOURCES: Mapping[str, str | Promise] = {
    "personal observation": lazy("personal observation"),
    "social-media post": lazy("social-media post"),
    "test purchase": lazy("test purchase"),
    "partner": lazy("partner"),
    "press": lazy("press"),
    "interview": lazy("interview"),
    "meeting": lazy("meeting"),
    "annual report": lazy("annual report"),
    "other": lazy("other"),
}
SENSITIVITIES: Mapping[str, str | Promise] = {
    "internal": lazy("everybody who may read findings"),
    "sensitive": lazy("reviewers and the data protection officer only"),
}
USUAL_DAYS, MOST_DAYS = 183, 731
ONES_OWN = ("step", "caption", "source_type", "seen_on", "place", "pseudonym", "role", "sensitivity",
            "is_source_concealed", "lawful_source", "need", "expires_on", "rules_touched")  # fmt: skip
"""The columns of `Observation` that the form fills as they are."""


def _chosen(names: Mapping[str, str | Promise], first: str | Promise = "") -> list[tuple[str, str | Promise]]:
    return [("", first), *names.items()] if first else list(names.items())


class ObservationForm(forms.Form):
    """What was seen, how one knows, and for how long it may be kept."""

    step = forms.ChoiceField(label=lazy("Step"), choices=_chosen(STEP_TITLES), widget=forms.RadioSelect)
    caption = forms.CharField(
        label=lazy("What was seen"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("As a caption under a picture. No names; a pseudonym will do."),
    )  # fmt: skip
    source_type = forms.ChoiceField(label=lazy("Source"), choices=_chosen(SOURCES, lazy("Choose …")))
    seen_on = forms.DateField(label=lazy("Seen on"), widget=forms.DateInput(attrs={"type": "date"}))
    place = forms.CharField(label=lazy("Place or platform"), max_length=200, required=False)
    pseudonym = forms.CharField(
        label=lazy("Pseudonym"), max_length=100, required=False, help_text=lazy("What we call who was seen.")
    )
    role = forms.CharField(
        label=lazy("Role of who speaks"), max_length=100, required=False,
        help_text=lazy("In an interview or a meeting: “store manager”."),
    )  # fmt: skip
    actors = forms.CharField(
        label=lazy("Actors"), max_length=1000, required=False,
        help_text=lazy("Codes or actor ids, with commas between. Leave empty if nobody is meant."),
    )  # fmt: skip
    file = forms.FileField(
        label=lazy("Picture or PDF"), required=False,
        help_text=lazy("JPEG, PNG, WebP or PDF, up to 10 MB. Where and with what it was taken is removed from images."),
        widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png,.webp,.pdf"}),
    )  # fmt: skip
    no_faces = forms.BooleanField(
        label=lazy("I looked: no face of anybody else and no child is in it."), required=False
    )
    lawful_source = forms.CharField(
        label=lazy("Why we may have it"), max_length=300,
        help_text=lazy("“Public post, seen without signing in”, “own store, sign at the door”."),
    )  # fmt: skip
    need = forms.CharField(
        label=lazy("Why we need it"), max_length=300,
        help_text=lazy("What could not be decided without it."),
    )  # fmt: skip
    expires_on = forms.DateField(
        label=lazy("Gone on"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=lazy("From this day nobody sees it, and the next purge deletes it."),
    )  # fmt: skip
    sensitivity = forms.ChoiceField(label=lazy("Who may see it"), choices=_chosen(SENSITIVITIES))
    is_source_concealed = forms.BooleanField(
        label=lazy("Conceal the source: only reviewers and the data protection officer see where it comes from."),
        required=False,
    )  # fmt: skip
    rules_touched = forms.MultipleChoiceField(
        label=lazy("Kinds of rule that the practice touches"), choices=_chosen(RULES), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=lazy("As it was seen. Whether a rule was broken, a person and counsel conclude."),
    )  # fmt: skip
    form_number = forms.CharField(max_length=64, widget=forms.HiddenInput)
    seen_version = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, known: Observation | None = None, today: date | None = None, **more: Any
    ) -> None:
        self.known, self.today = known, today or timezone.localdate()
        if not args:
            more["initial"] = of_known(known) if known else _fresh(self.today)
        super().__init__(*args, **more)
        for name, title in AUDIENCES.items():
            self.fields[audience(name)] = forms.ChoiceField(
                label=title, choices=_chosen(VIEWS, lazy("not known")), required=False
            )

    @property
    def audiences(self) -> list[forms.BoundField]:
        """The fields that ask what each audience holds of it."""
        return [self[audience(name)] for name in AUDIENCES]

    @property
    def legitimacy(self) -> dict[str, str]:
        """Audience → what it holds, where somebody said."""
        return {name: view for name in AUDIENCES if (view := self.cleaned_data.get(audience(name)))}

    def clean_seen_on(self) -> date:
        seen_on: date = self.cleaned_data["seen_on"]
        if seen_on > self.today:
            raise forms.ValidationError(_("That day is still to come."))
        return seen_on

    def clean_expires_on(self) -> date:
        expires_on: date = self.cleaned_data["expires_on"]
        if expires_on <= self.today:
            raise forms.ValidationError(_("That day has passed; nothing would be kept."))
        if expires_on > self.today + timedelta(days=MOST_DAYS):
            last = day(self.today + timedelta(days=MOST_DAYS))
            raise forms.ValidationError(_("At most two years: choose a day until %(last)s.") % {"last": last})
        return expires_on

    def clean_actors(self) -> list[str]:
        named = [part for part in re.split(r"[,;\s]+", self.cleaned_data["actors"]) if part]
        return found(named)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        return looked_into(file) if file else None

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("file") and not said.get("no_faces"):
            self.add_error(
                "no_faces", _("Look at the file first: faces of others and of children are not stored.")
            )
        if self.known and said.get("seen_version") != version(self.known):
            self.add_error(
                None, _("Somebody else changed this meanwhile. Load it again, then repeat your change.")
            )
        return said


def version(observation: Observation) -> str:
    """Which state of `observation` a form was filled from."""
    return observation.changed_at.isoformat(timespec="microseconds")


def audience(name: str) -> str:
    """The field that asks what an audience holds of it."""
    return f"legitimacy_{name.replace('-', '_')}"


def _fresh(today: date) -> dict[str, Any]:
    return {
        "step": "purchase", "sensitivity": "internal", "seen_on": today,
        "expires_on": today + timedelta(days=USUAL_DAYS), "form_number": secrets.token_hex(16),
    }  # fmt: skip


def of_known(known: Observation) -> dict[str, Any]:
    """What the form says of a known observation before anybody changes it."""
    views = {audience(name): view for name, view in known.legitimacy.items()}
    return {
        **{name: getattr(known, name) for name in ONES_OWN},
        **views,
        "actors": ", ".join(known.actors.values_list("actor_id", flat=True)),
        "form_number": secrets.token_hex(16),
        "seen_version": version(known),
    }


class FilterForm(forms.Form):
    """What the gallery shows."""

    step = forms.ChoiceField(
        label=lazy("Step"), required=False, choices=_chosen(STEP_TITLES, lazy("all steps"))
    )
    source = forms.ChoiceField(
        label=lazy("Source"), required=False, choices=_chosen(SOURCES, lazy("all sources"))
    )
    actor = forms.CharField(label=lazy("Actor"), required=False, max_length=60)
    place = forms.CharField(label=lazy("Place or platform"), required=False, max_length=200)
    since = forms.DateField(
        label=lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(label=lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
