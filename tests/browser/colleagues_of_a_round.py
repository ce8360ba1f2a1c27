"""A server's folder with colleagues who are signed in: prints e-mail address → session, as JSON.

`python tests/browser/colleagues_of_a_round.py HOME`; a program of its own, since a test that drives a browser may not
ask the database.
"""

import json
import sys
from pathlib import Path

from entrepot.web import starting
from entrepot.web.home import Home

PEOPLE = [
    (unit, level, f"{unit}-{level}-{place}@firm.example")
    for unit in ("sales", "legal")
    for level, many in (("leader", 1), ("staff", 5))
    for place in range(many)
]
"""Twelve people in two units on two levels."""
FACILITATOR = "lead@firm.example"


def main(home: str) -> dict[str, str]:
    starting.prepare(Home(Path(home)))
    from django.test import Client

    from entrepot.web.people.models import Colleague

    sessions = {}
    for email, role in ((FACILITATOR, "facilitator"), *((each[2], "stakeholder") for each in PEOPLE)):
        client = Client()
        colleague = Colleague.objects.add(email, roles=[role])
        client.force_login(colleague, backend="allauth.account.auth_backends.AuthenticationBackend")
        sessions[email] = client.cookies["sessionid"].value
    return sessions


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
