"""Data protection: what is held, what people ask for, and errors compared only on a legal basis."""

import json
import sys
from pathlib import Path

import pytest

from entrepot.web.discovery.models import Finding
from entrepot.web.protection.models import SubjectRequest
from entrepot.web.records.models import verify
from entrepot.web.runs.bringing import bring

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
import pyarrow.parquet as pq
from made_run import made_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(signed_in):
    return signed_in("data protection officer")


@pytest.fixture
def run(tmp_path):
    return bring(made_run(tmp_path / "0001"))


def customer_of(run):
    return pq.read_table(run.path / "actors.parquet").to_pylist()[0]["customer_id"]


def ask(client, kind, customer):
    said = {"customer_id": customer, "kind": kind, "note": "", "is_checked": "on"}
    return client.post("/protection/requests/", said)


def test_what_is_held_stands_with_its_purpose_and_its_day(run, officer):
    page = officer.get("/protection/").content.decode()
    assert run.name in page
    assert "Nothing is past its day" in page


def test_only_the_officer_sees_it(signed_in):
    assert signed_in("reviewer").get("/protection/").status_code == 403


def test_somebody_whom_no_run_knows_is_an_error_in_the_form(run, officer):
    answer = ask(officer, "export", "nobody-at-all")
    assert answer.status_code == 422
    assert SubjectRequest.objects.count() == 0


def test_an_export_is_a_file_about_this_person(run, officer):
    customer = customer_of(run)
    answer = ask(officer, "export", customer)
    assert answer["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.content)["customer_id"] == customer


def test_an_erasure_takes_the_person_out_and_leaves_the_chain_whole(run, officer):
    customer = customer_of(run)
    assert ask(officer, "erase", customer).status_code == 302
    assert customer not in pq.read_table(run.path / "actors.parquet")["customer_id"].to_pylist()
    assert SubjectRequest.objects.get().customer_id == ""
    assert verify().broken == ()
    assert Finding.objects.exists()


def test_without_a_basis_nothing_is_compared(run, officer):
    assert "no legal basis is entered" in officer.get("/protection/fairness/").content.decode()


def test_with_a_basis_the_comparison_is_shown_until_it_is_withdrawn(run, officer, signed_in):
    officer.post(
        "/protection/fairness/basis/", {"text": "Order 12 of the works council", "group_column": "group"}
    )
    page = signed_in("auditor").get("/protection/fairness/").content.decode()
    assert "Order 12 of the works council" in page
    assert "no legal basis is entered" not in page
    officer.post("/protection/fairness/withdraw/")
    assert "no legal basis is entered" in officer.get("/protection/fairness/").content.decode()


def test_an_auditor_enters_no_basis(signed_in):
    answer = signed_in("auditor").post("/protection/fairness/basis/", {"text": "x" * 20, "group_column": "g"})
    assert answer.status_code == 403


def test_a_run_with_customers_compares_errors_once_a_basis_is_entered(officer):
    from entrepot.web.runs.analysing import _settings
    from entrepot.web.runs.models import Run

    alone, together = (
        Run(name="1", inputs={"orders": ["o.csv"]}),
        Run(name="2", inputs={"customers": ["c.csv"]}),
    )
    assert "fairness_basis" not in _settings(together)
    officer.post(
        "/protection/fairness/basis/", {"text": "Order 12 of the works council", "group_column": "group"}
    )
    assert _settings(together)["fairness_group"] == "group"
    assert "fairness_basis" not in _settings(alone)
