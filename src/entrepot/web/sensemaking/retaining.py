"""How long a round is kept, and what its end leaves.

From its day on nothing remains of what anybody said, nor who sat at it. What remains says nothing of a person: that
there was a round, how many were asked and answered by the groups that were shown, and the sentence of its result. Acts
and the account, with signatures and the dissent that people wanted kept, are the firm's own decision and stay.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from entrepot.units import first_of_month, month_number
from entrepot.web.records.models import append
from entrepot.web.sensemaking import ballots
from entrepot.web.sensemaking.box import Box
from entrepot.web.sensemaking.models import (
    CLOSED,
    OPEN,
    PURGED,
    VOID,
    Answer,
    Ballot,
    Reason,
    Round,
    Seat,
    Stakeholder,
)
from entrepot.web.sensemaking.results import results_of

USUAL_MONTHS, MOST_MONTHS = 24, 120


def usual_months() -> int:
    """How many months the firm keeps a round after its end, by server.toml or by default."""
    said = settings.ENTREPOT.settings.get("keep", {})
    return int(said.get("rounds_months", USUAL_MONTHS))


def until(ends_on: date, months: int | None = None) -> date:
    """The day from which a round that ends on `ends_on` is deleted: the first of a month, never a day too early.

    >>> until(date(2026, 11, 28), 24)
    datetime.date(2028, 12, 1)
    """
    return first_of_month(month_number(ends_on) + (usual_months() if months is None else months) + 1)


def over(*, on: date) -> QuerySet[Round]:
    """The rounds past their day of which something is left to delete."""
    return Round.objects.filter(retain_until__lte=on).exclude(state=PURGED)


def purge(*, on: date, by: str) -> int:
    """Delete what was said in rounds past their day, and who sat at them; within a transaction. Returns how many."""
    numbers = list(over(on=on).values_list("pk", flat=True))
    for number in numbers:
        _purge(Round.objects.select_for_update().select_related("question").get(pk=number), by=by)
    return len(numbers)


def _purge(round_: Round, *, by: str) -> None:
    if round_.state == CLOSED:
        round_.kept = _words(round_)
    if round_.state in (OPEN, VOID):  # what nobody closed is opened by nobody: its box goes with its key
        ballots.empty(round_)
        transaction.on_commit(Box(round_).forget)
    Answer.objects.filter(seat__round=round_).delete()
    Ballot.objects.filter(round=round_).delete()
    Reason.objects.filter(round=round_).delete()
    Seat.objects.filter(round=round_).delete()
    gone = Stakeholder.objects.filter(question=round_.question).exclude(left_at=None)
    gone.filter(seats__isnull=True).delete()
    round_.state = PURGED
    round_.save(update_fields=["state", "kept"])
    append("round purged", by=by, body={"round": round_.number}, about=round_.question.mark)


def _words(round_: Round) -> dict[str, str]:
    """The result in words, without a figure of anybody's answers."""
    found = results_of(round_, with_reasons=False, leads=False)
    said = found.sense.interpretation
    return {"sentence": found.sentence, "account": said.account, "integration": said.integration}
