"""Answers, kept: the first who asks waits until it is drawn, the next does not; new measures make the old ones void."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from entrepot.report.depend import FOLDER, Depend, depend
from entrepot.report.listed import KIND_NAMES, codes_of
from entrepot.report.reading import read_run
from entrepot.web.discovery.models import Finding
from entrepot.web.interdependence import asking, drawing
from entrepot.web.interdependence.models import Answer
from entrepot.web.interdependence.questions import Question, Stop, digest
from entrepot.web.runs.models import Run

MOST_KEPT = 200  # answers of one run


class Measures:
    """The measures of one run, as far as a page needs them; tables are read only where an answer is not kept."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def are_there(self) -> bool:
        """Whether they were made."""
        return (self.run.path / FOLDER / "shares.parquet").is_file()

    @cached_property
    def version(self) -> str:
        """Changes when the measures are made anew, or a person is erased from them."""
        folder = self.run.path / FOLDER
        marks = [f"{path.name} {path.stat().st_mtime_ns}" for path in sorted(folder.iterdir())]
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()

    @cached_property
    def depend(self) -> Depend:
        found = depend(read_run(self.run.path))
        assert found is not None, "asked for only where they are there"
        return found

    def options(self) -> Mapping[str, Any]:
        """`values`: what can be chosen, by dimension; `products`: what product ids are called."""
        return self._kept(digest("options"), self._options)

    def dashboard(self, question: Question) -> Mapping[str, Any]:
        """What the page shows; raises `InputError` where the question cannot be asked here."""
        if question.is_plain:
            return self._kept(digest("whole"), lambda: drawing.whole(self.depend, self._codes()))
        return self._kept(digest("part", question), lambda: self._part(question))

    def split(self, by: str, basis: str) -> Mapping[str, Any]:
        """The shares by one dimension."""
        products = self.options()["products"]
        names = {"product": products, "kind": KIND_NAMES}.get(by, {})
        return self._kept(digest("by", by, basis), lambda: drawing.split(self.depend, by, basis, names))

    def stop(self, question: Question, stop: Stop) -> str:
        """What a stop would cost, in one sentence."""
        return str(self._kept(digest("stop", question, stop), lambda: self._stop(question, stop))["sentence"])

    def _part(self, question: Question) -> dict[str, Any]:
        d = asking.narrowed_measures(self.run, question, self.depend)
        hindsight = asking.hindsight_of(self.depend, question)
        return drawing.part(d, hindsight, kind=question.kind, untold=_untold(question, d, hindsight))

    def _stop(self, question: Question, stop: Stop) -> dict[str, str]:
        row = asking.stopped(self.run, question, stop, self.depend)
        return {"sentence": asking.stop_sentence(row, stop, self.depend.currency)}

    def _options(self) -> dict[str, Any]:
        rows = [r for r in self.depend.rows("shares") if r["basis"] == "revenue" and r["value"] != "(others)"]
        values = {by: [r["value"] for r in rows if r["by"] == by] for by in ("channel", "product", "kind")}
        return {"values": values, "products": self._product_names()}

    def _product_names(self) -> dict[str, str]:
        path = self.run.path / "exposure.parquet"
        if not path.is_file():
            return {}
        rows = pq.read_table(path, columns=["by", "value", "name"]).to_pylist()
        return {r["value"]: r["name"] for r in rows if r["by"] == "product" and r["name"]}

    def _codes(self) -> Mapping[str, str]:
        known = dict(Finding.objects.filter(run=self.run, flagged=True).values_list("actor_id", "code"))
        return known or codes_of(read_run(self.run.path))

    def _kept(self, question: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        known = Answer.objects.filter(run=self.run, question=question, version=self.version).first()
        if known is not None:
            found: dict[str, Any] = known.said
            return found
        said = make()
        defaults = {"version": self.version, "said": said}
        Answer.objects.update_or_create(run=self.run, question=question, defaults=defaults)
        self._forget()
        return said

    def _forget(self) -> None:
        old = list(self.run.answers.order_by("-pk").values_list("pk", flat=True)[MOST_KEPT:])
        if old:
            Answer.objects.filter(pk__in=old).delete()


def _untold(question: Question, d: Depend, hindsight: Depend | None) -> Sequence[str]:
    """What cannot be told of a part, and why: a proper answer."""
    said = []
    if question.kind:
        said.append(
            _("Growth is not split by kind: what one kind does not bring, another does, and households too.")
        )
    elif not d.rows("growth"):
        said.append(_("Growth cannot be told: there are too few days before these to compare with."))
    if hindsight is None:
        said.append(
            _("Since when it was knowable is told of everything, of each channel, and of the five products on which "
              "most hangs.")
        )  # fmt: skip
    said.append(_("Where buying went after a restriction is told of everything: take the filters away."))
    return said
