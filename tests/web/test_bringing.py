"""A finished run from elsewhere is copied in, with its findings, once."""

import sys
from pathlib import Path

import pytest

from entrepot.report.words import unbroken
from entrepot.web.discovery.models import Finding
from entrepot.web.runs.bringing import bring
from entrepot.web.runs.models import Run

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from made_run import made_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    return made_run(tmp_path / "0001")


def test_a_run_that_is_brought_shows_its_headline_at_home(folder, signed_in):
    run = bring(folder)
    assert unbroken(run.headline["sentence"]) in signed_in("viewer").get("/").content.decode()


def test_every_listed_actor_is_a_finding_with_the_code_of_the_report(folder):
    from entrepot.report import codes_of
    from entrepot.report.reading import read_run

    bring(folder)
    assert (
        dict(Finding.objects.filter(flagged=True).values_list("actor_id", "code")).keys()
        == codes_of(read_run(folder)).keys()
    )


def test_a_run_is_brought_once(folder):
    assert bring(folder) == bring(folder)
    assert Run.objects.count() == 1
