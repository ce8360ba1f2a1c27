"""What is held and until when; errors compared between groups, and the legal basis without which they are not."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema
from ninja.responses import Status
from pydantic import StringConstraints

from entrepot.web.api import shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.problems import checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.protection import basis as bases
from entrepot.web.protection import holding
from entrepot.web.protection.comparing import compared
from entrepot.web.protection.models import Basis
from entrepot.web.protection.protecting import BasisForm

PROTECT: Any = needs("protect data")


class HeldRun(Schema):
    """A run folder: what for, and until when. Days in words, as the page has them."""

    name: str
    purpose: str
    made_on: str
    until: str
    is_over: bool


class StoreOut(Schema):
    """What is kept beside the runs; `over` is how many are past their day."""

    title: str
    purpose: str
    number: str
    until: str
    over: int


class HeldOut(Schema):
    """Everything that is held; `over` is how much of it is past its day."""

    over: int
    runs: list[HeldRun]
    stores: list[StoreOut]


class BasisIn(shapes.Given):
    """The legal basis: the article or order, and where it is filed; and the column of the customers table."""

    text: Annotated[str, StringConstraints(min_length=10, max_length=500, pattern=shapes.PRINTABLE)]
    group_column: shapes.Line


class BasisOut(Schema):
    """A legal basis; it holds while `withdrawn_at` is null."""

    number: int
    text: str
    group_column: str
    by: str
    at: datetime
    withdrawn_at: datetime | None


class ErrorsOut(Schema):
    """Errors by group, in the words of the page; no group has fewer than 100 customers."""

    sentence: str
    columns: list[str]
    rows: list[list[str]]
    caveats: list[str]


class FairnessOut(Schema):
    """The basis that holds, and what the current run says; `errors` is null without a basis, or where the run compares
    nothing. `is_beyond`: a gap is beyond the `bound_0_1`."""

    basis: BasisOut | None
    earlier: list[BasisOut]
    run: str | None
    errors: ErrorsOut | None
    is_beyond: bool
    bound_0_1: float | None


@router.get("/holdings", auth=PROTECT, response=or_problem(HeldOut), tags=["subjects"])
def holdings(request: HttpRequest) -> Any:
    """What this server holds, for what purpose, until when."""
    found = holding.held(on=timezone.localdate())
    return {"over": found.over, "runs": found.runs, "stores": [_store(store) for store in found.stores]}


def _store(store: holding.Store) -> dict[str, Any]:
    return {
        "title": str(store.title), "purpose": str(store.purpose), "number": store.number, "until": store.until,
        "over": store.over,
    }  # fmt: skip


@router.get("/fairness", auth=needs("compare errors"), response=or_problem(FairnessOut), tags=["fairness"])
def fairness(request: HttpRequest) -> Any:
    """Whether the list errs more often on one group of ordinary customers than on another."""
    found = compared()
    table = found.fairness and found.fairness.table
    errors = None
    if found.fairness and table:
        rows = [list(row) for row in table.rows]
        errors = {"sentence": found.fairness.sentence, "columns": table.head, "rows": rows,
                  "caveats": found.fairness.caveats}  # fmt: skip
    return {
        "basis": found.basis and _basis(found.basis), "earlier": [_basis(row) for row in found.earlier],
        "run": found.run and found.run.name, "errors": errors, "is_beyond": found.beyond, "bound_0_1": found.bound,
    }  # fmt: skip


@router.put("/fairness/basis", auth=PROTECT, response=or_problem(BasisOut), tags=["fairness"])
def enter_basis(request: HttpRequest, given: BasisIn) -> Any:
    """Enter the legal basis, in place of an earlier one; the next run compares errors."""
    entered = checked(BasisForm(given.model_dump())).cleaned_data
    return _basis(bases.enter(entered["text"], entered["group_column"], by=request.auth.colleague))


@router.delete("/fairness/basis", auth=PROTECT, response=or_problem(None, 204), tags=["fairness"])
def withdraw_basis(request: HttpRequest) -> Any:
    """Withdraw the legal basis: nothing is compared or shown from now on."""
    bases.withdraw(by=request.auth.colleague)
    return Status(204, None)


def _basis(row: Basis) -> dict[str, Any]:
    names = ("text", "group_column", "at", "withdrawn_at")
    return {"number": row.pk, "by": f"colleague:{row.by_id}", **{name: getattr(row, name) for name in names}}
