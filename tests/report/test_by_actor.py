"""The tables sorted by actor say the same as the tables themselves, only sooner."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_run import made_run

from entrepot.engines.duckdb import connect
from entrepot.report import by_actor
from entrepot.report.kept import told_of
from entrepot.report.reading import read_run


@pytest.fixture
def folder(tmp_path):
    made = made_run(tmp_path / "run")
    records = pq.read_table(made / "actors.parquet").to_pylist()
    lines = [
        {"customer_id": row["customer_id"], "ordered_on": row["link_from"], "product_id": f"P{n % 3}", "channel": "web",
         "order_id": f"O{n}", "city": None,
         "quantity_net": float(n), "revenue_net": 2.0 * n}
        for n, row in enumerate(records)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(lines), made / "lines.parquet")
    return made


def written(folder):
    engine = connect("1GiB")
    try:
        return by_actor.write(folder, engine)
    finally:
        engine.close()


def told(folder, actors):
    run = read_run(folder, actors=actors)
    return told_of(run, sorted(run.findings.to_pylist(), key=lambda row: row["actor_id"]))


@pytest.mark.parametrize("most", [0, 50])
def test_an_actor_is_told_the_same_from_the_sorted_tables(folder, monkeypatch, most):
    monkeypatch.setattr(by_actor, "MOST_ONE_BY_ONE", most)
    actors = pq.read_table(folder / "findings.parquet")["actor_id"].to_pylist()[:30]
    before = told(folder, actors)
    written(folder)
    assert told(folder, actors) == before
    assert any(one["links"] and one["products"] for one in before.values())


def test_an_actor_is_found_in_the_last_group_of_rows_too(folder, monkeypatch):
    monkeypatch.setattr(by_actor, "ROWS_A_GROUP", 2_048)
    written(folder)
    for actor in sorted(pq.read_table(folder / "findings.parquet")["actor_id"].to_pylist())[::-1][:2]:
        assert by_actor.rows(folder, "findings", [actor])["actor_id"].to_pylist() == [actor]


def test_nobody_is_found_where_nobody_is(folder):
    assert by_actor.rows(folder, "findings", ["x"]) is None
    written(folder)
    assert by_actor.rows(folder, "findings", ["x"]).num_rows == 0


def test_who_is_erased_is_gone_from_the_sorted_tables_too(folder):
    from datetime import UTC, datetime

    from entrepot import privacy

    written(folder)
    customer = pq.read_table(folder / "actors.parquet")["customer_id"][0].as_py()
    privacy.erase(folder.parent, customer, at=datetime(2026, 3, 3, tzinfo=UTC))
    left = [pq.read_table(path) for path in (folder / by_actor.FOLDER).glob("*.parquet")]
    assert len(left) > 5
    assert customer not in str([table.to_pylist() for table in left])


def test_an_export_says_each_row_once(folder):
    from entrepot import privacy

    written(folder)
    customer = pq.read_table(folder / "actors.parquet")["customer_id"][0].as_py()
    (run,) = privacy.export(folder.parent, customer)["runs"]
    assert not [name for name in run["tables"] if name.startswith(by_actor.FOLDER)]
