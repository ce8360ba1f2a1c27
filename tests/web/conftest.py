"""A server of its own for the tests: a database, colleagues with the roles asked for, and clients who are signed in."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from entrepot.web.configuring import configure
from entrepot.web.home import Home

HOME = Home(Path(tempfile.mkdtemp(prefix="entrepot-web-")), os.environ.get("ENTREPOT_TEST_DATABASE", ""))
configure(HOME)
# the usual hasher takes a third of a second a colleague
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

PASSWORD = "a long enough phrase"
TAKES_LONGEST = "tests/web/test_runs_server.py"


def pytest_collection_modifyitems(items):
    """What takes longest begins first, so that no worker waits at the end for a file that another has just begun."""
    items.sort(key=lambda item: not item.nodeid.startswith(TAKES_LONGEST))


@pytest.fixture(autouse=True)
def no_runs_left_behind():
    """The database forgets after each test; so does the folder of runs."""
    yield
    for left in HOME.runs.iterdir():
        shutil.rmtree(left, ignore_errors=True)


@pytest.fixture
def colleague(db):
    """Makes a colleague with the roles given."""
    from entrepot.web.people.models import Colleague

    def make(*roles: str, email: str = ""):
        email = email or f"{'-'.join(roles).replace(' ', '-') or 'nobody'}@firm.example"
        known = Colleague.objects.filter(email=email).first()
        return known or Colleague.objects.add(email, roles=roles, password=PASSWORD)

    return make


@pytest.fixture
def signed_in(colleague):
    """A client of somebody with the roles given."""
    from django.test import Client

    def make(*roles: str, email: str = ""):
        client = Client()
        client.force_login(
            colleague(*roles, email=email), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    return make
