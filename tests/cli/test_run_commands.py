"""The commands over one finished run of a made market."""

import csv
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

RECORD = {
    *("entrepot_version", "purpose", "retain_until", "created_at", "parent", "inputs", "settings", "seed"),
    *("versions", "timings", "counts", "columns_present", "currency", "as_of", "window_from", "gamma"),
    *("actors", "discovery", "headline"),
}
TABLES = {
    "actors": {
        "customer_id",
        "person_id",
        "actor_id",
        "role",
        "link_kind",
        "link_probability",
        "link_from",
        "why",
    },
    "actor_changes": {"actor_id", "was", "change", "at"},
    "links": {"customer_a", "customer_b", "fields", "probability"},
    "signals": {"actor_id", "signal", "log10_e", "detail"},
    "findings": {
        *(
            "actor_id",
            "customers",
            "persons",
            "resale_evidence",
            "resale_probability",
            "q_value",
            "flagged",
            "kind",
        ),
        *("declared", "excess_units", "excess_units_low", "excess_units_high", "excess_revenue"),
        *("excess_revenue_low", "excess_revenue_high", "revenue", "first_evident_on"),
    },
    "quarantine": {"line", "column", "value", "reason"},
    "unmatched_returns": {"customer_id"},
}
"""The contract "A run"."""


@pytest.fixture
def runs(a_run, tmp_path):
    """A folder of runs with a copy of the finished run in it."""
    shutil.copytree(a_run, tmp_path / "runs" / "0001")
    return tmp_path / "runs"


def test_the_record_of_a_run_holds_what_the_contract_asks(a_run):
    record = json.loads((a_run / "run.json").read_text("utf-8"))
    assert set(record) >= RECORD
    assert {source["name"] for source in record["inputs"]} >= {"orders", "customers", "products"}
    assert all(len(source["sha256"]) == 64 for source in record["inputs"])


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_a_run_has_the_columns_of_the_contract(a_run, table):
    assert set(pq.read_schema(a_run / f"{table}.parquet").names) >= TABLES[table]


def test_every_customer_belongs_to_one_actor_and_no_actor_has_two_findings(a_run):
    customers = pq.read_table(a_run / "actors.parquet", columns=["customer_id", "actor_id"]).to_pydict()
    findings = pq.read_table(a_run / "findings.parquet", columns=["actor_id"]).to_pydict()["actor_id"]
    assert len(set(customers["customer_id"])) == len(customers["customer_id"])
    assert len(set(findings)) == len(findings)
    assert set(findings) <= set(customers["actor_id"])


def test_the_report_is_one_small_file_without_a_customer_id(a_run):
    text = (a_run / "report.html").read_text("utf-8")
    ids = pq.read_table(a_run / "actors.parquet", columns=["customer_id"]).to_pydict()["customer_id"]
    assert len(text.encode()) < 3_000_000
    assert [i for i in ids if i in text] == []


def test_names_are_written_with_a_reason_into_a_file_of_their_own(entrepot, runs):
    assert entrepot("report", runs / "0001", "--identities").exit_code == 2
    ended = entrepot("report", runs / "0001", "--identities", "--purpose", "=review()", "--json")
    assert ended.exit_code == 0
    file = runs / "0001" / "identities.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8-sig", newline="") as rows:
        named = {row["actor_id"] for row in csv.DictReader(rows)}
    findings = pq.read_table(runs / "0001" / "findings.parquet", filters=[("flagged", "=", True)])
    assert named == set(findings["actor_id"].to_pylist())
    assert json.loads((runs / "0001" / "log.jsonl").read_text("utf-8"))["purpose"] == "=review()"


def test_findings_are_exported_as_csv(entrepot, runs, tmp_path):
    assert entrepot("report", runs / "0001", "--csv", "findings.csv").exit_code == 0
    with (tmp_path / "findings.csv").open(encoding="utf-8-sig", newline="") as rows:
        exported = [row["actor_id"] for row in csv.DictReader(rows)]
    stored = pq.read_table(runs / "0001" / "findings.parquet")["actor_id"].to_pylist()
    assert sorted(exported) == sorted(stored)


def test_explain_says_why_two_records_are_one_and_why_two_are_not(entrepot, runs):
    links = pq.read_table(runs / "0001" / "links.parquet").to_pylist()
    known = set(pq.read_table(runs / "0001" / "actors.parquet")["customer_id"].to_pylist())
    used = next(link for link in links if link["used"] and {link["customer_a"], link["customer_b"]} <= known)
    ended = entrepot("explain", runs / "0001", used["customer_a"], used["customer_b"])
    assert ended.exit_code == 0 and used["why"][:20].lower() in ended.out.lower()
    assert entrepot("explain", runs / "0001", used["customer_a"], "nobody").exit_code == 2


def test_the_whole_round_of_a_persons_requests(entrepot, runs):
    person = pq.read_table(runs / "0001" / "actors.parquet").to_pylist()[0]["customer_id"]
    exported = entrepot("subject", person, "export", "--runs", runs)
    assert exported.json["runs"][0]["tables"]["actors"]
    assert (
        person
        in entrepot("subject", person, "object", "--runs", runs, "--reason", "family", "--json").json[
            "kept_out"
        ]
    )
    assert person in entrepot("subject", person, "lift", "--runs", runs, "--json").json["let_in"]
    entrepot("subject", person, "object", "--runs", runs)
    assert entrepot("subject", person, "erase", "--runs", runs, "--json").json["rows_erased"] > 0
    assert entrepot("subject", person, "export", "--runs", runs).json["runs"] == []


@pytest.mark.parametrize("into", ["nowhere/findings.csv", "."])
def test_findings_that_cannot_be_written_are_one_clear_error(entrepot, runs, tmp_path, into):
    ended = entrepot("report", runs / "0001", "--csv", tmp_path / into)
    assert ended.exit_code == 2 and "cannot be written" in ended.err and "Traceback" not in ended.err
    assert list(tmp_path.glob("**/.*.unfinished")) == []


def test_purge_of_a_folder_that_is_not_there_is_no_success(entrepot):
    ended = entrepot("purge", "--runs", "rnus")
    assert ended.exit_code == 2 and "rnus" in ended.err


def test_purge_says_first_what_would_go(entrepot, runs):
    dry = entrepot("purge", "--runs", runs, "--on", "2099-01-01", "--dry-run", "--json")
    assert (dry.json, (runs / "0001").exists()) == ({"deleted": [], "expired": ["0001"]}, True)
    gone = entrepot("purge", "--runs", runs, "--on", "2099-01-01", "--json")
    assert (gone.json["deleted"], (runs / "0001").exists()) == (["0001"], False)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["interrupted", "terminated"])
def test_a_run_that_is_stopped_leaves_nothing_behind(a_market, tmp_path, how):
    orders = a_market.path("orders")
    command = [sys.executable, "-m", "entrepot", "discover", orders, "--out", tmp_path / "runs" / "0001"]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(scratch)}
    )
    for line in process.stderr:
        if line.startswith("find out who is who"):
            break
    time.sleep(0.5)
    process.send_signal(how)
    said = process.stderr.read()
    assert process.wait(timeout=60) == 3
    assert "interrupted" in said and "Traceback" not in said
    assert list((tmp_path / "runs").iterdir()) == []
    assert list(scratch.iterdir()) == []
