"""A closed round as the rows of contracts.md: what was said by name, what was said blind, and who kept silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from entrepot.sensemaking import Assessment
from entrepot.sensemaking.rounds import EVERYBODY
from entrepot.web.sensemaking.models import CLOSED, Ballot, Question, Round, Seat
from entrepot.web.sensemaking.saying import Said, Speaker, assessments


def rows_of(round_: Round) -> list[Assessment]:
    """Every answer of a closed round, and one silent row set for each who did not; nothing before the close.

    A blind answer has a made name that follows nobody from round to round, and the group under which it may be shown.
    """
    if round_.state != CLOSED:
        return []
    return [*_by_name(round_), *_blind(round_)]


def _by_name(round_: Round) -> Iterator[Assessment]:
    seats = list(
        Seat.objects.filter(round=round_, cell="")
        .select_related("answer", "stakeholder__colleague")
        .order_by("pk")
    )
    same = Counter(str(seat.stakeholder) for seat in seats)
    for seat in seats:
        answer, name = getattr(seat, "answer", None), str(seat.stakeholder)
        name = f"{name} ({seat.stakeholder_id})" if same[name] > 1 else name
        speaker = Speaker(str(round_.question_id), str(round_.number), name, seat.unit, seat.level, True)
        said = Said.of(answer.said) if answer else None
        yield from assessments(speaker, said, answer.reason if answer else "")


def _blind(round_: Round) -> Iterator[Assessment]:
    level = "unstated" if round_.mode == "whole_group" else "staff"
    found = sorted(Ballot.objects.filter(round=round_), key=lambda b: (b.cell, str(b.said), b.key))
    for number, ballot in enumerate(found, start=1):
        yield from assessments(_nobody(round_, f"blind {number}", ballot.cell, level), Said.of(ballot.said))
    answered = Counter(ballot.cell for ballot in found)
    for cell, asked in round_.counts.get("asked", {}).items():
        for number in range(asked - answered[cell] if round_.counts.get("kept") else 0):
            yield from assessments(_nobody(round_, f"silent {cell} {number}", cell or EVERYBODY, level), None)


def _nobody(round_: Round, name: str, cell: str, level: str) -> Speaker:
    return Speaker(str(round_.question_id), str(round_.number), name, cell, level, False)


def last_closed(question: Question) -> Round | None:
    """The last round of `question` that has a result."""
    return question.rounds.filter(state=CLOSED).last()


def before(round_: Round) -> Round | None:
    """The closed round before, of the same stage: with it one may be compared."""
    same = round_.question.rounds.filter(state=CLOSED, stage=round_.stage, number__lt=round_.number)
    return same.last()
