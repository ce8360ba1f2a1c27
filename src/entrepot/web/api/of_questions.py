"""Questions about interdependence: of a part of the sales, by one dimension, what a stop would cost.

The page's forms read them and its answers are given, but for the pictures: the rows behind them say the same. What a
form does not take is refused here, where the page would answer for everything.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Schema
from pydantic import Field

from entrepot.web.api import queries, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import Refused, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.interdependence.answers import Measures
from entrepot.web.interdependence.looking import GONE
from entrepot.web.interdependence.questions import ByForm, PartForm, Question, StopForm
from entrepot.web.runs.models import DONE

READ: Any = needs("read findings")
OF_A_FIGURE = ("name", "title", "subtitle", "rows")


class OfRun(shapes.Given):
    """Which run; without one, the current."""

    run: shapes.Word | None = None


class PartIn(OfRun):
    """A part of the sales, and the days to compare growth with; what is empty asks for all."""

    channel: shapes.Text = ""
    product: shapes.Text = ""
    kind: shapes.Text = ""
    since: date | None = None
    until: date | None = None
    against_since: date | None = None
    against_until: date | None = None


class ByIn(OfRun):
    """By what, and in what it is counted."""

    by: Literal["channel", "store", "category", "product", "destination", "month", "kind"] = "channel"
    basis: Literal["revenue", "units", "margin"] = "revenue"


class StopIn(PartIn):
    """Who stops: all, the `top` largest, or those of `stop_kind`; for how many days, or for good."""

    who: Literal["all", "top", "kind"] = "all"
    top: Annotated[int, Field(ge=1, le=10_000)] = 3
    stop_kind: shapes.Text = ""
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Choices(Schema):
    """What can be asked for: values by dimension, and what product ids are called."""

    run: str
    channels: list[str]
    products: list[str]
    kinds: list[str]
    names: dict[str, str]


class TableSaid(Schema):
    """A table in words."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class FigureSaid(Schema):
    """What a picture says in its title, and the rows behind it as numbers."""

    name: str
    title: str
    subtitle: str
    rows: list[dict[str, Any]]


class PartSaid(Schema):
    """The answer: `about` says of what, empty for everything; `untold` what cannot be told, and why."""

    run: str
    about: str
    sentence: str
    detail: list[str]
    numbers: list[dict[str, Any]]
    coverage: str
    figures: list[FigureSaid]
    tables: list[TableSaid]
    untold: list[str]


class SplitSaid(Schema):
    """The shares by one dimension; `figure` is null where the orders lack it."""

    run: str
    by: str
    basis: str
    figure: FigureSaid | None


class StopSaid(Schema):
    """What a stop would cost, with its interval, in one sentence."""

    run: str
    about: str
    sentence: str


ABOUT: dict[str, Any] = {"auth": READ, "tags": ["interdependence"]}
AT = "/interdependence/questions"


@router.get(f"{AT}/choices", response=or_problem(Choices), **ABOUT)
def choices(request: HttpRequest, asked: Query[OfRun]) -> Any:
    """What the questions can be about."""
    measures = _measures(asked.run)
    options = measures.options()
    values = {f"{name}s": options["values"].get(name, []) for name in ("channel", "product", "kind")}
    return {"run": measures.run.name, **values, "names": options["products"]}


@router.get(f"{AT}/part", response=or_problem(PartSaid), **ABOUT)
def part(request: HttpRequest, asked: Query[PartIn]) -> Any:
    """How far firm and customer-entrepreneurs depend on each other, of everything or of a part. A part is added up from
    the order lines: that takes seconds the first time, and a run of more than 3 million lines is asked on the command
    line."""
    measures = _measures(asked.run)
    question = _question(measures, asked)
    found = measures.dashboard(question)
    words = {name: found[name] for name in ("sentence", "detail", "numbers", "coverage", "untold")}
    return {
        "run": measures.run.name, "about": _about(measures, question), **words,
        "figures": [_figure(figure) for figure in found["figures"]],
        "tables": [_table(table) for table in found["tables"]],
    }  # fmt: skip


@router.get(f"{AT}/split", response=or_problem(SplitSaid), **ABOUT)
def split(request: HttpRequest, asked: Query[ByIn]) -> Any:
    """The shares by one dimension."""
    measures = _measures(asked.run)
    by, basis = checked(ByForm(asked.model_dump()), place="query").asked()
    figure = measures.split(by, basis)["figure"]
    return {"run": measures.run.name, "by": by, "basis": basis, "figure": figure and _figure(figure)}


@router.get(f"{AT}/stop", response=or_problem(StopSaid), **ABOUT)
def stop(request: HttpRequest, asked: Query[StopIn]) -> Any:
    """What would be missing if they stopped."""
    measures = _measures(asked.run)
    question = _question(measures, asked)
    form = StopForm(asked.model_dump(), kinds=measures.options()["values"].get("kind", ()))
    checked(form, place="query")
    asked_for = form.stop()
    assert asked_for is not None, "the form is valid"
    return {
        "run": measures.run.name, "about": _about(measures, question),
        "sentence": measures.stop(question, asked_for),
    }  # fmt: skip


def _measures(name: str | None) -> Measures:
    """The measures of that run; refused where its folder is gone, `Http404` where nobody measured it."""
    run = queries.run_of(name)
    if run.state != DONE:
        raise Http404
    if not run.is_there:
        raise Refused(GONE)
    measures = Measures(run)
    if not measures.are_there:
        raise Http404
    return measures


def _question(measures: Measures, asked: PartIn) -> Question:
    options = measures.options()
    form = PartForm(asked.model_dump(), values=options["values"], products=options["products"])
    checked(form, place="query")
    return form.question()


def _about(measures: Measures, question: Question) -> str:
    return question.in_words(measures.options()["products"])


def _figure(figure: dict[str, Any]) -> dict[str, Any]:
    said = {name: figure[name] for name in OF_A_FIGURE}
    rows = [{name: queries.number(value) for name, value in row.items()} for row in figure["rows"]]
    return {**said, "rows": rows}


def _table(table: dict[str, Any]) -> dict[str, Any]:
    """A table of the page without what only a page needs."""
    inner = table["table"]
    columns = [text for text, _is_number in inner["head"]]
    rows = [[text for text, _is_number in row] for row in inner["rows"]]
    return {"title": table["title"], "columns": columns, "rows": rows}
