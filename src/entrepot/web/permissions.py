"""Who may what: one table, read by every page, by the API and by the test that tries each role on each address.

A page or an API call names the one action that it is; a colleague may do it who has a role that the table gives it.
An API key may do what its scopes name, and never more than its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ROLES: Mapping[str, str] = {
    "viewer": "reads findings and measures, without names",
    "analyst": "starts runs, adds observations",
    "reviewer": "judges findings, joins and parts actors, sees names",
    "facilitator": "leads rounds",
    "stakeholder": "answers rounds",
    "policy author": "writes policies",
    "policy publisher": "publishes the policies of others",
    "service": "answers those who ask about an order",
    "store": "works at a till",
    "programme manager": "leads the programme",
    "auditor": "reads records, reviews and fairness",
    "data protection officer": "answers subjects, purges, reads fairness",
    "administrator": "keeps colleagues and keys; sees no testimony",
}

READERS = ("viewer", "analyst", "reviewer", "auditor", "data protection officer", "programme manager")
EVERYBODY = tuple(ROLES)

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "be here": EVERYBODY,
    "read findings": READERS,
    "see names": ("reviewer", "data protection officer"),
    "start runs": ("analyst",),
    "review": ("reviewer",),
    "hand over": ("reviewer", "analyst"),
    "correct actors": ("reviewer",),
    "bring labels": ("analyst",),
    "observe": ("analyst", "reviewer"),
    "see sensitive observations": ("reviewer", "data protection officer"),
    "code testimony": ("facilitator", "analyst"),
    "keep consent": ("facilitator", "analyst", "data protection officer"),
    "withdraw consent": ("facilitator", "data protection officer"),
    "take appeals": ("service", "reviewer", "data protection officer"),
    "decide appeals": ("reviewer",),
    "protect data": ("data protection officer",),
    "compare errors": ("auditor", "data protection officer"),
    "make sense": ("facilitator", "stakeholder"),
    "lead rounds": ("facilitator",),
    "answer rounds": ("stakeholder",),
    "read records": ("auditor", "data protection officer"),
    "export everything": ("auditor", "administrator"),
    "keep colleagues": ("administrator",),
    "keep keys": ("administrator",),
}
"""Action → roles that may. Policies and programme add theirs here when they are built."""


def may(colleague: Any, action: str) -> bool:
    """Whether `colleague` has a role that may do `action`, and the key that acts for them, if one does, names it.

    An unknown action is an error, not a no.
    """
    allowed = ACTIONS[action]
    if not (colleague.is_authenticated and colleague.is_active and colleague.role_names & set(allowed)):
        return False
    return colleague.scopes is None or action in colleague.scopes


def actions_of(roles: Iterable[str]) -> frozenset[str]:
    """All that somebody with `roles` may do."""
    having = set(roles)
    return frozenset(action for action, allowed in ACTIONS.items() if having & set(allowed))
