"""The benchmark of pages asks for pages that are there, of a run that is made as it says."""

import numpy as np
import pytest

from benchmarks import pages_web
from benchmarks.made_million import LISTED_0_1, made_run


@pytest.mark.django_db
def test_every_kind_of_page_that_is_timed_answers(tmp_path):
    from django.test import Client

    from entrepot.web.people.models import Colleague
    from entrepot.web.runs.bringing import bring

    made_run(tmp_path / "small", 3_000)
    run = bring(tmp_path / "small")
    listed = list(run.findings.filter(flagged=True).values_list("actor_id", flat=True))
    assert len(listed) == 3_000 * LISTED_0_1
    client, draw = Client(), np.random.default_rng(1)
    client.force_login(Colleague.objects.add("a@firm.example", roles=["reviewer"]),
                       backend="allauth.account.auth_backends.AuthenticationBackend")  # fmt: skip
    pictures = []
    for address in pages_web.pages(run.name, listed, listed).values():
        answer = client.get(address(draw))
        assert answer.status_code == 200
        pictures.append(pages_web.picture_of(answer.content.decode()))
    (first, *_others) = filter(None, pictures)
    assert b"<svg role=" in client.get(first, headers={"HX-Request": "true"}).content


def test_pictures_are_counted_apart_from_pages():
    said = pages_web.quantiles({"actor": [10.0, 30.0], "actor, its picture": [500.0]})
    assert said["actor, its picture"]["p50_ms"] == 500
    assert (said["all pages"]["n"], said["all pages"]["max_ms"]) == (2, 30)
    assert (said["all, with pictures"]["n"], said["all, with pictures"]["max_ms"]) == (3, 500)
