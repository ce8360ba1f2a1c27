"""What a facilitator does: asks a question, names who is asked, shows evidence, opens rounds, reminds and closes.

Each deed stands in the records. Letters and reminders go to everybody: whoever has answered is not told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.rounds import RESERVED, Cells, Member, Offer, offer
from entrepot.web.people import letters
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import append
from entrepot.web.sensemaking import ballots, telling
from entrepot.web.sensemaking.box import Box
from entrepot.web.sensemaking.models import (
    CLOSED,
    OPEN,
    VOID,
    Evidence,
    Question,
    Round,
    Seat,
    Stakeholder,
)
from entrepot.web.sensemaking.retaining import until


def ask(title: str, text: str, owner: str, *, by: Colleague) -> Question:
    """A new question, with nobody asked yet."""
    with transaction.atomic():
        made = Question.objects.create(title=title, text=text, owner=owner, by=by)
        append("question asked", by=by.mark, body={"title": title, "owner": owner}, about=made.mark)
    return made


def change(question: Question, said: Mapping[str, str], *, by: Colleague) -> None:
    """Another title, text, stage or owner."""
    with transaction.atomic():
        changed = {name: value for name, value in said.items() if getattr(question, name) != value}
        if changed:
            Question.objects.filter(pk=question.pk).update(**changed)
            append("question changed", by=by.mark, body=changed, about=question.mark)


@dataclass(frozen=True)
class Newcomer:
    """Somebody to be asked: a colleague by address, or a name alone, who gets a code on paper."""

    unit: str
    level: str
    email: str = ""
    name: str = ""
    language: str = ""


def add(question: Question, people: Sequence[Newcomer], *, by: Colleague) -> int:
    """Ask these people too; raises `InputError` with every line that cannot be used, and then adds nobody.

    Who left and comes back has the place of before: their unit and level are those of the rounds that they sat at.
    """
    mistakes, made = [], []
    known = set(_still_asked(question).values_list("colleague__email", flat=True))
    for place, one in enumerate(people, start=1):
        colleague = (
            Colleague.objects.filter(email=one.email.lower(), is_active=True).first() if one.email else None
        )
        mistakes += _mistakes(one, place, colleague, known)
        if one.email:
            known.add(one.email.lower())
        made.append(
            Stakeholder(question=question, colleague=colleague, name=one.name, unit=one.unit, level=one.level,
                        language=one.language)
        )  # fmt: skip
    if mistakes:
        raise InputError(*mistakes)
    with transaction.atomic():
        again = {
            s.colleague_id: s for s in question.stakeholders.exclude(left_at=None).exclude(colleague=None)
        }
        back = [again[s.colleague_id].pk for s in made if s.colleague_id in again]
        Stakeholder.objects.filter(pk__in=back).update(left_at=None)
        Stakeholder.objects.bulk_create(s for s in made if s.colleague_id not in again)
        append("people named", by=by.mark, body={"people": len(made)}, about=question.mark)
    return len(made)


def _still_asked(question: Question) -> Any:
    return question.stakeholders.filter(left_at=None).exclude(colleague=None)


def _mistakes(one: Newcomer, place: int, colleague: Colleague | None, known: set[str]) -> list[Mistake]:
    where = _("line %(n)s") % {"n": place}
    found = []
    if one.unit.lower() in RESERVED or not one.unit:
        found.append(Mistake(_("a unit cannot be called so"), where, got=one.unit or _("nothing")))
    if one.level not in ("leader", "staff"):
        found.append(
            Mistake(_("the level is neither leader nor staff"), where, got=one.level or _("nothing"))
        )
    if one.email and colleague is None:
        do = _("let an administrator add them, or give a name alone")
        found.append(Mistake(_("nobody here has this address"), where, got=one.email, do=do))
    if one.email and one.email.lower() in known:
        found.append(Mistake(_("this person is asked already"), where, got=one.email))
    if not one.email and not one.name:
        found.append(Mistake(_("an address or a name is missing"), where))
    if not one.email and one.level == "leader":
        found.append(Mistake(_("a leader answers by name and needs an address here"), where, got=one.name))
    return found


def leave(stakeholder: Stakeholder, *, by: Colleague) -> None:
    """Somebody is asked no more: gone where no round had them, else they keep their seats and get no letters."""
    with transaction.atomic():
        if stakeholder.seats.exists():
            Stakeholder.objects.filter(pk=stakeholder.pk).update(left_at=timezone.now())
        else:
            stakeholder.delete()
        append("person left", by=by.mark, body={}, about=stakeholder.question.mark)


def attach(
    question: Question, kind: str, title: str, text: str, refers_to: str, *, by: Colleague
) -> Evidence:
    """Show something to those who are asked, as it is now."""
    with transaction.atomic():
        made = Evidence.objects.create(
            question=question, kind=kind, title=title, text=text, refers_to=refers_to, by=by
        )
        body = {"kind": kind, "title": title, "refers_to": refers_to}
        append("evidence attached", by=by.mark, body=body, about=question.mark)
    return made


def detach(evidence: Evidence, *, by: Colleague) -> None:
    with transaction.atomic():
        append(
            "evidence taken away", by=by.mark, body={"title": evidence.title}, about=evidence.question.mark
        )
        evidence.delete()


def offer_of(question: Question) -> Offer:
    """What the next round may offer to the people of `question`."""
    people = [Member(str(s.pk), s.unit, s.level) for s in _asked(question)]
    return offer(people, _earlier(question))


def _asked(question: Question) -> list[Stakeholder]:
    """Who sits at the next round: who left keeps a seat that was blind, so that their answer cannot be subtracted."""
    rows = question.stakeholders.select_related("colleague")
    kept = set(
        Seat.objects.filter(round__in=_blind(question)).exclude(cell="").values_list("stakeholder", flat=True)
    )
    return [s for s in rows if s.left_at is None or s.pk in kept]


def _blind(question: Question) -> Any:
    return question.rounds.exclude(state=VOID).exclude(mode="attributed")


def _earlier(question: Question) -> list[Cells]:
    """The groups of each blind round so far; of one that was called off nothing was shown."""
    rounds: dict[int, dict[str, set[str]]] = {}
    seats = Seat.objects.filter(round__in=_blind(question)).exclude(cell="")
    for pk, cell, who in seats.values_list("round", "cell", "stakeholder"):
        rounds.setdefault(pk, {}).setdefault(cell, set()).add(str(who))
    return [{cell: frozenset(who) for cell, who in cells.items()} for cells in rounds.values()]


@dataclass(frozen=True)
class Asking:
    """How a round is to be held."""

    mode: str
    feedback: str
    ends_at: datetime
    keep_months: int | None = None  # after the end; without it as the firm keeps rounds


def open_round(question: Question, how: Asking, *, by: Colleague) -> Round:
    """Open a round with the people of now; raises `InputError` where that cannot be offered or one is open."""
    way = offer_of(question).way(how.mode)
    if way is None:
        raise InputError(
            Mistake(_("this round cannot be offered to these people"), do=_("choose another way"))
        )
    if how.ends_at <= timezone.now():
        raise InputError(Mistake(_("the round would be over before it begins"), do=_("choose a later end")))
    try:
        with transaction.atomic():
            number = question.rounds.count() + 1
            made = Round.objects.create(
                question=question, number=number, stage=question.stage, mode=how.mode, feedback=how.feedback,
                opened_by=by, ends_at=how.ends_at,
                retain_until=until(how.ends_at.date(), how.keep_months),
            )  # fmt: skip
            Seat.objects.bulk_create([
                Seat(round=made, stakeholder=s, unit=s.unit, level=s.level, cell=way.cell_of(str(s.pk)))
                for s in _asked(question)
            ])  # fmt: skip
            Box(made).make()
            body = {"round": number, "stage": question.stage, "mode": how.mode, "feedback": how.feedback,
                    "ends_at": how.ends_at, "retain_until": made.retain_until,
                    "people": made.seats.count()}  # fmt: skip
            append("round opened", by=by.mark, body=body, about=question.mark)
    except IntegrityError as error:
        raise InputError(Mistake(_("a round is open already"), do=_("close it first"))) from error
    return made


def extend(round_: Round, ends_at: datetime, *, by: Colleague) -> bool:
    """Let people answer until `ends_at`; False where the round is closed."""
    with transaction.atomic():
        changed = Round.objects.filter(pk=round_.pk, state=OPEN).update(ends_at=ends_at)
        if changed:
            body = {"round": round_.number, "ends_at": ends_at}
            append("round extended", by=by.mark, body=body, about=round_.question.mark)
    return bool(changed)


def close(round_: Round, *, by: Colleague) -> bool:
    """Close the round and open its box; False where it was closed. Raises `KeyIsGone`."""
    with transaction.atomic():
        held = Round.objects.select_for_update().get(pk=round_.pk)
        if held.state != OPEN:
            return False
        said = ballots.publish(held) if held.is_blind else {}
        held.state, held.closed_at = CLOSED, timezone.now()
        held.save(update_fields=["state", "closed_at", "counts"])
        body = {"round": held.number, **said}
        append("round closed", by=by.mark, body=body, about=round_.question.mark)
        transaction.on_commit(Box(held).forget)
    round_.refresh_from_db()
    return True


def call_off(round_: Round, *, by: Colleague) -> bool:
    """End the round and destroy what was said blind; answers by name go too. False where it was over."""
    from entrepot.web.sensemaking.models import Answer

    with transaction.atomic():
        held = Round.objects.select_for_update().get(pk=round_.pk)
        if held.state != OPEN:
            return False
        ballots.destroy(held)
        Answer.objects.filter(seat__round=held).delete()
        held.state, held.closed_at = VOID, timezone.now()
        held.save(update_fields=["state", "closed_at"])
        append("round called off", by=by.mark, body={"round": held.number}, about=round_.question.mark)
    return True


def write_to_all(round_: Round, address: str, *, by: Colleague, again: bool) -> int:
    """The invitation, or the reminder, to everybody of the round who has an address; returns how many letters."""
    seats = round_.seats.filter(stakeholder__left_at=None).select_related("stakeholder__colleague")
    people = [
        s.stakeholder for s in seats if s.stakeholder.colleague_id and s.stakeholder.colleague.is_active
    ]
    with transaction.atomic():
        kind = "reminder sent" if again else "invitations sent"
        append(
            kind,
            by=by.mark,
            body={"round": round_.number, "letters": len(people)},
            about=round_.question.mark,
        )
    for one in people:
        with override(language_of(one)):
            said = {
                "who": one.colleague,
                "question": round_.question,
                "round": round_,
                "address": address,
                "again": again,
            }
            subject = str(telling.SUBJECTS[again])
            letters.send(subject, render_to_string("sensemaking/invitation.txt", said), [one.colleague.email])
    return len(people)


def language_of(one: Stakeholder) -> str:
    """The language in which somebody is asked."""
    chosen = one.language or (one.colleague.language if one.colleague else "")
    return str(chosen or settings.LANGUAGE_CODE)
