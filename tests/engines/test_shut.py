"""An engine that is told where it may read opens no other file, loads nothing, and cannot be told otherwise."""

import pyarrow as pa
import pytest

from entrepot.engines.duckdb import connect


@pytest.fixture
def engine(tmp_path):
    inside = tmp_path / "it's inside"
    inside.mkdir()
    (inside / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "secret.csv").write_text("a,b\n3,4\n")
    made = connect("1GiB", scratch=inside, within=(inside,))
    yield made
    made.close()


def test_what_lies_inside_is_read_kept_and_written(engine):
    table = engine.keep(engine.read_csv([str(engine.scratch.parent / "a.csv")]))
    assert engine.write_parquet(table, engine.scratch.parent / "a.parquet") == 1
    assert engine.fetch(engine.hold(pa.table({"n": [1, 2]}))).num_rows == 2


@pytest.mark.parametrize("sql", [
    "SELECT * FROM read_csv('{outside}/secret.csv')",
    "SELECT * FROM read_csv('{inside}/../secret.csv')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "COPY (SELECT 1) TO '{outside}/written.csv'",
    "ATTACH '{outside}/other.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM read_csv('https://example.invalid/a.csv')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
])  # fmt: skip
def test_nothing_else_is_opened(engine, sql):
    inside = str(engine.scratch.parent).replace("'", "''")
    with pytest.raises(Exception, match=r"(?i)permission|disabled|cannot|not be changed|running"):
        engine.backend.con.execute(sql.format(inside=inside, outside=engine.scratch.parents[1])).fetchall()
    assert not (engine.scratch.parents[1] / "written.csv").exists()
