"""Each role on each address with each method: one table (`permissions.ACTIONS`) decides, and no address is without it.

A page that is added is tried without a word here. It fails where it forgets to name its action, and where its address
has a part that `addresses.SAMPLES` has no example for.
"""

import re

import pytest
from django.test import Client

from entrepot.web.permissions import ACTIONS, ROLES
from tests.web.addresses import METHODS, MISSING, SAMPLES, addresses, is_of_the_library

pytestmark = pytest.mark.django_db

OURS = [address for address in addresses() if not is_of_the_library(address)]
GUARDED = [address for address in OURS if address.needs is not None]
OPEN = {"theme", "closed", "invitation", "health", "api_schema"}
"""What anybody may ask without signing in, by name; apps that add more say so in `OPEN_TOO`."""
OPEN_TOO = {"appeal", "ballot"}
LIBRARY_OPEN = {
    "account_login", "account_logout", "account_inactive", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "mfa_login_webauthn",
    "socialaccount_login_cancelled", "socialaccount_login_error", "openid_connect_login", "openid_connect_callback",
}  # fmt: skip
CLOSED = (
    "signup/", "email/", "confirm-email/", "3rdparty/", "3rdparty/signup/", "social/signup/", "login/code/",
    "login/code/confirm/",
)  # fmt: skip
REFUSED = (302, 401, 403)


def part(name: str) -> str:
    if name not in SAMPLES:
        pytest.fail(f"the address has a part “{name}”: give it an example in tests/web/addresses.py, SAMPLES")
    return str(SAMPLES[name])


def path_of(address) -> str:
    """A real path for the address."""
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: part(found[1]), address.route)
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: part(found[1]), route)
    return "/" + route.replace("^", "").replace("$", "").replace("\\", "")


def refuses(response) -> bool:
    to_sign_in = response.status_code == 302 and response["Location"].startswith("/sign-in/login/")
    return to_sign_in or response.status_code in (401, 403)


def ask(client: Client, address, method: str):
    return client.generic(method, path_of(address), "{}", content_type="application/json")


@pytest.mark.parametrize("address", OURS, ids=str)
def test_every_address_names_its_action_or_says_that_it_is_open(address):
    assert address.needs is not MISSING, f"{address.route}: @needs(…) or @open_to_all is missing"
    assert address.needs is None or address.needs in ACTIONS


def test_only_what_is_listed_here_is_open():
    opened = {str(address) for address in OURS if address.needs is None}
    assert {name for name in opened if name.partition("_")[0] not in OPEN_TOO} == OPEN


@pytest.mark.parametrize("address", GUARDED, ids=str)
def test_nobody_comes_in_without_signing_in(address):
    for method in address.methods:
        response = ask(Client(), address, method)
        assert refuses(response) or response.status_code == 405, (method, response.status_code)


@pytest.mark.parametrize("role", [*ROLES, "no role"])
def test_each_role_may_what_the_table_says_and_nothing_else(role, signed_in):
    client = signed_in(*([role] if role in ROLES else []))
    wrong = []
    for address in GUARDED:
        allowed = role in ACTIONS[address.needs]
        for method in address.methods:
            response = ask(client, address, method)
            if response.status_code != 405 and refuses(response) == allowed:
                wrong.append((str(address), method, response.status_code))
    assert wrong == []


def test_somebody_suspended_may_nothing(signed_in, colleague):
    client = signed_in(*ROLES, email="gone@firm.example")
    gone = colleague(*ROLES, email="gone@firm.example")
    gone.is_active = False
    gone.save()
    let_in = [
        str(a)
        for a in GUARDED
        for m in a.methods
        if not (refuses(r := ask(client, a, m)) or r.status_code == 405)
    ]
    assert let_in == []


def test_the_pages_of_the_sign_in_library_are_closed_but_for_those_listed():
    let_in = set()
    for address in filter(is_of_the_library, addresses()):
        response = Client().get(path_of(address))
        if response.status_code not in (*REFUSED, 404, 405):
            let_in.add(str(address))
    assert let_in <= LIBRARY_OPEN


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", METHODS)
def test_nobody_registers_or_changes_an_address(signed_in, path, method):
    response = signed_in("administrator").generic(method, f"/sign-in/{path}")
    assert response.status_code == 404
