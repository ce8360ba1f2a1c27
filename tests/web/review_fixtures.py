"""A run in the web app with findings to review, made without looking for anybody: quick, and the same each time."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from made_run import made_run

LISTED, SAMPLED = 12, 4


def sampled(folder):
    """Draw the first listed actor and three households into the audit sample."""
    rows = pq.read_table(folder / "findings.parquet", columns=["actor_id"])["actor_id"].to_pylist()
    drawn = [rows[0], *rows[-3:]]
    sample = {"actor_id": drawn, "shown_because": ["random"] * 4, "shown_probability_0_1": [0.02] * 4}
    pq.write_table(pa.table(sample), folder / "audit_sample.parquet")
    return folder


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "first"
    return sampled(made_run(folder, actors=60, listed=LISTED))


@pytest.fixture
def run(db, run_folder):
    """The run, brought in: its findings are copied and its queues are filled."""
    from tests.web.bring_once import bring_once

    return bring_once(run_folder)


@pytest.fixture
def rings(run):
    """Actors of several persons, the one with most customers first."""
    return list(run.findings.filter(kind="ring", persons__gt=1).order_by("-customers"))


def customers(finding):
    """The ids of the customers of an actor, as its run has them."""
    from entrepot.web.discovery import labels

    rows = labels.members(finding.run.path, "actor_id", [finding.actor_id])
    return sorted(row["customer_id"] for row in rows)


@pytest.fixture
def anna(colleague):
    return colleague("reviewer", email="anna@firm.example")


@pytest.fixture
def bo(colleague):
    return colleague("reviewer", email="bo@firm.example")


def said(verdict="confirmed", form="1", **more):
    """What a reviewer sends, as the page sends it."""
    return {
        "verdict": verdict,
        "form": form,
        "reason": "other",
        "note": "",
        "kind": "",
        "then": "stop",
        **more,
    }
