"""How much a request may bring is asked at every address, before a byte of it is read."""

import pytest
from django.conf import settings

from entrepot.web import sizes
from tests.web.addresses import addresses, is_of_the_library
from tests.web.test_access import path_of

pytestmark = pytest.mark.django_db
UPLOADS = {route for route, most in sizes.LARGER.items() if most is None}
BOUND = [address for address in addresses() if address.route not in UPLOADS]


class Unread:
    """A body of which nobody may read."""

    def read(self, *given):
        raise AssertionError("the body was read")

    readline = read


def ask(client, path, length):
    told = {
        "CONTENT_LENGTH": str(length),
        "wsgi.input": Unread(),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    return client.post(path, **told)


def test_too_much_is_refused_at_every_address_but_the_upload(signed_in):
    client, taken = signed_in("analyst"), []
    for address in BOUND:
        bound = sizes.most(address.route)
        answer = ask(client, path_of(address), bound + 1)
        nobody_is_there = answer.status_code == 404 and (
            is_of_the_library(address) or str(address) == "closed"
        )
        if answer.status_code != 413 and not nobody_is_there:
            taken.append((str(address), answer.status_code))
    assert taken == []


def test_the_two_addresses_for_uploads_have_the_bound_of_the_server(signed_in):
    paths = {"runs/new": "/runs/new", "api/tables/<table>/files": "/api/tables/orders/files"}
    assert set(paths) == UPLOADS
    answers = [ask(signed_in("analyst"), path, 2**50) for path in paths.values()]
    assert [answer.status_code for answer in answers] == [413, 413]


def test_every_larger_bound_belongs_to_an_address():
    assert set(sizes.LARGER) <= {address.route for address in addresses()}


def test_a_page_says_what_to_do_and_a_program_reads_a_problem(signed_in):
    page = signed_in("analyst").post(
        "/review/next", {"note": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}
    )
    assert "This is too large" in page.content.decode()
    assert "Nothing was saved." in page.content.decode()
    told = signed_in("analyst").post("/api/runs", b"x" * 6 * 2**20, content_type="application/json")
    assert (told.status_code, told["Content-Type"]) == (413, "application/problem+json")
