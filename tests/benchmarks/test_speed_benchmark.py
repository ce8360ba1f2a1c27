"""The benchmark of speed runs, and its sums are those of its parts."""

import duckdb
import pytest

pages = pytest.importorskip("benchmarks.pages")
speed = pytest.importorskip("benchmarks.speed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    into = tmp_path_factory.mktemp("market")
    speed.write(into, 150, [*speed.FORMATS, speed.WIDE])
    return into


def test_the_csv_has_the_lines_of_the_parquet(folder):
    counts = [
        duckdb.connect().sql(f"SELECT count(*) FROM '{folder / f'orders.{suffix}'}'").fetchall()[0][0]
        for suffix in (*speed.FORMATS, speed.WIDE)
    ]
    assert counts[0] == counts[1] == counts[2] > 0


def test_the_wide_file_is_ten_gigabytes_for_a_million_customers(folder):
    lines = duckdb.connect().sql(f"SELECT count(*) FROM '{folder / 'orders.parquet'}'").fetchall()[0][0]
    assert (folder / f"orders.{speed.WIDE}").stat().st_size / lines > 900


@pytest.mark.parametrize("suffix", speed.FORMATS)
def test_the_floors_read_what_discover_is_given(folder, suffix):
    assert speed.floor_s(folder, suffix) > 0
    assert speed.scan_s(folder, suffix) > 0


def test_a_file_that_is_away_has_no_floor(folder):
    with pytest.raises(duckdb.Error, match=r"orders\.json"):
        speed.floor_s(folder, "json")


def test_a_process_of_its_own_says_seconds_and_its_own_peak_memory(folder):
    spent = speed.in_a_process("--rooms", folder, "parquet", 0)
    assert spent["total_s"] == pytest.approx(
        sum(spent[f"{room}_s"] for room in ("read", "resolve", "discover"))
    )
    assert 0.05 < spent["peak_gib"] < 8
    assert spent["measure_s"] > 0


def test_ten_times_the_lines_in_ten_times_the_time_is_an_exponent_of_one():
    row = {
        "format": "csv",
        "hindsight_months": 0,
        "customers": 1,
        "floor_s": 1.0,
        "scan_s": 0.5,
        "file_gb": 1.0,
        "peak_gib": 1.0,
    }
    row |= dict.fromkeys(("read_s", "resolve_s", "discover_s"), 1.0)
    small = {"lines": 100, "total_s": 2.0, "measure_s": 1.0}
    text = pages.speed([row | small, row | {"lines": 1_000, "total_s": 20.0, "measure_s": 1.0}])
    assert "csv, 0 months looked back: 1.00, measures 0.00" in text
