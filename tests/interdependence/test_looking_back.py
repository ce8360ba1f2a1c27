"""What a run says of earlier month ends is what a run of that day says: nothing later has a part in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from entrepot import discover
from entrepot.interdependence import hindsight
from entrepot.measuring import ground
from entrepot.run import Run
from entrepot.simulation import market

MONTHS_BACK, WORTH_KEEPING = 3, 0.01


@dataclass(frozen=True)
class Both:
    """One run that looked back, and one of each of those days: month end → run."""

    today: Run
    on: dict[date, Run]

    def rows(self, name: str, run: Run | None = None) -> list[dict]:
        return pq.read_table((run or self.today).folder / f"{name}.parquet").to_pylist()

    def listed(self, run: Run) -> set[str]:
        """The customers of the listed actors of a run."""
        flagged = {row["actor_id"] for row in self.rows("findings", run) if row["flagged"]}
        return {row["customer_id"] for row in self.rows("actors", run) if row["actor_id"] in flagged}


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> Both:
    """A small market with rings, shared keys that appear in time, and returns."""
    made = market.make(tmp_path_factory.mktemp("back") / "market", customers=700, seed=5, months=14)
    sides = {name: made.path(name) for name in ("customers", "products", "events", "offers")}
    folder: Path = tmp_path_factory.mktemp("back-runs")

    def run(name: str, **how) -> Run:
        return discover(made.path("orders"), **sides, out=folder / name, fuzzy=False, **how)

    monkeypatch = pytest.MonkeyPatch()  # a report for each would take a fifth of the time
    monkeypatch.setattr("entrepot.analysis.report_room.write", lambda folder: None)
    today = run("today", hindsight_months=MONTHS_BACK, processes=2)
    ends = sorted(
        {row["month_end"] for row in pq.read_table(today.folder / "knowable_revenue.parquet").to_pylist()}
    )
    earlier = {end: run(f"{end}", as_of=end, hindsight_months=0) for end in ends[:-1]}
    monkeypatch.undo()
    return Both(today, earlier)


def test_three_month_ends_were_asked(both):
    assert len(both.on) == MONTHS_BACK


def test_who_was_knowable_is_what_a_run_of_that_day_finds(both):
    names = ("resale_evidence", "resale_probability", "q_value")
    for end, run in both.on.items():
        then = {r["actor_id"]: r for r in both.rows("findings", run)}
        worth = {a for a, r in then.items() if r["flagged"] or r["resale_probability"] >= WORTH_KEEPING}
        said = {r["actor_id"]: r for r in both.rows("knowable") if r["month_end"] == end}
        assert set(said) == worth
        for actor, row in said.items():
            assert [row[n] for n in names] == pytest.approx([then[actor][n] for n in names], abs=1e-9)
            assert [row[n] for n in ("flagged", "declared", "kind_if_business")] == [
                then[actor][n] for n in ("flagged", "declared", "kind_if_business")
            ]


def test_the_share_knowable_is_the_share_that_a_run_of_that_day_says(both):
    with ground(both.today) as it:
        said = {(r["scope"], r["month"]): r["share_knowable"] for r in hindsight(it)[0].to_pylist()}
    for end, run in both.on.items():
        with ground(run) as it:
            rows = hindsight(it)[0].to_pylist()
        then = {r["scope"]: r["share_today"] for r in rows if r["month"] == end.replace(day=1)}
        compared = {scope for scope in then if (scope, end.replace(day=1)) in said}
        assert {"all"} < compared and then["all"] > 0
        assert {s: said[s, end.replace(day=1)] for s in compared} == pytest.approx(
            {s: then[s] for s in compared}, abs=1e-9
        )


def test_evident_since_the_first_of_the_days_on_which_a_run_would_have_listed_them(both):
    mine: dict[str, set[str]] = {}
    for row in both.rows("actors"):
        mine.setdefault(row["actor_id"], set()).add(row["customer_id"])
    found = {r["actor_id"]: r["first_evident_on"] for r in both.rows("findings") if r["flagged"]}
    as_of = date.fromisoformat(str(both.today.record["as_of"]))
    for actor, since in found.items():
        expected = as_of
        for end in sorted(both.on, reverse=True):
            if not mine[actor] & both.listed(both.on[end]):
                break
            expected = end
        assert since == expected
    assert found and {r["first_evident_on"] for r in both.rows("findings") if not r["flagged"]} == {None}


def test_the_market_has_what_a_look_back_could_get_wrong(both):
    (first, *_), today = sorted(both.on), both.today
    persons = {r["customer_id"]: r["actor_id"] for r in both.rows("actors", both.on[first])}
    now = {r["customer_id"]: r["actor_id"] for r in both.rows("actors")}
    assert any(now[c] != a for c, a in persons.items())  # who is one actor has changed since
    net = {r["line_key"]: r["quantity_net"] for r in both.rows("lines")}
    then = {r["line_key"]: r["quantity_net"] for r in both.rows("lines", both.on[first])}
    assert any(net[key] < quantity for key, quantity in then.items())  # and some of it came back
    assert today.record["discovery"]["looked_back_to"] == first.isoformat()
