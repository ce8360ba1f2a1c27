"""The blind ballot (people.md): a code is drawn signed in, and spent on a page that knows nobody.

While a round is open, what was said lies in its sealed box. Who drew and which codes serve stand in two tables; with
each change all rows of a round are written anew, under new keys, in random order, so that neither a row's place nor the
transaction that made it tells what came with what. Nothing of this writes a record; the close writes one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from entrepot.sensemaking.rounds import ALL_UNITS, OTHER_UNITS, coarsened
from entrepot.sensemaking.small_groups import FEWEST
from entrepot.web.people.models import digest_of
from entrepot.web.sensemaking.box import Box, shuffle
from entrepot.web.sensemaking.models import (
    Ballot,
    Code,
    Drawn,
    Reason,
    Round,
    SealedBox,
    Seat,
    random_key,
)
from entrepot.web.sensemaking.saying import Said

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud and typed from paper
GROUPS, OF = 4, 4
SAME = str.maketrans({"O": "0", "I": "1", "L": "1"})
MOST_REASON = 1000


class NotOpen(Exception):
    """The round takes no answers (any more)."""


class AlreadyDrawn(Exception):
    """The holder of the seat has drawn a code."""


class NoSuchCode(Exception):
    """The code was spent, is mistyped, or its round is closed."""


def draw(seat: Seat, text: str, *, at: datetime | None = None) -> None:
    """Let whoever holds `seat` answer by the code `text`, made by `new_code`; the same again is the same.

    Raises `NotOpen`, and `AlreadyDrawn` where they drew another, or have spent it: we do not know which.
    """
    code = digest_of(_plain(text))
    with transaction.atomic():
        round_ = _held(seat.round_id, at)
        if Drawn.objects.filter(seat=seat).exists():
            if Code.objects.filter(round=round_, digest=code).exists():
                return
            raise AlreadyDrawn
        if not seat.cell:
            raise AlreadyDrawn
        _anew(Drawn, round_, [Drawn(round=round_, seat=seat)])
        _anew(Code, round_, [Code(round=round_, cell=seat.cell, digest=code)])


def draw_on_paper(round_: Round, *, at: datetime | None = None) -> dict[str, list[str]]:
    """Group → codes to print for those without an address here; those printed before and not spent serve no more."""
    with transaction.atomic():
        round_ = _held(round_.pk, at)
        seats = Seat.objects.filter(round=round_, stakeholder__colleague=None).exclude(cell="")
        new = list(seats.filter(drawn=None))
        again = Counter(Code.objects.filter(round=round_, on_paper=True).values_list("cell", flat=True))
        Code.objects.filter(round=round_, on_paper=True).delete()
        codes: dict[str, list[str]] = {}
        cells = [seat.cell for seat in new] + list(again.elements())
        texts = [new_code() for _ in cells]
        for cell, text in zip(cells, texts, strict=True):
            codes.setdefault(cell, []).append(text)
        _anew(Drawn, round_, [Drawn(round=round_, seat=seat) for seat in new])
        _anew(Code, round_, [Code(round=round_, cell=cell, digest=digest_of(_plain(text)), on_paper=True)
                             for cell, text in zip(cells, texts, strict=True)])  # fmt: skip
    for each in codes.values():
        shuffle(each)
    return codes


def new_code() -> str:
    """A code of 80 random bits, in groups to be read.

    >>> len(_plain(new_code()))
    16
    """
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(OF)) for _ in range(GROUPS))


def _plain(text: str) -> str:
    """A code as it was meant, however it was typed.

    >>> _plain(" ab0i-ol12 ")
    'AB010112'
    """
    return "".join(c for c in text.upper().translate(SAME) if c in LETTERS)


def round_of(text: str, *, at: datetime | None = None) -> Round:
    """The round in which a code serves; raises `NoSuchCode`, `NotOpen`."""
    code = _code(text)
    if not code.round.takes_answers(at=at or timezone.now()):
        raise NotOpen
    return code.round


def round_of_closed(text: str) -> Round | None:
    """The round of a code whose time is over and whose box is not open yet, so that its page can say so."""
    code = Code.objects.filter(digest=digest_of(_plain(text))).select_related("round__question").first()
    return code.round if code else None


def _code(text: str) -> Code:
    code = Code.objects.filter(digest=digest_of(_plain(text))).select_related("round__question").first()
    if code is None:
        raise NoSuchCode
    return code


def cast(text: str, said: Said, reason: str = "", *, at: datetime | None = None) -> None:
    """Spend a code on an answer: both are written or neither; raises `NoSuchCode` the second time, `NotOpen`."""
    with transaction.atomic():
        round_ = _held(_code(text).round_id, at)
        code = _code(text)  # again: somebody may have spent it while we waited
        code.delete()
        _anew(Code, round_, [])
        Box(round_).put({"cell": code.cell, "said": said.as_body()}, reason.strip()[:MOST_REASON])


def _held(pk: int, at: datetime | None) -> Round:
    """The round, held until the transaction ends, so that its rows are written by one at a time."""
    round_ = Round.objects.select_for_update().get(pk=pk)
    if not round_.takes_answers(at=at or timezone.now()):
        raise NotOpen
    return round_


def _anew(kind: Any, round_: Round, more: Iterable[Any]) -> None:
    """Write all rows of `kind` and `more` anew, in random order under new keys."""
    rows = [*kind.objects.filter(round=round_), *more]
    kind.objects.filter(round=round_).delete()
    for row in rows:
        row.key = random_key()
    shuffle(rows)
    kind.objects.bulk_create(rows)


def publish(round_: Round) -> dict[str, Any]:
    """Open the box of a round that ends: ballots by groups of at least five, reasons from five on, all else destroyed.

    Runs in the transaction of the close. Returns what its record says: how many, and a digest over shuffled ballots;
    fewer than five ballots are destroyed, and only that is said.
    """
    content = Box(round_).opened()
    ballots, reasons = content["ballots"], content["reasons"]
    into = coarsened(Counter(ballot["cell"] for ballot in ballots))
    asked = Counter(round_.seats.exclude(cell="").values_list("cell", flat=True))
    empty(round_)
    Ballot.objects.bulk_create(
        [Ballot(round=round_, cell=into[b["cell"]], said=b["said"]) for b in ballots if into]
    )
    told = reasons if len(reasons) >= FEWEST and into else []
    Reason.objects.bulk_create([Reason(round=round_, text=text) for text in told])
    joined = next((name for name in (ALL_UNITS, OTHER_UNITS) if name in into.values()), "")
    groups: Counter[str] = Counter()
    for cell, number in asked.items():
        groups[into.get(cell, joined or cell)] += number
    round_.counts = {"asked": dict(groups) if into else {"": sum(asked.values())}, "kept": bool(into)}
    if not into:
        return {"ballots": f"fewer than {FEWEST}, destroyed", "reasons": 0}
    return {"ballots": len(ballots), "reasons": len(told), "digest": digest(round_)}


def digest(round_: Round) -> str:
    """SHA-256 over the ballots of a closed round, sorted, so that it can be checked and tells no order."""
    lines = sorted(json.dumps([b.cell, b.said], sort_keys=True) for b in Ballot.objects.filter(round=round_))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def destroy(round_: Round) -> None:
    """Nothing is left of the answers of a round that was called off."""
    empty(round_)
    Box(round_).forget()


def empty(round_: Round) -> None:
    """Who drew, codes that still serve, and the box of a round: gone."""
    for kind in (Drawn, Code, SealedBox):
        kind._default_manager.filter(round=round_).delete()


def ballots_so_far(round_: Round) -> int | None:
    """How many ballots lie in the box at least: codes that were drawn and are spent, in full fives. None below five.

    One by one the count would tell, to who leads and looks again and again, who has just answered.
    """
    spent = Drawn.objects.filter(round=round_).count() - Code.objects.filter(round=round_).count()
    return spent - spent % FEWEST or None
