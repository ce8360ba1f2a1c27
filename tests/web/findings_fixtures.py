"""A brought run for the tests of findings and actors: the report's made run, with order lines of two of its actors."""

import shutil
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from made_run import HOSTILE, made_run

from entrepot.web.discovery.models import Turn
from entrepot.web.runs.models import Run
from tests.web.bring_once import bring_once

HOUSEHOLD_CUSTOMER, LISTED_CUSTOMER = "CUST-home", "CUST-listed"


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory):
    return with_lines(made_run(tmp_path_factory.mktemp("made") / "0001", "measured"))


@pytest.fixture
def folder(made_folder, tmp_path):
    """A copy, to be changed."""
    return Path(shutil.copytree(made_folder, tmp_path / "0001"))


@pytest.fixture
def run(db, made_folder) -> Run:
    """The run, before anybody was asked to look: tests make the turns that they are about."""
    found = bring_once(made_folder)
    Turn.objects.all().delete()
    return found


@pytest.fixture
def strongest(run):
    """The one of a single record with the strongest evidence."""
    return run.findings.filter(flagged=True, persons=1, declared="no").order_by("-resale_evidence").first()


@pytest.fixture
def ring(run):
    """One of several persons, joined by conduct and some by a telephone."""
    return run.findings.filter(flagged=True, persons__gt=4).order_by("persons").first()


def with_lines(folder: Path) -> Path:
    """`folder` with lines and records of its strongest actor of one person and of a household."""
    table = pq.read_table(folder / "findings.parquet").to_pylist()
    single = [r for r in table if r["flagged"] and r["persons"] == 1 and r["declared"] == "no"]
    listed = max(single, key=lambda row: row["resale_evidence"])
    household = next(row for row in table if not row["flagged"] and row["resale_evidence"] < 0)
    records = pq.read_table(folder / "actors.parquet").to_pylist()
    for actor, customer in ((listed, LISTED_CUSTOMER), (household, HOUSEHOLD_CUSTOMER)):
        records.append({**records[0], "customer_id": customer, "person_id": customer[::-1],
                        "actor_id": actor["actor_id"], "role": "sole"})  # fmt: skip
    pq.write_table(pa.Table.from_pylist(records), folder / "actors.parquet")
    lines = [
        {"customer_id": customer, "ordered_on": date(2025, 1 + n % 12, 3), "product_id": product, "channel": "web",
         "quantity_net": float(many), "revenue_net": 10.0 * many}
        for customer, many in ((LISTED_CUSTOMER, 30), (HOUSEHOLD_CUSTOMER, 1))
        for n, product in enumerate(["SERUM", HOSTILE[0], "SERUM"])
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(lines), folder / "lines.parquet")
    return folder


def household_of(run) -> str:
    """The actor id of the household with lines, which is not in the database."""
    rows = pq.read_table(run.path / "actors.parquet").to_pylist()
    return next(row["actor_id"] for row in rows if row["customer_id"] == HOUSEHOLD_CUSTOMER)
