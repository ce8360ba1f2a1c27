"""The account: what the firm has come to, as a document with versions. The rules propose its type, a person decides it.

A version says its verdict and priority between the two logics, who owns the topic, the guideline of each unit and what
it may decide alone, on what evidence, whether it is written down or taken for granted, and when it is looked at again.
Dissent is kept: a version carries all dissent of those before it. Two who edit at once lose nothing: what only one of
them changed is taken from there, what both changed is shown to the second.

Sources: Park, Ritala & Velu 2020 (determined and open-ended accounts); checklist S21–S28.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any, get_args

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.integration import Interpretation, Type
from entrepot.sensemaking.responses import Expected, expected
from entrepot.sensemaking.tables import PRIORITIES, VERDICTS

TYPES = get_args(Type)
CODIFIED = ("codified", "taken_for_granted")
BY_UNIT = ("guidelines", "rights")
LISTS = ("dissent", "evidence")


@dataclass(frozen=True)
class Account:
    """One version. `guidelines` and `rights` are texts by unit; `review_on` is an ISO day; `kind` is empty where the
    proposed type is taken, else the type that a person decided on, with `kind_reason`."""

    summary: str = ""
    verdict: str = ""
    priority: str = ""
    owner: str = ""
    guidelines: Mapping[str, str] = field(default_factory=dict)
    rights: Mapping[str, str] = field(default_factory=dict)
    dissent: Sequence[str] = ()
    evidence: Sequence[str] = ()
    codified: str = ""
    review_on: str = ""
    kind: str = ""
    kind_reason: str = ""

    def as_body(self) -> dict[str, Any]:
        """Plain values, as they are kept."""
        return {**asdict(self), **{name: list(getattr(self, name)) for name in LISTS}}


def read_account(body: Mapping[str, Any]) -> Account:
    """The account that `body` holds; raises `InputError` with every mistake. What is unknown is a mistake too.

    >>> read_account({"verdict": "compatible", "guidelines": {"sales": "ask first", "legal": " "}}).guidelines
    {'sales': 'ask first'}
    """
    known = {f.name for f in fields(Account)}
    mistakes = [
        Mistake(f"{name} is no part of an account", "the account") for name in body if name not in known
    ]
    said: dict[str, Any] = {}
    for name in known & set(body):
        value = body[name]
        if name in BY_UNIT:
            said[name] = {str(u).strip(): str(t).strip() for u, t in dict(value).items() if str(t).strip()}
        elif name in LISTS:
            said[name] = tuple(dict.fromkeys(str(line).strip() for line in value if str(line).strip()))
        else:
            said[name] = str(value).strip()
    made = Account(**said)
    mistakes += _mistakes(made)
    if mistakes:
        raise InputError(*mistakes)
    return made


def _mistakes(account: Account) -> list[Mistake]:
    found = [
        Mistake(f"{name} is not one that we know", "the account", " or ".join(allowed), getattr(account, name))
        for name, allowed in (
            ("verdict", VERDICTS), ("priority", PRIORITIES), ("codified", CODIFIED), ("kind", TYPES)
        )
        if getattr(account, name) and getattr(account, name) not in allowed
    ]  # fmt: skip
    if account.kind and not account.kind_reason:
        found.append(Mistake("the type was decided without a reason", "the account", do="say why"))
    try:
        if account.review_on:
            date.fromisoformat(account.review_on)
    except ValueError:
        found.append(
            Mistake("the day of review is no day", "the account", "for example 2026-03-31", account.review_on)
        )
    return found


@dataclass(frozen=True)
class Standing:
    """An account as it stands: its `kind` with what the rules propose, what is expected of it, what to mind."""

    kind: str
    proposed: str
    note: str
    is_decided_by_person: bool
    expected: Sequence[Expected]
    warnings: Sequence[str]
    rests_on: Sequence[str]


def standing(account: Account, interpretation: Interpretation, *, on: date | None = None) -> Standing:
    """How `account` stands beside what the acts come to; `on` is the day against which its review is held."""
    kind = account.kind or interpretation.account
    verdict = account.verdict or interpretation.verdict
    return Standing(
        kind=kind, proposed=interpretation.account, note=interpretation.note,
        is_decided_by_person=bool(account.kind) and account.kind != interpretation.account,
        expected=expected(kind, verdict), warnings=_warnings(account, interpretation, on),
        rests_on=interpretation.rests_on,
    )  # fmt: skip


def _warnings(account: Account, said: Interpretation, on: date | None) -> list[str]:
    """Codes of what to mind: `no_owner`, `other_verdict`, `other_priority`, `review_due`."""
    found = [] if account.owner else ["no_owner"]
    found += ["other_verdict"] if account.verdict and said.verdict not in ("", account.verdict) else []
    found += ["other_priority"] if account.priority and said.priority not in ("", account.priority) else []
    due = bool(account.review_on) and on is not None and date.fromisoformat(account.review_on) < on
    return [*found, "review_due"] if due else found


@dataclass(frozen=True)
class Change:
    """One part that differs: `what`, for a text by unit its `unit`, and what stood there before and after."""

    what: str
    unit: str
    before: str
    after: str


def difference(before: Account, after: Account) -> list[Change]:
    """What changed, part by part, in the order of the document; texts by unit are compared unit by unit.

    >>> difference(Account(owner="sales"), Account(owner="legal"))
    [Change(what='owner', unit='', before='sales', after='legal')]
    """
    was, now = _parts(before), _parts(after)
    order = [f.name for f in fields(Account)]
    keys = sorted({*was, *now}, key=lambda key: (order.index(key[0]), key[1]))
    return [
        Change(*key, was.get(key, ""), now.get(key, ""))
        for key in keys
        if was.get(key, "") != now.get(key, "")
    ]


def _parts(account: Account) -> dict[tuple[str, str], str]:
    parts: dict[tuple[str, str], str] = {}
    for each in fields(Account):
        value = getattr(account, each.name)
        if each.name in BY_UNIT:
            parts |= {(each.name, unit): text for unit, text in value.items()}
        else:
            parts[each.name, ""] = "\n".join(value) if each.name in LISTS else value
    return parts


def following(before: Account, after: Account) -> Account:
    """`after` as the version that follows `before`: its dissent goes along, whatever the new text leaves out."""
    return replace(after, dissent=tuple(dict.fromkeys([*before.dissent, *after.dissent])))


def merged(base: Account, theirs: Account, mine: Account) -> tuple[Account, list[Change]]:
    """Two edits of `base` as one, and the parts that both changed differently, where `mine` stands for now."""
    ours = {(c.what, c.unit): c for c in difference(base, mine)}
    clashes = [
        Change(c.what, c.unit, c.after, ours[c.what, c.unit].after)
        for c in difference(base, theirs)
        if (c.what, c.unit) in ours and ours[c.what, c.unit].after != c.after and c.what not in LISTS
    ]
    said: dict[str, Any] = {}
    for each in fields(Account):
        name, value = each.name, getattr(theirs, each.name)
        if name in BY_UNIT:
            changed = {unit: c.after for (what, unit), c in ours.items() if what == name}
            said[name] = {unit: text for unit, text in {**value, **changed}.items() if text}
        elif name in LISTS:
            dropped = set(getattr(base, name)) - set(getattr(mine, name))
            said[name] = tuple(dict.fromkeys([*(v for v in value if v not in dropped), *getattr(mine, name)]))
        else:
            said[name] = ours[name, ""].after if (name, "") in ours else value
    return following(theirs, Account(**said)), clashes
