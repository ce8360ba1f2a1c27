"""What every measure stands on: who may be a customer-entrepreneur, what they bought, and how unsure that is.

A measure is a sum over buyers of probability times amount. The probability is `resale_probability` of the run. It is
drawn a few hundred times: in each draw every actor counts as often as a Poisson variable of mean one says, the two
groups are fitted anew to the histogram of evidence, with another exponent of the tail, and each suspect is a
customer-entrepreneur or not. Suspects are those whose evidence is beyond the edge of what can be told; of those below,
a draw takes as much as lies in the decade above the edge, times a number from 0 to 1.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from entrepot.discovery import listing
from entrepot.discovery.groups import BELOW, stands_for_below, two_groups, weight_of
from entrepot.discovery.kinds import suspected
from entrepot.engines import Engine

Array = NDArray[np.float64]

DRAWS = 200
BASES = ("revenue", "units", "margin")
LEVEL_0_1 = 0.95
EXPONENTS = (0.8, 1.2)
"""Of the tail of households: from 1.3 to 0.8 times as many beyond the edge as Markov's bound says."""


@dataclass(frozen=True)
class Suspects:
    """Actors that may be customer-entrepreneurs, one element of each array an actor, in the order of `actor_id`.

    `weight` (0–1 or more) is the probability times what lies below the edge for each in the decade above it; `draws`
    has one column a draw of the same; `flagged`; `kind`; `excess_0_1`, the part of its units above personal use.
    """

    actor_id: list[str]
    evidence: Array
    probability: Array
    weight: Array
    draws: Array
    flagged: NDArray[np.bool_]
    kind: NDArray[np.object_]
    excess_0_1: Array
    excess_draws: Array


@dataclass(frozen=True)
class Ground:
    """A run as the measures need it. `lines` has one row an order line, `findings` one an actor, `actors` one a
    customer, `knowable` one a month end and actor probable then, `knowable_revenue` one a month end, channel and
    product sold in its month to somebody known, `events` one an event or None.

    `until` is the last day that counts, `since` the first; `false_share_0_1` is that of the list, audited or promised;
    `looked_back_to` the first month end that the run asked (None: the first with anybody probable).
    """

    engine: Engine
    lines: ir.Table
    findings: ir.Table
    actors: ir.Table
    knowable: ir.Table | None
    events: ir.Table | None
    since: date
    until: date
    false_share_0_1: float
    currency: str = ""
    seed: int = 0
    draws: int = DRAWS
    looked_back_to: date | None = None
    knowable_revenue: ir.Table | None = None

    @cached_property
    def suspects(self) -> Suspects:
        """The suspects, with their draws."""
        return _suspects(self)

    @cached_property
    def amounts(self) -> ir.Table:
        """One row an order line: `who` (number of the suspect, −1 for others), `part`, the dimensions and amounts.

        `part` is `suspect`, `household`, `sell-in` (declared businesses) or `without identity`; amounts are `revenue`,
        `units`, and `margin` (null where no cost is known).
        """
        return _amounts(self)

    @cached_property
    def has_margin(self) -> bool:
        """Whether a cost is known of any line."""
        found = self.engine.fetch(self.amounts.aggregate(n=self.amounts.margin.count()))
        return bool(found["n"][0].as_py())

    @property
    def bases(self) -> tuple[str, ...]:
        """What can be measured: revenue, units, and margin where costs are known."""
        return BASES if self.has_margin else BASES[:2]

    def of_suspects(
        self, by: ir.Value | str | None, basis: str, where: Any = None
    ) -> tuple[list[Any], Array]:
        """Amounts of the suspects: the values of `by`, and one row a suspect and column a value."""
        row = self.amounts.filter(self.amounts.who >= 0)
        row = row if where is None else row.filter(where)
        key = ibis.literal("all") if by is None else row[by] if isinstance(by, str) else by
        cells = row.group_by("who", value=key).agg(amount=row[basis].sum().fill_null(0.0))
        found = self.engine.fetch(cells.order_by("value", "who"))
        values = list(dict.fromkeys(found["value"].to_pylist())) or (["all"] if by is None else [])
        number = {value: n for n, value in enumerate(values)}
        table = np.zeros((len(self.suspects.actor_id), len(values)))
        column = np.array([number[v] for v in found["value"].to_pylist()], dtype=int)
        table[found["who"].to_numpy().astype(int), column] = found["amount"].to_numpy().astype(float)
        return values, table

    def of_each(self, basis: str, where: Any = None) -> Array:
        """The amount of each suspect."""
        return self.of_suspects(None, basis, where)[1][:, 0]

    def total(self, basis: str, where: Any = None) -> float:
        """What was sold in all, or where `where` holds."""
        row = self.amounts if where is None else self.amounts.filter(where)
        return float(self.engine.fetch(row.aggregate(t=row[basis].sum()))["t"][0].as_py() or 0.0)


def interval(draws: Array, level: float = LEVEL_0_1) -> tuple[Array, Array]:
    """The ends of the middle part `level` of the draws, which are in the last axis."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=-1)
    return low, high


def _suspects(ground: Ground) -> Suspects:
    findings = ground.findings
    values, counts = listing.histogram(ground.engine, findings.select(log10_e="resale_evidence"))
    may = findings.filter(suspected(findings))
    rows = ground.engine.fetch(
        may.select(
            "actor_id", "resale_evidence", "resale_probability", "flagged", "kind_if_business", "units",
            "excess_units", "excess_units_low", "excess_units_high", below=stands_for_below(may),
            weight=weight_of(may),
        ).order_by("actor_id")
    )  # fmt: skip
    column = {
        name: rows[name].to_numpy(zero_copy_only=False) for name in rows.column_names if name != "actor_id"
    }
    z, p = column["resale_evidence"].astype(float), column["resale_probability"].astype(float)
    below = column["below"].astype(float)
    rng = np.random.default_rng([ground.seed, 1])
    drawn = _drawn(rng, values, counts, z, p, below, ground.draws)
    units = np.maximum(column["units"].astype(float), 1e-9)
    excess, low, high = (np.clip(column[n].astype(float) / units, 0, 1) for n in _EXCESS)
    noise = rng.standard_normal((len(z), ground.draws)) * ((high - low) / 3.92)[:, None]
    return Suspects(
        actor_id=rows["actor_id"].to_pylist(), evidence=z, probability=p, weight=column["weight"].astype(float),
        draws=drawn, flagged=column["flagged"].astype(bool), kind=column["kind_if_business"].astype(object),
        excess_0_1=excess, excess_draws=drawn * np.clip(excess[:, None] + noise, 0, 1),
    )  # fmt: skip


_EXCESS = ("excess_units", "excess_units_low", "excess_units_high")


def _drawn(
    rng: np.random.Generator, values: Array, counts: Array, z: Array, p: Array, below: Array, draws: int
) -> Array:
    """One column a draw: is this suspect a customer-entrepreneur, and how many unseen ones does it stand for."""
    fitted = two_groups(values, counts)(z)
    out = np.zeros((len(z), draws))
    for d in range(draws):
        exponent = rng.uniform(*EXPONENTS)
        again = two_groups(values, rng.poisson(counts).astype(float), exponent)(z)
        probability = np.clip(p + again - fitted, 0.0, 1.0)
        as_many = 2 * BELOW * rng.random()
        out[:, d] = (rng.random(len(z)) < probability) * (1 + as_many * below)
    return out


def _with_a_first_day(lines: ir.Table, who: ir.Table) -> ir.Table:
    """`who` with `first_on` also for those of whom there is no finding: the first day of their lines."""
    began = lines.group_by("customer_id").agg(began=lines.ordered_on.min())
    row = who.left_join(began, "customer_id").drop("customer_id_right")
    first = row.first_on.coalesce(row.began.min().over(group_by=row.actor_id))
    return row.mutate(first_on=first).drop("began")


def _amounts(ground: Ground) -> ir.Table:
    engine, lines = ground.engine, ground.lines
    number = pa.table(
        {
            "actor_id": pa.array(ground.suspects.actor_id, pa.string()),
            "who": pa.array(range(len(ground.suspects.actor_id)), pa.int32()),
        }
    )
    who = ground.actors.select("customer_id", "actor_id").left_join(
        engine.hold(number, "suspects"), "actor_id"
    )
    declared = ground.findings.select("actor_id", "declared", "first_on", kind="kind_if_business")
    who = who.drop("actor_id_right").left_join(declared, "actor_id").drop("actor_id_right")
    who = _with_a_first_day(lines, who)
    who = engine.keep(who.mutate(who=who.who.fill_null(-1)), "who")
    row = lines.left_join(who, "customer_id").drop("customer_id_right")
    part = ibis.cases(
        (row.actor_id.isnull(), "without identity"), (row.declared == "yes", "sell-in"), (row.who >= 0, "suspect"),
        else_="household",
    )  # fmt: skip
    revenue = row.revenue_net.cast("float64")
    return engine.keep(
        row.select(
            "order_id", "actor_id", "store_id", "channel", "category", "product_id", "city",
            day=row.ordered_on, month=row.ordered_on.truncate("M"), who=row.who.fill_null(-1), part=part,
            first_on=row.first_on, units=row.quantity_net, revenue=revenue,
            margin=revenue - row.unit_cost * row.quantity_net,
            kind=ibis.ifelse(row.who >= 0, row.kind, ibis.null("string")),
        ).filter(lambda t: t.units > 0),
        "amounts",
    )  # fmt: skip
