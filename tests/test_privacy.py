"""What a person may ask for: everything on them, nothing on others; out of new runs; out of old ones."""

import json
import os
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot import privacy, receipts
from entrepot.engines.duckdb import connect
from entrepot.errors import InputError
from entrepot.run import Run, plain
from entrepot.units import short_id, short_ids

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
TABLES = {
    "actors": {
        "customer_id": ["anna-1", "anna-2", "bo", "cy"],
        "person_id": ["anna-1", "anna-1", "bo", "cy"],
        "actor_id": ["anna-1", "anna-1", "bo", "bo"],
        "why": ["one e-mail with anna-2", "one e-mail with anna-1", "queues with cy", "queues with bo"],
    },
    "links": {
        "customer_a": ["anna-1", "bo", "anna-2"],
        "customer_b": ["anna-2", "cy", "cy"],
        "why": ["one e-mail", "12 shared days", "one street, weighed and found too light: cy"],
    },
    "findings": {
        "actor_id": ["anna-1", "bo"],
        "flagged": [False, True],
        "resale_evidence": [0.1, 4.2],
        "revenue": [10.0, 900.0],
    },
    "signals": {"actor_id": ["anna-1", "bo"], "signal": ["depth", "lockstep"], "detail": ["{}", "bo and cy"]},
    "quarantine": {
        "line": [7],
        "column": ["quantity"],
        "value": ["two, for anna"],
        "reason": ["not a number"],
    },
}
RECORD = {
    "purpose": "test",
    "created_at": "2026-01-01T00:00:00+00:00",
    "retain_until": "2026-07-01",
    "inputs": [{"name": "orders", "path": "orders.csv", "sha256": "0" * 64}],
    "settings": {"fdr": 0.05},
    "counts": {"usable": 4, "unattributed": 0},
    "headline": {"sentence": "1 of 2."},
}


@pytest.fixture
def runs(tmp_path):
    folder = tmp_path / "runs"
    for name in ("0001", "0002"):
        (folder / name).mkdir(parents=True)
        (folder / name / "run.json").write_text(json.dumps(plain(RECORD)))
        for table, rows in TABLES.items():
            pq.write_table(pa.table(rows), folder / name / f"{table}.parquet")
    return folder


def stored(runs, table):
    return pq.read_table(runs / "0001" / f"{table}.parquet").to_pydict()


def test_an_export_holds_the_persons_rows_in_every_run_under_any_of_their_ids(runs):
    got = privacy.export(runs, "anna-2")
    assert [run["run"] for run in got["runs"]] == ["0001", "0002"]
    tables = got["runs"][0]["tables"]
    assert {row["customer_id"] for row in tables["actors"]} == {"anna-1", "anna-2"}
    assert len(tables["links"]) == 2 and len(tables["findings"]) == len(tables["signals"]) == 1


def test_an_export_shows_no_id_of_another_person(runs):
    for asked, others in (("anna-1", ("cy",)), ("bo", ("cy", "anna")), ("cy", ("bo", "anna"))):
        got = json.dumps(privacy.export(runs, asked)["runs"])
        assert not [other for other in others if f'"{other}' in got or f" {other}" in got]


def test_an_export_marks_figures_that_are_of_a_group(runs):
    assert privacy.export(runs, "bo")["runs"][0]["figures_are_of_a_group"]
    assert not privacy.export(runs, "anna-1")["runs"][0]["figures_are_of_a_group"]


def test_erasing_leaves_nothing_of_the_person_and_all_of_the_others(runs):
    privacy.erase(runs, "anna-1", at=AT)
    assert stored(runs, "actors")["customer_id"] == ["bo", "cy"]
    assert stored(runs, "links")["customer_a"] == ["bo"]
    assert stored(runs, "findings")["actor_id"] == ["bo"]
    everything = b"".join(p.read_bytes() for p in runs.rglob("*") if p.is_file())
    assert b"anna" not in everything
    with pytest.raises(InputError, match="nobody has this id"):
        privacy.export(runs, "anna-1")


def test_who_was_another_actor_at_an_earlier_month_end_is_erased_there_too(runs):
    ids = [short_id("a", "anna-1"), short_id("a", "bo"), stored(runs, "findings")["actor_id"][0]]
    path = runs / "0001" / "knowable.parquet"
    pq.write_table(pa.table({"actor_id": ids, "month_end": [date(2025, 12, 31)] * 3}), path)
    exported = privacy.export(runs, "anna-2")["runs"][0]["tables"]["knowable"]
    assert short_id("a", "anna-1") in {row["actor_id"] for row in exported}
    privacy.erase(runs, "anna-2", at=AT)
    left = stored(runs, "knowable")["actor_id"]
    assert short_id("a", "bo") in left and short_id("a", "anna-1") not in left


def test_ids_are_those_that_the_engine_makes():
    engine = connect("1GiB")
    given = engine.hold(pa.table({"c": ["é-1"]}))
    made = engine.fetch(given.select(a=short_ids("a", given.c)))
    engine.close()
    assert made["a"].to_pylist() == [short_id("a", "é-1")]


def test_erasing_one_of_a_group_keeps_what_is_said_of_the_group(runs):
    privacy.erase(runs, "cy", at=AT)
    assert stored(runs, "actors")["customer_id"] == ["anna-1", "anna-2", "bo"]
    assert stored(runs, "findings")["actor_id"] == ["anna-1", "bo"]
    assert stored(runs, "links")["customer_b"] == ["anna-2"]


def test_an_objection_holds_for_all_records_of_the_person(runs):
    assert privacy.object_to(runs, "anna-2", at=AT, reason="family") == ["anna-1", "anna-2"]
    assert privacy.objectors(runs) == {"anna-1", "anna-2"}
    assert privacy.export(runs, "anna-1")["objection"]["reason"] == "family"


def test_an_objection_is_lifted_for_all_records_of_the_person_and_leaves_a_receipt(runs):
    privacy.object_to(runs, "anna-2", at=AT)
    privacy.object_to(runs, "dee", at=AT)
    assert privacy.lift(runs, "anna-1", at=AT) == ["anna-1", "anna-2"]
    assert privacy.objectors(runs) == {"dee"}
    assert receipts.first_broken(runs) is None
    assert '"objection lifted"' in (runs / "receipts.jsonl").read_text()


def test_an_objection_that_nobody_made_cannot_be_lifted(runs):
    with pytest.raises(InputError, match="objected"):
        privacy.lift(runs, "anna-1", at=AT)


def test_an_erasure_leaves_the_objection_without_its_reason(runs):
    privacy.object_to(runs, "anna-2", at=AT, reason="Anna buys for her family")
    privacy.erase(runs, "anna-1", at=AT)
    assert privacy.objectors(runs) == {"anna-1", "anna-2"}
    assert "family" not in (runs / privacy.OBJECTIONS).read_text()


def test_an_objection_may_come_before_the_first_run(tmp_path):
    assert privacy.object_to(tmp_path / "runs", "dee", at=AT) == ["dee"]
    assert privacy.export(tmp_path / "runs", "dee")["runs"] == []


def test_orders_of_an_objector_stay_in_the_totals_and_belong_to_nobody(tmp_path):
    from entrepot.orders import read, without

    engine = connect("1GiB")
    rows = [f"o{n},2026-01-05T10:00:00Z,p1,2,9.90,{'anna' if n % 2 else 'bo'}" for n in range(20)]
    file = tmp_path / "orders.csv"
    file.write_text("order_id,ordered_at,product_id,quantity,unit_price,customer_id\n" + "\n".join(rows))
    got = without(engine, read(engine, file), {"anna"})
    by = {
        row["customer_id"]: row["n"]
        for row in engine.fetch(got.lines.customer_id.value_counts(name="n")).to_pylist()
    }
    assert by == {None: 10, "bo": 10}
    assert got.counts["objected"] == 10
    engine.close()


def test_a_run_goes_on_its_day_and_leaves_a_receipt(runs):
    assert privacy.purge(runs, on=date(2026, 6, 30)) == []
    assert privacy.purge(runs, on=date(2026, 7, 1)) == ["0001", "0002"]
    assert [path.name for path in runs.iterdir()] == [receipts.NAME]
    assert receipts.first_broken(runs) is None


def test_a_purge_that_was_stopped_half_way_is_ended_by_the_next(runs, monkeypatch):
    def stopped(folder):
        (folder / "run.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr("entrepot.privacy.shutil.rmtree", stopped)
        with pytest.raises(KeyboardInterrupt):
            privacy.purge(runs, on=date(2026, 7, 1))
    assert privacy.purge(runs, on=date(2026, 7, 1)) == ["0001", "0002"]
    assert [path.name for path in runs.iterdir()] == [receipts.NAME]
    kept = [json.loads(line) for line in (runs / receipts.NAME).read_text("utf-8").splitlines()]
    assert [receipt["run"] for receipt in kept] == ["0001", "0002"]


def test_what_a_killed_run_left_goes_once_nobody_can_be_at_work_on_it(runs):
    for name, day in (
        (".0003.partial-a1", datetime(2026, 6, 1, tzinfo=UTC)),
        (".0004.partial-b2", datetime(2026, 6, 30, tzinfo=UTC)),
    ):
        (runs / name).mkdir()
        (runs / name / "lines.parquet").write_text("somebody's orders")
        os.utime(runs / name, (day.timestamp(), day.timestamp()))
    assert "0003" in privacy.purge(runs, on=date(2026, 7, 1))
    assert [path.name for path in runs.glob(".0*")] == [".0004.partial-b2"]
    assert '"run": "0003"' in (runs / receipts.NAME).read_text("utf-8")


@pytest.mark.parametrize("text", ["{", "[]", '{"purpose": "test"}'])
def test_a_run_whose_record_is_broken_is_named(runs, text):
    (runs / "0002" / "run.json").write_text(text)
    with pytest.raises(InputError, match="0002"):
        privacy.purge(runs, on=date(2026, 7, 1))


def test_every_act_leaves_a_receipt_without_an_id_in_it(runs):
    privacy.object_to(runs, "anna-1", at=AT)
    privacy.erase(runs, "anna-1", at=AT)
    privacy.purge(runs, on=date(2026, 8, 1))
    kept = (runs / receipts.NAME).read_text("utf-8")
    assert [json.loads(line)["what"] for line in kept.splitlines()] == [
        "objection",
        "erasure",
        "purge",
        "purge",
    ]
    assert "anna" not in kept
    assert receipts.first_broken(runs) is None


def test_a_run_that_is_being_written_is_not_a_run(runs):
    (runs / ".0003.partial-x").mkdir()
    (runs / ".0003.partial-x" / "run.json").write_text("{}")
    assert [run.folder.name for run in privacy.runs_in(runs)] == ["0001", "0002"]
    assert Run.open(runs / "0001").record["purpose"] == "test"
