"""Each measure of a made market's run once more, in naive code over the files of the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from entrepot.interdependence import (
    Ground,
    both_directions,
    concentration,
    coverage,
    displacement,
    growth,
    hindsight,
    path,
    shares,
    stress,
)  # fmt: skip
from entrepot.interdependence.growth import usual_periods
from entrepot.measuring import ground as ground_of_run

BUSINESS = ("stockist", "personal shopper", "ring", "wholesaler", "creator")
DIMENSIONS = {"month": "month", "channel": "channel", "store": "store_id", "category": "category",
              "product": "product_id"}  # fmt: skip


@dataclass(frozen=True)
class Naive:
    """The run's files as one table: a row a line, with `part`, `weight` and `excess` of its buyer."""

    ground: Ground
    lines: pd.DataFrame
    findings: pd.DataFrame

    def share(self, lines: pd.DataFrame, basis: str = "revenue", times: str = "weight") -> float:
        return float((lines[basis] * lines[times]).sum() / lines[basis].sum())


@pytest.fixture(scope="module")
def naive(made_run) -> Iterator[Naive]:
    with ground_of_run(made_run) as ground:
        yield _by_hand(ground, made_run.folder)


def _by_hand(ground: Ground, folder: Path) -> Naive:
    lines, findings, actors = (
        pq.read_table(folder / f"{name}.parquet").to_pandas() for name in ("lines", "findings", "actors")
    )
    z = findings["resale_evidence"]
    may = ((z > 0.6) | findings["flagged"]) & (findings["declared"] != "yes")
    may &= findings["kind_if_business"].isin(BUSINESS)
    near = (z > 0.6) & (z <= 1.6)
    most = np.quantile(findings.loc[may, "revenue"], 0.9)
    below = np.where(near, np.minimum(1.0, most / findings["revenue"].clip(lower=1e-9)), 0.0)
    findings["weight"] = np.where(may, findings["resale_probability"] * (1 + 0.75 * below), 0.0)
    part = (findings["excess_units"] / findings["units"]).clip(0, 1)
    findings["excess"] = findings["weight"] * part
    findings["listed"] = np.where(
        may & findings["flagged"], np.minimum(1 - ground.false_share_0_1, findings["weight"]), 0.0
    )
    findings["part"] = np.where(
        findings["declared"] == "yes", "sell-in", np.where(may, "suspect", "household")
    )
    said = [
        "actor_id",
        "weight",
        "excess",
        "listed",
        "part",
        "first_on",
        "kind_if_business",
        "resale_probability",
    ]
    lines = lines.merge(actors[["customer_id", "actor_id"]], on="customer_id", how="left")
    lines = lines.merge(findings[said], on="actor_id", how="left")
    lines.loc[lines["actor_id"].isna(), "part"] = "without identity"
    lines = lines[lines["quantity_net"] > 0].fillna(
        {"part": "household", "weight": 0.0, "excess": 0.0, "listed": 0.0}
    )
    lines = lines.assign(
        revenue=lines["revenue_net"].astype(float), units=lines["quantity_net"], day=lines["ordered_on"],
        month=lines["ordered_on"].map(lambda d: d.replace(day=1)), seen=(lines["part"] != "without identity") * 1.0,
    )  # fmt: skip
    lines["margin"] = lines["revenue"] - lines["unit_cost"] * lines["units"]
    return Naive(ground, lines, findings)


@pytest.fixture(scope="module")
def told(naive):
    return shares(naive.ground).to_pylist()


@pytest.mark.parametrize("basis", ["revenue", "units", "margin"])
@pytest.mark.parametrize(
    ("name", "times"),
    [("estimate", "weight"), ("excess", "excess"), ("at_least", "listed"), ("seen_share", "seen")],
)
def test_shares_of_all(naive, told, basis, name, times):
    row = next(r for r in told if (r["by"], r["basis"]) == ("all", basis))
    assert row[name] == pytest.approx(naive.share(naive.lines, basis, times), abs=1e-9)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_shares_by_each_value(naive, told, by):
    column = naive.lines[DIMENSIONS[by]].dropna().astype(str)
    largest = naive.lines["revenue"].groupby(column).sum().sort_values(ascending=False).index[:200]
    expected = {
        value: pytest.approx(min(naive.share(cell), naive.share(cell, times="seen")), abs=1e-9)
        for value, cell in naive.lines.groupby(column.where(column.isin(largest), "(others)"))
    }
    found = {r["value"]: r["estimate"] for r in told if (r["by"], r["basis"]) == (by, "revenue")}
    assert found == expected


def test_shares_of_all_revenue_by_kind(naive, told):
    counted = (naive.lines["revenue"] * naive.lines["weight"])[naive.lines["part"] == "suspect"]
    expected = (
        counted.groupby(naive.lines["kind_if_business"]).sum() / naive.lines["revenue"].sum()
    ).to_dict()
    found = {r["value"]: r["estimate"] for r in told if (r["by"], r["basis"]) == ("kind", "revenue")}
    assert found == {kind: pytest.approx(share, abs=1e-9) for kind, share in expected.items()}


def test_coverage_of_what_can_be_seen(naive):
    name = naive.lines["part"].replace({"household": "linked", "suspect": "linked"})
    revenue = naive.lines.groupby(name)["revenue"].sum()
    found = {r["part"]: r["revenue"] for r in coverage(naive.ground).to_pylist()}
    assert found == {
        part: pytest.approx(revenue.get(part, 0.0)) for part in ("linked", "without identity", "sell-in")
    }


def test_growth_by_part(naive):
    now, before = usual_periods(naive.ground.since, naive.ground.until)
    lines = naive.lines
    inside, earlier = (lines["revenue"] * lines["day"].between(p.start, p.end) for p in (now, before))
    change, new = inside - earlier, lines["first_on"] > before.end
    household, suspect = lines["part"] == "household", lines["part"] == "suspect"
    of_new = (inside * lines["weight"])[suspect & new].sum()
    business = (change * lines["weight"]).sum()
    private = household | suspect
    rest = [change[private & ~new].sum() - (business - of_new), change[private & new].sum() - of_new]
    expected = [*rest, business, change[~private].sum()]
    assert [r["amount"] for r in growth(naive.ground).to_pylist()] == pytest.approx(expected, abs=1e-6)


def test_concentration_curve(naive):
    counted = (naive.lines["revenue"] * naive.lines["weight"]).groupby(naive.lines["actor_id"]).sum()
    curve = counted.sort_values(ascending=False).cumsum().to_numpy() / naive.lines["revenue"].sum()
    for row in concentration(naive.ground).to_pylist():
        assert row["share_0_1"] == pytest.approx(curve[row["k"] - 1], abs=1e-9)


def test_both_directions_of_the_tie(naive):
    listed = set(naive.findings.loc[(naive.findings["listed"] > 0), "actor_id"])
    mine = naive.lines[naive.lines["part"] == "suspect"].groupby("actor_id")
    expected = (mine["revenue"].sum() / naive.lines["revenue"].sum()).to_dict()
    months, days = mine["month"].nunique().to_dict(), mine["day"].nunique().to_dict()
    rows = both_directions(naive.ground).to_pylist()
    assert listed <= {row["actor_id"] for row in rows}
    for row in rows:
        assert row["firm_depends_0_1"] == pytest.approx(expected[row["actor_id"]], abs=1e-9)
        assert row["months_bought"] == months[row["actor_id"]]
        if days[row["actor_id"]] > 1:
            span = (row["last_on"] - row["since"]).days
            assert row["days_between_orders"] == pytest.approx(span / (days[row["actor_id"]] - 1))


def test_stress_if_all_stop_for_a_month(naive):
    recent = naive.lines[naive.lines["day"] > naive.ground.until - timedelta(days=91)]
    expected = (recent["revenue"] * recent["weight"]).sum() / 91 * 30
    rows = [r for r in stress(naive.ground).to_pylist() if (r["scenario"], r["days"]) == ("all", 30)]
    assert [r["shortfall"] for r in rows] == [pytest.approx(expected)]
    lost = path(naive.ground).to_pylist()[0]
    assert lost["base"] - lost["without"] == pytest.approx(expected / 30 * 365 / 12)


def test_hindsight_of_today(naive):
    linked = naive.lines[naive.lines["seen"] > 0]
    expected = [min(naive.share(cell), 1.0) for _, cell in linked.groupby("month")]
    rows = [r for r in hindsight(naive.ground)[0].to_pylist() if r["scope"] == "all"]
    assert [r["share_today"] for r in rows] == pytest.approx(expected, abs=1e-9)
    assert all(r["share_today_low"] <= r["share_today_high"] for r in rows)


def test_displacement_into_the_web_shop(naive):
    events = naive.ground.engine.fetch(naive.ground.events).to_pylist()
    (event,) = [e for e in events if e["kind"] == "restriction"]
    lines, eight = naive.lines, timedelta(days=56)
    windows = [lines["day"].between(event["starts_on"] + shift, event["starts_on"] + shift + timedelta(days=55))
               for shift in (-eight, timedelta(0))]  # fmt: skip
    part, counted = [], lines["weight"].clip(upper=1.0)
    both = lines["units"] * counted * (windows[0] | windows[1])
    sure = (both * lines["resale_probability"].fillna(0.0)).sum() / both.sum()
    for weight in (counted, (lines["part"] == "household") * 1.0):
        units = lines["units"] * weight
        part += [units[w & (lines["channel"] == "web")].sum() / units[w].sum() for w in windows]
    row = next(r for r in displacement(naive.ground).to_pylist() if r["to_channel"] == "web")
    assert row["effect"] == pytest.approx(((part[1] - part[0]) - (part[3] - part[2])) / sure, abs=1e-9)


@pytest.mark.parametrize("basis", ["revenue", "units"])
def test_no_row_says_more_than_can_be_seen_or_has_its_ends_the_wrong_way(told, basis):
    for row in told:
        if row["basis"] == basis:
            assert row["at_least"] <= row["seen_share"] + 1e-9
            assert row["excess"] <= row["estimate"] + 1e-9 <= row["seen_share"] + 2e-9
            assert row["estimate_low"] <= row["estimate_high"] and row["excess_low"] <= row["excess_high"]


@pytest.mark.parametrize("by", ["month", "channel", "store", "category", "product"])
def test_every_dimension_holds_all_that_was_sold(told, by):
    whole = next(r["total"] for r in told if (r["by"], r["basis"]) == ("all", "revenue"))
    parts = [r["total"] for r in told if (r["by"], r["basis"]) == (by, "revenue")]
    assert sum(parts) == pytest.approx(whole)
