"""What can be seen at all: the first thing to say before any share.

Sales fall into those linked to a buyer, those without identity, and those to declared businesses (sell-in), who sell
on what we do not see unless they hand in their receipts (`sellout`). Of baskets without identity, and of partners'
receipts, nobody can be named; but their sizes can be compared with the baskets of households. Small baskets are
matched one to one; what there is beyond that of large ones is excess. It is an estimate of a population, no finding.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from entrepot.interdependence.ground import Array, Ground, interval

PARTS = {
    "household": "linked",
    "suspect": "linked",
    "sell-in": "sell-in",
    "without identity": "without identity",
}
COVERAGE = {
    "part": pa.string(), "revenue": pa.float64(), "units": pa.float64(), "share_0_1": pa.float64(),
    "baskets": pa.int64(), "excess_0_1": pa.float64(), "excess_0_1_low": pa.float64(), "excess_0_1_high": pa.float64(),
}  # fmt: skip
MATCHED_UP_TO = 0.5  # of the baskets of households, in order of size
FEWEST_BASKETS = 100


def coverage(ground: Ground, sellout: ir.Table | None = None) -> pa.Table:
    """One row a part (`linked`, `without identity`, `sell-in`, and `sell-out` where partners' receipts are given).

    `share_0_1` of the revenue (null for sell-out, which is another firm's); `excess_0_1` the part of the units in
    baskets that is beyond what households' baskets explain, with an interval of 95 %; null where fewer than 100
    baskets can be compared.
    """
    row = ground.amounts
    name = ibis.cases(*[(row.part == ours, theirs) for ours, theirs in PARTS.items()])
    parts = row.group_by(part=name).agg(
        revenue=row.revenue.sum(), units=row.units.sum(), baskets=row.order_id.nunique()
    )
    found = {r["part"]: r for r in ground.engine.fetch(parts).to_pylist()}
    whole = sum(r["revenue"] for r in found.values()) or 1.0
    usual = _sizes(ground, row.filter(row.part == "household"), "order_id")
    excess = {
        "without identity": _excess(
            ground, usual, _sizes(ground, row.filter(name == "without identity"), "order_id")
        )
    }
    rows = [
        {**found.get(part, {"part": part, "revenue": 0.0, "units": 0.0, "baskets": 0})}
        for part in ("linked", "without identity", "sell-in")
    ]
    for r in rows:
        r["share_0_1"] = r["revenue"] / whole
    if sellout is not None:
        receipts = _receipts(sellout)
        rows.append(
            {"part": "sell-out", "share_0_1": None, **ground.engine.fetch(_added(receipts)).to_pylist()[0]}
        )
        excess["sell-out"] = _excess(ground, usual, _sizes(ground, receipts, "receipt"))
    ends = ("excess_0_1", "excess_0_1_low", "excess_0_1_high")
    full = [{**r, **dict(zip(ends, excess.get(r["part"], (None,) * 3), strict=True))} for r in rows]
    return pa.Table.from_pylist(full, pa.schema(COVERAGE))


def _receipts(sellout: ir.Table) -> ir.Table:
    """One row a line of a partner: `receipt`, a name that no other partner or store uses too, `units`, `revenue`."""
    price = sellout.unit_price if "unit_price" in sellout.columns else 0.0
    receipt = ibis.struct({name: sellout[name] for name in ("partner", "store_id", "receipt_id")})
    return sellout.select(receipt=receipt, units=sellout.quantity, revenue=sellout.quantity * price)


def _added(receipts: ir.Table) -> ir.Table:
    return receipts.aggregate(
        revenue=receipts.revenue.sum().fill_null(0.0),
        units=receipts.units.sum().fill_null(0.0),
        baskets=receipts.receipt.nunique(),
    )


def _sizes(ground: Ground, lines: ir.Table, basket: str) -> tuple[Array, Array]:
    """Basket sizes in whole units, and how many baskets have each."""
    baskets = lines.group_by(basket=lines[basket]).agg(units=lines.units.sum())
    rows = ground.engine.fetch(
        baskets.group_by(size=baskets.units.ceil()).agg(n=baskets.count()).order_by("size")
    )
    return rows["size"].to_numpy().astype(float), rows["n"].to_numpy().astype(float)


def _excess(
    ground: Ground, usual: tuple[Array, Array], these: tuple[Array, Array]
) -> tuple[float | None, float | None, float | None]:
    if min(usual[1].sum(), these[1].sum()) < FEWEST_BASKETS:
        return None, None, None
    rng = np.random.default_rng([ground.seed, 2])
    drawn = [
        excess_of((usual[0], _again(rng, usual[1])), (these[0], _again(rng, these[1])))
        for _ in range(ground.draws)
    ]
    low, high = interval(np.array(drawn))
    return excess_of(usual, these), float(low), float(high)


def _again(rng: np.random.Generator, counts: Array) -> Array:
    return rng.poisson(counts).astype(float)


def excess_of(usual: tuple[Array, Array], these: tuple[Array, Array]) -> float:
    """The part (0–1) of the units in `these` baskets (sizes, numbers) beyond what `usual` baskets explain.

    Up to the median size of the usual ones both are brought to the same number; larger ones are compared.

    >>> sizes = np.array([1.0, 2.0, 50.0])
    >>> round(excess_of((sizes, np.array([60.0, 40.0, 0.0])), (sizes, np.array([60.0, 40.0, 2.0]))), 3)
    0.417
    """
    (size, n), (their_size, m) = usual, these
    median = size[np.searchsorted(np.cumsum(n), MATCHED_UP_TO * n.sum() * (1 - 1e-9))]  # a tie stays one
    times = m[their_size <= median].sum() / max(n[size <= median].sum(), 1e-9)
    beyond = (their_size * m)[their_size > median].sum() - times * (size * n)[size > median].sum()
    return float(np.clip(beyond / max((their_size * m).sum(), 1e-9), 0.0, 1.0))
