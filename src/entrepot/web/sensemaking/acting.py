"""Acts of sensegiving as they happen, and the account that is written of them: versions, signatures, two who edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking import Act as Said
from entrepot.sensemaking import Assessment, read_acts, read_assessments
from entrepot.sensemaking.account import Account, Change, difference, following, merged, read_account
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import append
from entrepot.web.sensemaking.models import Act, Question, Reading, Signature, Version

FIELDS = ("unit", "level", "kind", "verdict", "priority", "owner", "happened", "review_on", "source")


def rows(question: Question) -> list[dict[str, Any]]:
    """The acts of `question` in the columns of contracts.md."""
    return [
        {
            "act": str(a.pk), "question": str(question.pk), "unit": a.unit, "level": a.level, "kind": a.kind,
            "answers": str(a.answers_id or ""), "to_units": ";".join(a.to_units), "verdict": a.verdict,
            "priority": a.priority, "owner": a.owner, "at": a.happened, "source": a.source, "review_on": a.review_on,
        }
        for a in question.acts.all()
    ]  # fmt: skip


def acts_of(question: Question) -> list[Said]:
    """The acts of `question` as the rules read them."""
    return read_acts(rows(question))


def readings_of(question: Question) -> list[Assessment]:
    """What coders read in texts for `question`, as the rules read it."""
    return read_assessments(list(question.readings.values_list("columns", flat=True)))


def bring_readings(question: Question, rows: Sequence[Mapping[str, Any]], *, by: Colleague) -> int:
    """Keep what was read in texts, in the columns of contracts.md without words; raises `InputError` for any mistake.

    The record says how many: who reads records reads nobody's view.
    """
    kept = [{**row, "question": str(question.pk), "origin": "coded"} for row in rows]
    read_assessments(kept)
    with transaction.atomic():
        Reading.objects.bulk_create(Reading(question=question, columns=row, by=by) for row in kept)
        append("texts read", by=by.mark, body={"rows": len(kept)}, about=question.mark)
    return len(kept)


def take_readings_away(question: Question, *, by: Colleague) -> None:
    """Forget what was read in texts: somebody withdrew, or it is brought anew."""
    with transaction.atomic():
        gone = question.readings.count()
        question.readings.all().delete()
        append("texts read taken away", by=by.mark, body={"rows": gone}, about=question.mark)


def record(question: Question, said: Mapping[str, Any], *, by: Colleague, form: str | None = None) -> Act:
    """Keep one act; the same `form` again is the same act. Raises `InputError` where the rules cannot read it."""
    known = Act.objects.filter(form=form).first() if form else None
    if known is not None:
        return known
    answers = said.get("answers") or None
    row = {**{name: said.get(name, "") for name in FIELDS if name != "happened"}, "at": said.get("happened", ""),
           "to_units": ";".join(said.get("to_units", ())), "answers": str(answers or "")}  # fmt: skip
    read_acts([*rows(question), {**row, "act": "new", "question": str(question.pk)}])
    fields = {name: said.get(name, "") for name in FIELDS}
    fields["to_units"] = list(said.get("to_units", ()))
    try:
        with transaction.atomic():
            made = Act.objects.create(question=question, answers_id=answers, by=by, form=form, **fields)
            body = {"act": made.pk, "answers": answers, **fields}
            append("act of sensegiving", by=by.mark, body=body, about=question.mark)
    except IntegrityError:
        return Act.objects.get(form=form)
    return made


def latest(question: Question) -> Version | None:
    return question.versions.first()


def account_of(version: Version | None) -> Account:
    """What a version says; nothing where there is none."""
    return read_account(version.body) if version else Account()


def with_dissent(version: Version | None) -> Account:
    """What a version says, with the dissent of those who signed it: the next one carries that along."""
    said = account_of(version)
    signed = version.signatures.filter(stance="dissents").select_related("colleague") if version else ()
    return replace(said, dissent=[*said.dissent, *(f"{each.colleague}: {each.words}" for each in signed)])


@dataclass(frozen=True)
class Overtaken:
    """Somebody wrote a version meanwhile: what they changed, both edits as one, and what both changed differently."""

    latest: Version
    changed: Sequence[Change]
    merged: Account
    clashes: Sequence[Change]


def write(
    question: Question, said: Mapping[str, Any], *, base: int, why: str, by: Colleague
) -> Version | Overtaken:
    """A new version after version `base` (0: none); `Overtaken` where another came first, and then nothing is kept.

    Raises `InputError` where `said` is no account, or says nothing new.
    """
    mine = read_account(said)
    try:
        with transaction.atomic():
            last = latest(question)
            number = last.number if last else 0
            if number != base:
                return _overtaken(question, base, mine)
            account = following(with_dissent(last), mine)
            if last is not None and not difference(account_of(last), following(account_of(last), mine)):
                raise InputError(Mistake(_("nothing was changed"), do=_("change something, or go back")))
            made = Version.objects.create(
                question=question, number=number + 1, body=account.as_body(), why=why, by=by
            )
            body = {"version": made.number, "why": why, "account": account.as_body()}
            append("account written", by=by.mark, body=body, about=question.mark)
    except IntegrityError:
        return _overtaken(question, base, mine)
    return made


def _overtaken(question: Question, base: int, mine: Account) -> Overtaken:
    last = question.versions.get(number=question.versions.count())
    before = account_of(question.versions.filter(number=base).first())
    both, clashes = merged(before, account_of(last), mine)
    return Overtaken(last, difference(before, account_of(last)), both, clashes)


def sign(version: Version, stance: str, words: str, *, by: Colleague) -> Signature:
    """Put a name under a version, once; raises `InputError` for dissent without words."""
    if stance == "dissents" and not words.strip():
        raise InputError(Mistake(_("dissent needs words"), do=_("say what you do not share")))
    with transaction.atomic():
        made, is_new = Signature.objects.get_or_create(
            version=version, colleague=by, defaults={"stance": stance, "words": words.strip()}
        )
        if is_new:
            body = {"version": version.number, "stance": stance, "words": made.words}
            append("account signed", by=by.mark, body=body, about=version.question.mark)
    return made
