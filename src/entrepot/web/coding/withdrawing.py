"""What goes when somebody withdraws: told before it goes, and then taken out wherever it stands in the database.

Both come of one reading, so that the page tells what the act does. Sealed texts are read for it by the server alone:
what comes out are numbers and names of codes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entrepot.sensemaking.coding import Withdrawn, withdraw
from entrepot.sensemaking.coding.quoting import Said
from entrepot.sensemaking.coding.study import Study as Coded
from entrepot.sensemaking.moments import Moment
from entrepot.web.api.models import Answer as Kept
from entrepot.web.coding.models import Sealed, Study, Text
from entrepot.web.coding.storing import load, words_of
from entrepot.web.records.models import Body
from entrepot.web.sensemaking.models import (
    Act,
    Answer,
    Evidence,
    Question,
    Reading,
    Reason,
    Signature,
    Version,
)

WRITTEN: Mapping[type[Model], tuple[str, ...]] = {
    Question: ("title", "text"), Evidence: ("title", "text"), Act: ("source",), Reading: ("columns",),
    Version: ("body", "why"), Signature: ("words",), Answer: ("reason",), Reason: ("text",),
}  # fmt: skip
"""Model → columns beside studies in which somebody may have quoted testimony."""
CALLED: Mapping[str, str | Promise] = {
    "groups": _("notes on groups"), "informants": _("notes on informants"), "sources": _("notes on other texts"),
    "coders": _("names of coders"), "codes": _("names and descriptions of codes"),
    "segments": _("notes on what is coded in other texts"), "interventions": _("interventions of the researcher"),
    "choices": _("reasons in the exclusion log"), "sequence": _("reasons of an order"),
    "lenses": _("notes on theories"), "revisions": _("earlier names, and reasons of changes"),
    "checks": _("answers of member checks"), "sampling": _("reasons of sampling"), "uses": _("uses of data"),
    "discrepancies": _("discrepancies"), "scope": _("limits of the study"),
    "Question": _("questions"), "Evidence": _("evidence of questions"), "Act": _("acts of sensegiving"),
    "Reading": _("readings of texts for a question"), "Version": _("versions of accounts"),
    "Signature": _("words beside a signature"), "Answer": _("reasons in rounds"), "Reason": _("reasons in rounds"),
}  # fmt: skip
"""What a table is called where its rows lose words."""
OF_TESTIMONY = (
    Q(about__startswith="study:") | Q(about__startswith="testimony:") | Q(about__startswith="question:")
)


@dataclass(frozen=True)
class Going:
    """What goes with somebody's consent: the study before and after, and what stands beside it."""

    row: Study
    before: Coded
    informant: str
    done: Withdrawn

    @property
    def shared(self) -> int:
        """In how many of the texts others spoke too."""
        return sum(len(self.before.source(each).informants) > 1 for each in self.done.sources)

    @property
    def notes(self) -> int:
        """How many of the segments carry a note."""
        left = {each.segment for each in self.done.study.segments}
        return sum(bool(each.note) for each in self.before.segments if each.segment not in left)

    @cached_property
    def elsewhere(self) -> Sequence[tuple[Model, Mapping[str, Any]]]:
        """Rows beside the study that quote them, with what their columns say without that."""
        return list(_elsewhere(self.done.said))

    @cached_property
    def kept_answers(self) -> Sequence[int]:
        """Answers kept for programs that ask twice."""
        rows = Kept.objects.exclude(body=None).values_list("pk", "body").iterator(chunk_size=1000)
        return [pk for pk, body in rows if self.done.said.out_of(body) != body]

    @cached_property
    def bodies(self) -> Sequence[int]:
        """Bodies of records that quote them, beside those about their texts."""
        rows = (
            Body.objects.filter(OF_TESTIMONY)
            .exclude(text=None)
            .values_list("pk", "text")
            .iterator(chunk_size=1000)
        )
        return [pk for pk, text in rows if self.done.said.out_of(said := json.loads(text)) != said]

    @property
    def emptied(self) -> list[tuple[str | Promise, int]]:
        """What loses words, in words, with how many rows."""
        counts = Counter(self.done.emptied) + Counter(
            type(each).__name__ for each, _changed in self.elsewhere
        )
        return [(CALLED[table], number) for table, number in counts.items()]

    @property
    def copies(self) -> list[str]:
        """Other studies that hold a text of theirs, word by word: there they withdraw too."""
        theirs = set(self.done.said.theirs)
        found = {each.study for each in Text.objects.filter(text__in=theirs).select_related("study")}
        locked = Sealed.objects.select_related("study").iterator(
            chunk_size=100
        )  # read, since not to be looked for
        found |= {each.study for each in locked if each.text in theirs}
        return sorted(each.name for each in found if each.pk != self.row.pk)

    @property
    def shut(self) -> int:
        """How many of the texts no key of this server opens: what quotes them is not found."""
        theirs = self.row.sealed.filter(source__in=self.done.sources)
        return theirs.count() - len(words_of(theirs))

    @property
    def codes(self) -> list[str]:
        """The ids of codes that need another name."""
        return list(self.done.named_in_their_words)


def going(row: Study, informant: str) -> Going:
    """What goes with the consent of `informant`; nothing is written."""
    study = load(row, row.by).study
    study = study.having(texts={**study.texts, **words_of(row.sealed.all())})
    on = Moment.read(timezone.localdate().isoformat())
    return Going(row, study, informant, withdraw(study, informant, at=on))


def _elsewhere(said: Said) -> Iterator[tuple[Model, Mapping[str, Any]]]:
    for model, columns in WRITTEN.items():
        for each in model._default_manager.only("pk", *columns).iterator(chunk_size=1000):
            was = {name: getattr(each, name) for name in columns}
            now = said.out_of(was)
            if now != was:
                yield each, {name: value for name, value in now.items() if value != was[name]}


def take_out_elsewhere(found: Going) -> int:
    """Take their words out of what stands beside the study; within a transaction. Gives the number of rows."""
    from entrepot.web.records import models as records

    for each, changed in found.elsewhere:
        limits = {name: each._meta.get_field(name).max_length for name in changed}
        for name, value in changed.items():
            setattr(each, name, value[: limits[name]] if isinstance(value, str) else value)
        each.save(update_fields=list(changed))
    Kept.objects.filter(pk__in=found.kept_answers).update(body=None)
    records.empty(Body.objects.filter(pk__in=found.bodies))
    return len(found.elsewhere)
