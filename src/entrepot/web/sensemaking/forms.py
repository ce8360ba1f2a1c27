"""The forms of those who lead: a question, its people and evidence, a round, an act, a signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from entrepot.errors import InputError
from entrepot.sensemaking.moments import Moment
from entrepot.sensemaking.tables import KINDS, LEVELS, PRIORITIES, VERDICTS
from entrepot.web.sensemaking import leading, retaining, telling
from entrepot.web.sensemaking.models import FEEDBACKS, STAGES, STANCES, Question


class QuestionForm(forms.Form):
    """A question."""

    title = forms.CharField(label=_("The question, in one sentence"), max_length=200)
    text = forms.CharField(
        label=_("What people should know first"), max_length=10_000, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    owner = forms.CharField(
        label=_("Which unit owns the topic?"), max_length=200, required=False,
        help_text=_("Left empty, the pages say that nobody does."),
    )  # fmt: skip
    stage = forms.ChoiceField(
        label=_("Stage"), choices=[(s, telling.STAGES[s]) for s in STAGES], widget=forms.RadioSelect,
        initial=STAGES[0],
    )  # fmt: skip


class PeopleForm(forms.Form):
    """Those who are asked, one a line: unit; level; e-mail address or name; language."""

    people = forms.CharField(
        label=_("Who is asked"), max_length=100_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line: unit; leader or staff; e-mail address or name; language (en, ko, zh-hans), if you "
                    "like. Somebody with a name alone gets a code on paper."),
    )  # fmt: skip

    def newcomers(self) -> list[leading.Newcomer]:
        languages = dict(settings.LANGUAGES)
        made = []
        for line in self.cleaned_data["people"].splitlines():
            if not line.strip():
                continue
            unit, level, who, language = [part.strip() for part in [*line.split(";"), "", "", "", ""][:4]]
            email, name = (who, "") if "@" in who else ("", who)
            language = language if language in languages else ""
            made.append(leading.Newcomer(unit[:100], level.lower(), email[:250], name[:200], language))
        return made


class EvidenceForm(forms.Form):
    """What a question shows."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[("run", _("the current run")), ("finding", _("a finding, by its code")),
                 ("observation", _("an observation, by its number")), ("other", _("words"))],
    )  # fmt: skip
    refers_to = forms.CharField(label=_("Code or number"), max_length=60, required=False)
    text = forms.CharField(
        label=_("Words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class RoundForm(forms.Form):
    """How a round is held; only what can be offered to these people is offered."""

    mode = forms.ChoiceField(label=_("How people answer"), widget=forms.RadioSelect)
    feedback = forms.ChoiceField(
        label=_("What those who were asked see after the close"), widget=forms.RadioSelect, initial="distribution",
        choices=[
            ("none", _("nothing: those who lead see it")),
            ("distribution", _("the result")),
            ("reasons", _("the result with reasons")),
        ],
    )  # fmt: skip
    days = forms.IntegerField(label=_("Open for how many days"), min_value=1, max_value=90, initial=7)
    keep_months = forms.IntegerField(
        label=_("Answers are kept for how many months after that"), min_value=1,
        max_value=retaining.MOST_MONTHS, required=False, initial=retaining.usual_months,
        help_text=_("Then what was said goes, and who was asked; the sentence of the result, acts and account stay. "
                    "It is told before the first answer."),
    )  # fmt: skip

    def __init__(self, *given: Any, ways: Sequence[tuple[str, Any]], **more: Any) -> None:
        super().__init__(*given, **more)
        assert {code for code, _words in self.fields["feedback"].choices} == set(FEEDBACKS)
        self.fields["mode"].choices = list(ways)
        if ways:
            self.fields["mode"].initial = ways[0][0]

    def asking(self, *, at: datetime | None = None) -> leading.Asking:
        data = self.cleaned_data
        ends_at = (at or timezone.now()) + timedelta(days=data["days"])
        return leading.Asking(data["mode"], data["feedback"], ends_at, data["keep_months"])


class DaysForm(forms.Form):
    days = forms.IntegerField(label=_("Open for so many days more"), min_value=1, max_value=90, initial=3)


def _or_none(values: Sequence[str]) -> list[tuple[str, Any]]:
    return [("", "—"), *((v, v) for v in values)]


class ActForm(forms.Form):
    """One act of sensegiving, as it happened."""

    kind = forms.ChoiceField(label=_("What was done"), choices=[(k, k.replace("_", " ")) for k in KINDS])
    unit = forms.CharField(label=_("By which unit"), max_length=100)
    level = forms.ChoiceField(label=_("Level"), choices=[(x, x) for x in LEVELS])
    answers = forms.ChoiceField(label=_("Which act was heard or dismissed"), required=False)
    to_units = forms.CharField(
        label=_("To which units"), max_length=500, required=False,
        help_text=_("Separated by commas; “all” for every unit."),
    )  # fmt: skip
    verdict = forms.ChoiceField(label=_("Verdict"), choices=_or_none(VERDICTS), required=False)
    priority = forms.ChoiceField(
        label=_("Which logic comes first"), choices=_or_none(PRIORITIES), required=False
    )
    owner = forms.CharField(label=_("Owner"), max_length=200, required=False)
    happened = forms.CharField(
        label=_("When"), max_length=40, required=False, help_text=_("As exactly as it is known: 2026, 2026-03, "
        "2026-03-14."),
    )  # fmt: skip
    review_on = forms.DateField(
        label=_("To be looked at again on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    source = forms.CharField(
        label=_("How do we know"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    form = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *given: Any, question: Question, **more: Any) -> None:
        super().__init__(*given, **more)
        acts = [(str(a.pk), f"{a.pk}: {a.kind}, {a.unit}, {a.level}") for a in question.acts.all()]
        self.fields["answers"].choices = [("", "—"), *acts]

    def clean_happened(self) -> str:
        text = str(self.cleaned_data["happened"])
        try:
            Moment.read(text)
        except ValueError as error:
            raise forms.ValidationError(_("This is no instant, day, month or year.")) from error
        return text

    def said(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data.pop("form")
        units = [unit.strip() for unit in data["to_units"].split(",") if unit.strip()]
        review_on = data["review_on"].isoformat() if data["review_on"] else ""
        return {**data, "to_units": units, "review_on": review_on}


class SignForm(forms.Form):
    """A name under a version."""

    stance = forms.ChoiceField(
        label=_("You"), widget=forms.RadioSelect,
        choices=[("carries", _("I carry this out")), ("dissents", _("I dissent, and want it kept"))],
    )  # fmt: skip
    words = forms.CharField(
        label=_("In your words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_stance(self) -> str:
        stance = str(self.cleaned_data["stance"])
        assert stance in STANCES
        return stance


def add_mistakes(form: forms.Form, error: InputError) -> None:
    """Let a form say what the rooms say is wrong."""
    for mistake in error.mistakes:
        form.add_error(None, str(mistake))
