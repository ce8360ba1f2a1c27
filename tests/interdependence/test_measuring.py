"""From a run to its measures: what is written, and that a mistake writes nothing and loses nothing."""

from __future__ import annotations

import json
import shutil
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrepot import measure
from entrepot.errors import InputError
from entrepot.interdependence import Period
from entrepot.interdependence.coverage import COVERAGE
from entrepot.interdependence.dependence import SHARES
from entrepot.interdependence.efficiency import FILE
from entrepot.interdependence.growth import GROWTH
from entrepot.interdependence.hindsight import DATES, HINDSIGHT
from entrepot.run import Run

CONTRACT = {
    "shares": {"by", "value", "basis", "total", "seen_share", "at_least", "estimate", "estimate_low", "estimate_high",
               "excess", "excess_low", "excess_high"},
    "growth": {"period_from", "period_until", "against_from", "against_until", "part", "amount", "amount_low",
               "amount_high"},
    "concentration": {"k", "share_0_1"},
    "stress": {"scenario", "who", "days", "store_id", "shortfall", "shortfall_low", "shortfall_high",
               "recovery_months"},
    "displacement": {"event_id", "from_channel", "to_channel", "effect", "effect_low", "effect_high", "placebo_rate"},
    "hindsight": {"scope", "month", "share_today", "share_today_low", "share_today_high", "share_knowable",
                  "share_recognised"},
    "hindsight_dates": {"scope", "what", "on"},
}  # fmt: skip
"""The contract "A run", folder `interdependence`."""


@pytest.fixture
def run(made_run, tmp_path):
    """A copy of the finished run, that a test may change."""
    shutil.copytree(made_run.folder, tmp_path / "runs" / "0001")
    return Run.open(tmp_path / "runs" / "0001")


@pytest.fixture(scope="module")
def measured(made_run, tmp_path_factory):
    """The run with its measures, all tables given."""
    beside = tmp_path_factory.mktemp("beside")
    folder = tmp_path_factory.mktemp("measured") / "0001"
    shutil.copytree(made_run.folder, folder)
    (beside / "assumptions.toml").write_text(FILE, "utf-8")
    store = next(
        v for v in sorted(set(pq.read_table(folder / "lines.parquet")["store_id"].to_pylist()) - {None})
    )
    (beside / "targets.csv").write_text(f"store_id,month,amount,currency\n{store},2026-09,1,USD\n", "utf-8")
    return measure(folder, targets=beside / "targets.csv", assumptions=beside / "assumptions.toml",
                   recognised_on=date(2026, 7, 15))  # fmt: skip


def files_of(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def rounded(row):
    """Without the last digits, which depend on the order in which an engine adds, and with a word for null."""
    return {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in row.items()}


def refused(run, **how):
    """Its mistakes, after it was seen that nothing in the folder has changed."""
    before = files_of(run.folder)
    with pytest.raises(InputError) as caught:
        measure(run, **how)
    assert files_of(run.folder) == before
    return [(mistake.what, mistake.got) for mistake in caught.value.mistakes]


@pytest.mark.parametrize("table", CONTRACT)
def test_a_table_has_the_columns_of_the_contract(measured, table):
    assert (
        set(pq.read_schema(measured.folder / "interdependence" / f"{table}.parquet").names) >= CONTRACT[table]
    )


@pytest.mark.parametrize(
    ("table", "columns"),
    [("shares", SHARES), ("growth", GROWTH), ("coverage", COVERAGE), ("hindsight", HINDSIGHT),
     ("hindsight_dates", DATES)],
)  # fmt: skip
def test_a_table_has_rows_and_the_types_that_its_measure_says(measured, table, columns):
    written = pq.read_table(measured.folder / "interdependence" / f"{table}.parquet")
    assert written.num_rows > 0 and written.schema.equals(pa.schema(columns))


def test_what_was_asked_stands_beside_the_tables(measured):
    said = json.loads((measured.folder / "interdependence" / "settings.json").read_text("utf-8"))
    assert (said["recognised_on"], said["threshold_0_1"], said["draws"]) == ("2026-07-15", 0.05, 200)


def test_measuring_twice_gives_the_same_tables(measured, run):
    again = measure(run, recognised_on=date(2026, 7, 15))
    for name in ("shares", "growth", "concentration", "hindsight", "hindsight_dates", "displacement"):
        one, two = (
            r.table(f"interdependence/{name}").execute().to_dict("records") for r in (measured, again)
        )
        assert [rounded(row) for row in one] == [rounded(row) for row in two]


def test_what_was_found_before_is_not_touched(made_run, measured):
    found, after = files_of(made_run.folder), files_of(measured.folder)
    assert {name for name in found if found[name] != after[name]} == {"report.html"}
    assert not [name for name in after if "partial" in name]


@pytest.mark.parametrize("table", ["lines", "findings", "actors", "knowable", "knowable_revenue"])
def test_a_run_without_one_of_its_tables_is_refused(run, table):
    (run.folder / f"{table}.parquet").unlink()
    assert refused(run) == [(f"{table}.parquet is missing", "made by 0.1.0")]


def test_everything_that_a_run_lacks_is_told_at_once(run):
    (run.folder / "lines.parquet").unlink()
    (run.folder / "actors.parquet").write_bytes(b"PAR1 and no more")
    assert [what for what, _ in refused(run)] == ["lines.parquet is missing", "actors.parquet cannot be read"]


@pytest.mark.parametrize(
    ("table", "column"),
    [("findings", "kind_if_business"), ("lines", "unit_cost"), ("lines", "city"), ("knowable", "month_end")],
)
def test_a_run_of_an_older_version_is_refused(run, table, column):
    path = run.folder / f"{table}.parquet"
    pq.write_table(pq.read_table(path).drop_columns([column]), path)
    assert refused(run) == [(f"{table}.parquet lacks {column}", "made by 0.1.0")]


@pytest.mark.parametrize(
    ("text", "what"),
    [("{", "run.json cannot be read"), ("[]", "run.json cannot be read"),
     ('{"as_of": "2026-09-30"}', "run.json lacks window_from")],
)  # fmt: skip
def test_a_record_that_cannot_be_used_is_refused(run, text, what):
    (run.folder / "run.json").write_text(text, "utf-8")
    assert refused(run) == [(what, "made by an unknown version")]


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no run"):
        measure(tmp_path)


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1, 5.0, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(run, threshold):
    assert refused(run, threshold=threshold) == [("the threshold cannot be used", str(threshold))]


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        ("nowhere,2026-09,1,USD", ("a target names a store that the orders do not have", "nowhere")),
        ("S001,2026-99,1,USD", ("month cannot be read", "2026-99")),
        ("S001,2026-09,-1,USD", ("amount is negative", "-1")),
        ("S001,2026-09,1,XXX", ("the money is not in USD, the currency of the orders", "XXX")),
    ],
)
def test_a_target_that_cannot_be_used_is_refused(run, tmp_path, row, mistake):
    (tmp_path / "targets.csv").write_text(f"store_id,month,amount,currency\n{row}\n", "utf-8")
    assert refused(run, targets=tmp_path / "targets.csv") == [mistake]


def test_targets_without_a_column_are_refused(run, tmp_path):
    (tmp_path / "targets.csv").write_text("store_id,month,currency\nS001,2026-09,USD\n", "utf-8")
    assert [what for what, _ in refused(run, targets=tmp_path / "targets.csv")] == [
        "a required column is missing"
    ]


def test_receipts_without_a_column_are_refused(run, tmp_path):
    (tmp_path / "sellout.csv").write_text(
        "partner,store_id,receipt_id,sold_at,product_id\nP,X,1,2026-09-01,A\n", "utf-8"
    )
    assert [what for what, _ in refused(run, sellout=tmp_path / "sellout.csv")] == [
        "a required column is missing"
    ]


def test_assumptions_that_are_not_there_are_refused(run, tmp_path):
    assert [what for what, _ in refused(run, assumptions=tmp_path / "no.toml")] == [
        "the assumptions cannot be read"
    ]


def test_periods_outside_the_data_are_refused(run):
    period, against = Period(date(2031, 1, 1), date(2031, 6, 1)), Period(date(2019, 1, 1), date(2019, 6, 1))
    assert [what for what, _ in refused(run, period=period, against=against)] == [
        "the period lies outside the data", "the period to compare with lies outside the data",
    ]  # fmt: skip


def test_earlier_measures_survive_a_mistake(measured):
    ((what, _),) = refused(measured, threshold=2.0)
    assert what == "the threshold cannot be used"
    assert measured.table("interdependence/shares").count().execute() > 0


def test_earlier_measures_survive_a_full_disk(measured, monkeypatch):
    def full(*arguments, **how):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("entrepot.measuring.pq.write_table", full)
    ((what, _),) = refused(measured)
    assert what == "the disk is full"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(3), OSError(28, "No space left on device")]
)
def test_tables_and_report_are_both_of_before_where_the_report_is_not_written(measured, monkeypatch, error):
    def stopped(folder):
        assert (folder / "interdependence" / "shares.parquet").is_file()
        raise error

    before = files_of(measured.folder)
    monkeypatch.setattr("entrepot.measuring.report_room.write", stopped)
    with pytest.raises(type(error)):
        measure(measured, threshold=0.2)
    assert files_of(measured.folder) == before


def test_a_run_without_measures_has_none_where_the_first_report_is_not_written(run, monkeypatch):
    def stopped(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr("entrepot.measuring.report_room.write", stopped)
    with pytest.raises(KeyboardInterrupt):
        measure(run)
    assert not [path.name for path in run.folder.iterdir() if "interdependence" in path.name]


def test_events_given_replace_those_of_the_run(run, tmp_path):
    (tmp_path / "events.csv").write_text(
        "event_id,kind,starts_on,channel\nEARLY,restriction,2024-10-02,store\nLATE,restriction,2026-09-20,store\n"
        "BEFORE,restriction,2019-01-01,store\nOTHER,restriction,2025-10-01,kiosk\n", "utf-8",
    )  # fmt: skip
    measured = measure(run, events=tmp_path / "events.csv")
    rows = pq.read_table(measured.folder / "interdependence" / "displacement.parquet").to_pylist()
    said = {row["event_id"]: (row["effect"], row["cannot_tell"].split(" on ")[0]) for row in rows}
    assert said == {
        "BEFORE": (None, "the data begin"), "EARLY": (None, "the data begin"), "LATE": (None, "the data end"),
        "OTHER": (None, "nothing was sold through kiosk"),
    }  # fmt: skip


def test_the_report_tells_of_the_events_that_were_given(run, tmp_path):
    (tmp_path / "events.csv").write_text(
        "event_id,kind,starts_on,channel\nOTHER,restriction,2025-10-01,kiosk\n", "utf-8"
    )
    told = "After the restriction in kiosk on 1 Oct 2025"
    assert told in measure(run, events=tmp_path / "events.csv").report.read_text("utf-8")
    assert told not in measure(run).report.read_text("utf-8")


def test_targets_of_which_none_is_of_a_month_of_the_orders_are_refused(run, tmp_path):
    (tmp_path / "targets.csv").write_text("store_id,month,amount,currency\nS1,2020-08,1,USD\n", "utf-8")
    said = [what for what, _ in refused(run, targets=tmp_path / "targets.csv")]
    assert "no target is of a month of the orders" in said


def test_where_nobody_is_suspect_the_measures_say_nothing_is_there(run):
    path = run.folder / "findings.parquet"
    table = (
        pq.read_table(path).to_pandas().assign(resale_evidence=-1.0, resale_probability=0.0, flagged=False)
    )
    pq.write_table(pa.Table.from_pandas(table, pq.read_schema(path), preserve_index=False), path)
    measured = measure(run)
    rows = pq.read_table(measured.folder / "interdependence" / "shares.parquet").to_pylist()
    assert {(row["at_least"], row["estimate"], row["estimate_high"], row["excess"]) for row in rows} == {
        (0.0,) * 4
    }
    assert measured.report.stat().st_size > 1000


def test_all_that_is_wrong_beside_the_run_is_told_at_once(run, tmp_path):
    (tmp_path / "targets.csv").write_text("store_id,month\nS1,2026-01\n")
    (tmp_path / "assumptions.toml").write_text("stopped_share = 3\n")
    period = Period(date(2001, 1, 1), date(2001, 2, 1))
    said = refused(
        run, threshold=2.0, targets=tmp_path / "targets.csv", assumptions=tmp_path / "assumptions.toml",
        events=tmp_path / "no.csv", period=period,
    )  # fmt: skip
    whats = " ".join(what for what, _ in said)
    for part in (
        "threshold",
        "required column",
        "stopped_share",
        "households_lost_share",
        "path does not exist",
        "period lies outside",
    ):
        assert part in whats, whats
