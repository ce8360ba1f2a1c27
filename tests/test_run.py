import csv
import errno
import json
import subprocess

import ibis
import pyarrow as pa
import pytest

from entrepot.engines.duckdb import connect
from entrepot.errors import InputError
from entrepot.run import Run, being_written, next_folder, plain, write_record, write_tables

FINDINGS = {
    "actor_id": ["a1", "a2", "a3"],
    "kind": ["stockist", "<script>alert(1)</script>", "household"],
    "customers": [2, 1, 1],
    "resale_evidence": [3.5, 5.0, -0.2],
    "excess_units": [120.0, 80.0, 0.0],
    "revenue": [900.0, 700.0, 20.0],
    "flagged": [True, True, False],
}
RECORD = {"headline": {"sentence": "2 of 3 <buyers> resell."}, "gamma": None}


@pytest.fixture
def engine():
    engine = connect("1GiB")
    yield engine
    engine.close()


@pytest.fixture
def run(engine, tmp_path):
    folder = tmp_path / "runs" / "0001"
    with being_written(folder) as partial:
        tables = {
            "findings": engine.hold(pa.table(FINDINGS)),
            "sub/shares": engine.hold(pa.table({"share": [0.5]})),
        }
        write_tables(partial, engine=engine, tables=tables)
        write_record(partial, RECORD)
    return Run.open(folder)


def test_a_run_reads_back_what_was_written(run):
    assert run.record == RECORD
    assert run.tables == ["findings", "sub/shares"]
    assert run.findings.order_by("actor_id").to_pyarrow().to_pydict() == FINDINGS


def test_the_list_is_what_is_flagged_strongest_first(run):
    assert run.flagged().to_pyarrow()["actor_id"].to_pylist() == ["a2", "a1"]


def test_a_table_asked_for_twice_is_the_same_table(run):
    large = run.findings.filter(run.findings.customers > 1)
    assert large.actor_id.to_pyarrow().to_pylist() == ["a1"]


def test_a_notebook_shows_the_sentence_and_the_list_and_runs_no_markup(run):
    shown = run._repr_html_()
    assert "2 of 3 &lt;buyers&gt; resell." in shown
    assert "&lt;script&gt;" in shown and "<script>" not in shown
    assert repr(run).startswith("2 of 3 <buyers> resell.\nRun in ")


def test_a_run_is_never_written_over(run):
    with pytest.raises(InputError, match="never written over"), being_written(run.folder):
        pass


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a bug"), SystemExit(1)])
def test_an_interrupt_or_an_error_leaves_nothing_behind(tmp_path, error):
    with pytest.raises(type(error)), being_written(tmp_path / "runs" / "0001") as partial:
        (partial / "run.json").write_text("{}")
        raise error
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError('IO Error: could not write: "No space left on device"'),
    ],
)
def test_a_full_disk_is_one_clear_error_and_leaves_nothing_behind(tmp_path, error):
    with pytest.raises(InputError, match="disk is full") as caught, being_written(tmp_path / "runs" / "1"):
        raise error
    assert caught.value.exit_code == 2
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_before_any_work(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(InputError, match="cannot be written"),
        being_written(tmp_path / "file" / "runs" / "1"),
    ):
        raise AssertionError("the block must not run")


def test_a_folder_without_a_record_is_no_run(tmp_path):
    with pytest.raises(InputError, match="there is no run"):
        Run.open(tmp_path)


def test_a_missing_table_is_named_with_those_that_are_there(run):
    with pytest.raises(InputError, match="findings, sub/shares"):
        run.table("links")


def test_runs_are_numbered_and_the_first_free_number_is_taken(run):
    assert next_folder(run.folder.parent).name == "0002"


def test_an_exported_cell_never_begins_a_formula(run, engine, tmp_path):
    dangerous = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "＝1", "harmless", None]
    table = engine.hold(pa.table({"name": dangerous, "units": [-1.5] * len(dangerous)}))
    from entrepot.exports import write_csv

    assert write_csv(table, tmp_path / "out.csv") == len(dangerous)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["name"] for row in rows) == sorted(
        ["'=HYPERLINK(1)", "'+1", "'-1", "'@x", "'\tx", "'\rx", "'＝1", "harmless", ""]
    )
    assert {row["units"] for row in rows} == {"-1.5"}


def test_the_record_is_json_that_every_reader_can_read():
    record = {
        "mean": float("nan"),
        "e": float("inf"),
        "kinds": {"b", "a"},
        "count": ibis.literal(1).op().value,
    }
    assert (
        json.dumps(plain(record), allow_nan=False)
        == '{"mean": null, "e": null, "kinds": ["a", "b"], "count": 1}'
    )


def test_what_is_done_with_a_run_later_is_noted_beside_and_changes_nothing(run):
    before = (run.folder / "run.json").read_bytes()
    run.note({"what": "report with names", "purpose": "审计"})
    assert json.loads((run.folder / "log.jsonl").read_text("utf-8"))["purpose"] == "审计"
    assert (run.folder / "run.json").read_bytes() == before


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 100 kB, where the machine lets us have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_while_the_engine_writes_is_told_and_left_clean(engine, small_disk):
    large = engine.hold(pa.table({"text": [f"{n * 7919:x}" * 9 for n in range(60_000)]}))
    with (
        pytest.raises(InputError, match="the disk is full"),
        being_written(small_disk / "runs" / "0001") as partial,
    ):
        write_tables(partial, engine=engine, tables={"large": large})
    assert list((small_disk / "runs").iterdir()) == []
