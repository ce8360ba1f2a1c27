"""Programs with keys, for the tests of the API."""

import json

import pytest
from django.core.cache import cache
from django.test import Client

from entrepot.web.people.models import ApiKey
from entrepot.web.permissions import ROLES


class Program:
    """A client with a key."""

    def __init__(self, text: str) -> None:
        self.client, self.text = Client(), text

    def ask(self, method, path, body=None, **headers):
        sent = json.dumps(body) if body is not None else ""
        said = {"Authorization": f"Bearer {self.text}", **headers}
        return self.client.generic(
            method, f"/api/{path}", sent, content_type="application/json", headers=said
        )

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body, **headers)

    def put(self, path, body=None, **headers):
        return self.ask("PUT", path, body, **headers)

    def delete(self, path):
        return self.ask("DELETE", path)

    def send(self, path, raw, *, method="POST", **headers):
        """A file as the body."""
        said = {"Authorization": f"Bearer {self.text}", **headers}
        kind = "application/octet-stream"
        return self.client.generic(method, f"/api/{path}", raw, content_type=kind, headers=said)


@pytest.fixture(autouse=True)
def fresh_counts():
    cache.clear()


@pytest.fixture
def program(colleague):
    """Makes a program whose key has the scopes given; its owner may everything."""

    def make(*scopes, email="owner@firm.example"):
        return Program(ApiKey.make(colleague(*ROLES, email=email), "a key", list(scopes))[1])

    return make


def is_problem(answer, status):
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code == status == answer.json()["status"]
