"""What one does with testimony: each act with its record, in one transaction.

Records say which study, source, segment or code, and never a word that was said: who reads records reads no testimony.
What concerns a source is about it, so that a withdrawal empties it and the chain stays whole.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding import (
    Choice,
    Code,
    Coder,
    Reading,
    Revision,
    Segment,
    Source,
    Text,
    add_read,
    change,
    checked,
    choose,
    consented,
)
from entrepot.sensemaking.coding.checking import misplaced
from entrepot.sensemaking.coding.refi_reading import Brought
from entrepot.sensemaking.coding.structure import ABOVE
from entrepot.sensemaking.coding.study import ID, TABLES
from entrepot.sensemaking.coding.study import Study as Coded
from entrepot.sensemaking.moments import Moment
from entrepot.web.coding import remembering
from entrepot.web.coding.models import OPEN_MINUTES, Named, Opening, Reader, Row, Sealed, Study
from entrepot.web.coding.storing import columns_of, held, load, make, write
from entrepot.web.coding.vault import Unreadable
from entrepot.web.coding.withdrawing import going, take_out_elsewhere
from entrepot.web.records import models as records

MOST_KEY = 200
NO_SIGN = re.compile("[\0\ud800-\udfff]")


def now_as_moment() -> Moment:
    """Now, as the tables of a study have it."""
    return Moment.read(timezone.now().isoformat(timespec="seconds"))


def about(study: int, place: int = 0) -> str:
    """What records of a source (by the number of its row), or of a study, are about."""
    return f"testimony:{study}:{place}" if place else f"study:{study}"


def place_of(study: int, source: str) -> int:
    """The number of a source's row."""
    return Row.objects.values_list("pk", flat=True).get(study=study, table="sources", key=source)


def coder_mark(colleague: Any) -> str:
    """What a study calls a colleague who codes: the same whether they do it themselves or a key acts for them."""
    return f"colleague:{colleague.pk}"


def coder_of(colleague: Any) -> Coder:
    """A colleague as a coder."""
    return Coder(coder_mark(colleague), str(colleague))


def found_study(study: Coded, *, name: str, by: Any) -> Study:
    """A new study; its ids must fit where they are kept."""
    _storable(study)
    with transaction.atomic():
        row = make(study, name=name, by=by)
        for sealed in row.sealed.all():
            Named.objects.create(sealed=sealed, colleague=by)
        records.append(
            "study made",
            by=by.mark,
            body={"study": row.pk, "sources": len(study.sources)},
            about=about(row.pk),
        )
    return row


def _storable(study: Coded) -> None:
    """Raise `InputError` for what no database keeps: ids that are too long, signs that are none."""
    rows = {table: getattr(study, table) for table in TABLES}
    long = [getattr(each, ID[t]) for t in ID for each in rows[t] if len(getattr(each, ID[t])) > MOST_KEY]
    wrong = [Mistake("an id is too long", got=f"{each[:60]}…", expected=f"{MOST_KEY} signs") for each in long]
    words = [
        study.name,
        *study.texts.values(),
        *(v for t in rows for r in rows[t] for v in columns_of(r).values()),
    ]
    if any(NO_SIGN.search(each) for each in words):
        wrong.append(Mistake("a sign in it is none", expected="text", got="a zero or half a sign"))
    if wrong:
        raise InputError(*wrong)


def _changed(number: int, colleague: Any, how: Callable[[Coded], Coded]) -> Coded:
    """Change a study as `colleague` sees it; within a transaction."""
    row = held(number)
    before = load(row, colleague).study
    after = how(before)
    write(row, before, after)
    return after


def add_source(number: int, source: Source, text: Text, name: str, *, by: Any) -> tuple[Brought, int]:
    """Bring the text of a file into a study; a sealed or restricted one is read by who brought it and those whom they
    name. The file is read before: that can take half a minute, in which nobody shall wait for the study."""
    with transaction.atomic():
        row = held(number)
        before = load(row, by).study
        found = add_read(before.having(segments=()), source, text, name)
        _storable(found.study)
        today = Moment.read(timezone.localdate().isoformat())
        grown = consented(found.study, source, at=today)  # the form takes nothing in without it
        write(row, before, grown.having(segments=before.segments))
        if source.sensitivity == "sealed":
            Named.objects.create(sealed=Sealed.objects.get(study=row, source=source.source), colleague=by)
        elif source.sensitivity == "restricted":
            Reader.objects.create(study=row, source=source.source, colleague=by)
        place = Row.objects.get(study=row, table="sources", key=source.source).pk
        body = {"study": number, "source": place, "kind": source.kind, "sensitivity": source.sensitivity}
        records.append("source brought", by=by.mark, body=body, about=about(number, place))
    return found, place


def code(
    number: int,
    source: str,
    first: int,
    last: int,
    codes: list[str],
    *,
    by: Any,
    note: str = "",
    new: str = "",
) -> int:
    """Put a span under codes, and under a new concept named `new`; gives how many segments that made.

    The span is checked against the text that `by` may read; the same coder's same segment is not made twice.
    """
    with transaction.atomic():
        row = held(number)
        loaded = load(row, by)
        text = loaded.study.texts.get(source)
        if text is None:
            raise PermissionDenied(source)
        probe = Segment("…", source, first, last, "…")
        if wrong := list(misplaced(probe, text)):
            raise InputError(*wrong)
        after = _with_coder(loaded.study, by)
        if new.strip():
            made = Code(f"C-{uuid.uuid4().hex[:10]}", new.strip())
            after = after.having(codes=(*after.codes, made))
            codes = [*codes, made.code]
            body = {"study": number, "code": made.code, "level": made.level}
            records.append("code made", by=by.mark, body=body, about=about(number))
        if not codes:
            raise InputError(Mistake(_("no code was chosen"), do=_("choose one, or name a new concept")))
        me = coder_mark(by)
        known = {(s.source, s.first, s.last, s.code, s.coder) for s in after.segments}
        added = [
            Segment(uuid.uuid4().hex, source, first, last, each, me, now_as_moment(), note=note)
            for each in dict.fromkeys(codes) if (source, first, last, each, me) not in known
        ]  # fmt: skip
        if unknown := [each for each in codes if each not in {c.code for c in after.codes}]:
            raise InputError(Mistake(_("unknown code"), got=", ".join(unknown)))
        write(row, loaded.study, after.having(segments=(*after.segments, *added)))
        for each in added:
            body = {"study": number, "segment": each.segment, "code": each.code, "first": first, "last": last}
            records.append("coded", by=by.mark, body=body, about=about(number, place_of(number, source)))
    return len(added)


def _with_coder(study: Coded, colleague: Any) -> Coded:
    if any(each.coder == coder_mark(colleague) for each in study.coders):
        return study
    return study.having(coders=(*study.coders, coder_of(colleague)))


def _about(segment: Row) -> str:
    return about(segment.study_id, place_of(segment.study_id, segment.columns["source"]))


def uncode(segment: Row, *, by: Any) -> None:
    """Take a segment away; only who made it may."""
    if segment.columns.get("coder", "") != coder_mark(by):
        raise PermissionDenied(segment.pk)
    with transaction.atomic():
        row = held(segment.study_id)
        body = {"study": segment.study_id, "segment": segment.key, "code": segment.columns["code"]}
        records.append("uncoded", by=by.mark, body=body, about=_about(segment))
        segment.delete()
        row.changed()


def quote(segment: Row, *, by: Any) -> None:
    """Show a segment in tables, or no longer; only who may read its text."""
    with transaction.atomic():
        row = held(segment.study_id)
        segment.refresh_from_db()
        if segment.columns["source"] in load(row, by).hidden:
            raise PermissionDenied(segment.pk)
        was = bool(segment.columns.pop("quoted", ""))
        segment.columns |= {} if was else {"quoted": "true"}
        segment.save(update_fields=["columns"])
        row.changed()
        body = {"study": segment.study_id, "segment": segment.key, "quoted": not was}
        records.append("quoted", by=by.mark, body=body, about=_about(segment))


def read_to_the_end(number: int, source: str, *, by: Any) -> None:
    """Say that a source was read whole: what was not coded there was not meant."""
    with transaction.atomic():

        def said(study: Coded) -> Coded:
            me = coder_mark(by)
            if any((each.source, each.coder) == (source, me) for each in study.readings):
                return study
            grown = _with_coder(study, by)
            return grown.having(readings=(*grown.readings, Reading(source, me, now_as_moment())))

        _changed(number, by, said)
        records.append(
            "source read", by=by.mark, body={"study": number}, about=about(number, place_of(number, source))
        )


def add_code(number: int, made: Code, *, by: Any) -> None:
    """A new code."""
    with transaction.atomic():
        _changed(number, by, lambda study: _sound(study.having(codes=(*study.codes, made))))
        records.append("code made", by=by.mark, body={"study": number, "code": made.code, "level": made.level},
                       about=about(number))  # fmt: skip


def _sound(study: Coded) -> Coded:
    """`study`, its references checked; places were checked where they were made, since sealed texts may be hidden."""
    checked(study.having(segments=()))
    return study


def revise(number: int, revision: Revision, *, by: Any) -> None:
    """Change a code; what it was stays in its history."""
    with transaction.atomic():

        def done(study: Coded) -> Coded:
            bare = change(study.having(segments=()), revision)
            return bare.having(segments=study.segments)

        _changed(number, by, done)
        body = {"study": number, "code": revision.code, "what": revision.what}
        records.append("code changed", by=by.mark, body=body, about=about(number))


def change_code(number: int, code: str, what: str, now: str, why: str, *, by: Any) -> None:
    """Rename, describe or move a code, with a reason; `InputError` for no name, and for a level that it cannot be
    under."""
    now, levels = (
        now.strip()[:200],
        {each.code: each.level for each in load(Study.objects.get(pk=number)).study.codes},
    )
    if what == "parent" and now and levels.get(now) not in ABOVE[levels[code]]:
        raise InputError(
            Mistake(_("Nothing was moved: a concept stands under a theme, a theme under a dimension."))
        )
    if what == "name" and not now:
        raise InputError(Mistake(_("Nothing was renamed: the name is empty.")))
    revise(
        number, Revision(code, what, now=now, why=why.strip()[:500], by=by.mark, at=now_as_moment()), by=by
    )


def decide(number: int, choice: Choice, *, by: Any) -> None:
    """Keep or exclude a concept, with a reason."""
    with transaction.atomic():
        _changed(number, by, lambda study: choose(study, choice))
        body = {"study": number, "code": choice.code, "decision": choice.decision}
        records.append("concept decided", by=by.mark, body=body, about=about(number))


def note(number: int, table: str, made: Any, *, by: Any, instead_of: Any = None) -> None:
    """A new row in one of the logs, or one in place of another."""
    with transaction.atomic():

        def grown(study: Coded) -> Coded:
            rows = [each for each in getattr(study, table) if each != instead_of]
            return _sound(study.having(**{table: (*rows, made)}))

        _changed(number, by, grown)
        records.append("study noted", by=by.mark, body={"study": number, "table": table}, about=about(number))


def open_sealed(sealed: Sealed, *, by: Any, why: str, at: datetime) -> Opening:
    """Open a sealed text for half an hour; only those named for it may, and it goes on record."""
    if not sealed.named.filter(colleague=by).exists():
        raise PermissionDenied(sealed.pk)
    if not why.strip():
        raise InputError(Mistake(_("no reason was given"), do=_("say why you open it; it goes on record")))
    if isinstance(sealed.text, Unreadable):
        raise InputError(
            Mistake(_("this testimony cannot be opened: it was locked with another key"),
                    do=_("ask whoever runs the server to add that key to vault.key"))
        )  # fmt: skip
    with transaction.atomic():
        opening = Opening.objects.create(
            sealed=sealed, colleague=by, until=at + timedelta(minutes=OPEN_MINUTES)
        )
        body = {"study": sealed.study_id, "until": opening.until.isoformat(), "why": why.strip()[:300]}
        records.append(
            "sealed testimony opened",
            by=by.mark,
            body=body,
            about=about(sealed.study_id, place_of(sealed.study_id, sealed.source)),
        )
    return opening


def name_for(sealed: Sealed, colleague: Any, *, by: Any) -> None:
    """Name somebody who may open a sealed text; only who may open it themselves can."""
    if not sealed.named.filter(colleague=by).exists():
        raise PermissionDenied(sealed.pk)
    with transaction.atomic():
        Named.objects.get_or_create(sealed=sealed, colleague=colleague)
        body = {"study": sealed.study_id, "colleague": colleague.mark}
        records.append(
            "named for sealed testimony",
            by=by.mark,
            body=body,
            about=about(sealed.study_id, place_of(sealed.study_id, sealed.source)),
        )


def name_reader(row: Study, source: str, colleague: Any, *, by: Any) -> None:
    """Name somebody who may read a restricted text; only who may read it themselves can."""
    if source in load(row, by).hidden:
        raise PermissionDenied(source)
    with transaction.atomic():
        Reader.objects.get_or_create(study=row, source=source, colleague=colleague)
        body = {"study": row.pk, "colleague": colleague.mark}
        records.append(
            "named for restricted testimony",
            by=by.mark,
            body=body,
            about=about(row.pk, place_of(row.pk, source)),
        )


def withdraw_consent(number: int, informant: str, *, by: Any) -> tuple[str, ...]:
    """Take somebody's words out: texts, vault, segments, what quotes them, and what records say of their sources.

    Gives the names of codes that stand in their words.
    """
    with transaction.atomic():
        row = held(number)
        found = going(row, informant)
        done = found.done
        write(row, found.before, done.study)
        row.sealed.filter(source__in=done.sources).delete()
        row.readers.filter(source__in=done.sources).delete()
        for source in done.sources:
            records.erase(about(number, place_of(number, source)))
        elsewhere = take_out_elsewhere(found)
        body = {
            "study": number, "sources": len(done.sources), "segments": done.segments,
            "emptied": sum(done.emptied.values()) + elsewhere,
        }  # fmt: skip
        records.append("consent withdrawn", by=by.mark, body=body, about=about(number))
        transaction.on_commit(partial(remembering.forget, number))
    return done.named_in_their_words


def erase_study(row: Study, *, by: Any) -> None:
    """Delete a study with all that records say of it."""
    with transaction.atomic():
        for place in row.rows.filter(table="sources").values_list("pk", flat=True):
            records.erase(about(row.pk, place))
        records.erase(about(row.pk))
        records.append("study erased", by=by.mark, body={"study": row.pk})
        transaction.on_commit(partial(remembering.forget, row.pk))
        row.delete()


def said_of_export(row: Study, name: str, *, sealed: int, held_back: int, by: Any) -> None:
    """Put on record that a study left the house."""
    with transaction.atomic():
        body = {"study": row.pk, "kind": name.rpartition(".")[2], "sealed": sealed, "held_back": held_back}
        records.append("study exported", by=by.mark, body=body, about=about(row.pk))
