"""What `server.toml` may say: every name, and the kind of its value. A name that is none is told at the start.

A line with a slip in its name would otherwise be as if it were not there, and nobody would notice. The page
`docs/how-to/deploy.md` explains each name; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from entrepot.errors import InputError, Mistake

TEXT, NUMBER, YES_NO, TEXTS = "text", "a number from 0", "true or false", "a list of texts"
NAMES: Mapping[str, str] = {
    "hosts": TEXTS, "https": YES_NO, "proxies": NUMBER, "timezone": TEXT, "language": TEXT, "idle_minutes": NUMBER,
    "requests_a_minute": NUMBER, "metrics_token": TEXT, "data_folders": TEXTS, "most_upload_gib": NUMBER,
    "most_unpacked_gib": NUMBER, "memory": TEXT, "processes": NUMBER, "review_days": NUMBER, "later_days": NUMBER,
    "second_share": NUMBER, "answer_within": NUMBER, "appeal_link_days": NUMBER,
}  # fmt: skip
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "mail": {"host": TEXT, "port": NUMBER, "name": TEXT, "password": TEXT, "tls": YES_NO, "from": TEXT},
    "keep": {"uploads_months": NUMBER, "reviewed_findings_months": NUMBER, "rounds_months": NUMBER},
    "sign_in.oidc": {"name": TEXT, "server": TEXT, "client_id": TEXT, "secret": TEXT, "trusted": YES_NO},
    "sign_in.saml": {"name": TEXT, "entity_id": TEXT, "metadata": TEXT, "trusted": YES_NO},
}


def check(said: Mapping[str, Any]) -> None:
    """Raises `InputError` with every name that is none and every value of another kind.

    >>> check({"idle_minutes": 30, "keep": {"uploads_months": 12}})
    >>> check({"idle_minuets": 30})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    entrepot.errors.InputError: no such setting in server.toml. Expected: idle_minutes. Got: idle_minuets. ...
    """
    plain = {name: value for name, value in said.items() if name not in ("mail", "keep", "sign_in")}
    wrong = _wrong(plain, NAMES, "server.toml")
    for section in ("mail", "keep"):
        wrong += _of_section(section, said.get(section, {}))
    sign_in = said.get("sign_in", {})
    for kind, inside in sign_in.items() if isinstance(sign_in, Mapping) else ():
        if f"sign_in.{kind}" in SECTIONS:  # another kind is told where providers are read
            wrong += _of_section(f"sign_in.{kind}", inside)
    if wrong:
        raise InputError(*wrong)


def _of_section(name: str, said: Any) -> list[Mistake]:
    where = f"server.toml, [{name}]"
    if not isinstance(said, Mapping):
        return [_mistake(f"{name} cannot be used", where, "a section", said)]
    return _wrong(said, SECTIONS[name], where)


def _wrong(said: Mapping[str, Any], known: Mapping[str, str], where: str) -> list[Mistake]:
    found = []
    for name, value in said.items():
        if name not in known:
            near = ", ".join(get_close_matches(name, known, 1)) or "a name that deploy.md lists"
            found.append(Mistake("no such setting", where, near, name, "mend it and start again"))
        elif not _fits(value, known[name]):
            found.append(_mistake(f"{name} cannot be used", where, known[name], value))
    return found


def _fits(value: Any, kind: str) -> bool:
    if kind == NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if kind == YES_NO:
        return isinstance(value, bool)
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str)


def _mistake(what: str, where: str, expected: str, got: Any) -> Mistake:
    return Mistake(
        what, where, expected, type(got).__name__, "mend it and start again"
    )  # a secret is not shown
