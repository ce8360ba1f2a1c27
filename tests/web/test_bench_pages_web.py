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
    for address in pages_web.pages(run.name, listed, listed).values():
        assert client.get(address(draw)).status_code == 200
