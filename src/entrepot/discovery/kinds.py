"""What kind of actor it is, once it is not a household: read from how it buys, never from who it is.

| kind | how it buys |
|---|---|
| ring | two or more persons who act together |
| organisation, own use | everyday products in quantity, and sought ones less than others do |
| wholesaler | purchases of two dozen units and more on average, or as much as a hundred households |
| stockist | several times the units a purchase that households buy of these products |
| personal shopper | more different products in the time than households, each in small quantities |
| unclear | none of these fits |

A declared business is computed like all others and reported apart. The order of the table is the order of the
rules; each threshold stands here once.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

ENTREPRENEURS = ("stockist", "personal shopper", "ring", "wholesaler", "creator")
WHOLESALE_UNITS_A_PURCHASE = 24.0
WHOLESALE_HOUSEHOLDS = 100.0
OWN_USE_SOUGHT_RATIO = 0.6  # share of sought units, against that of all persons
DEEP = 3.0  # times the usual units above one a purchase
VARIED = 1.5  # times the different products of households in the time
PROBABLE = 0.5


def kind_of(row: ir.Table) -> ir.StringValue:
    """The kind of each row of facts: `persons, occasions, units, own_mean, sought_ratio, depth_ratio, variety_ratio,
    flagged, resale_probability, declared`."""
    a_purchase = row.units / ibis.greatest(row.occasions, 1)
    beyond = row.flagged | (row.resale_probability >= PROBABLE)
    return ibis.cases(
        (row.declared == "yes", "declared business"),
        (~beyond, "household"),
        (row.persons > 1, "ring"),
        (
            (a_purchase >= WHOLESALE_UNITS_A_PURCHASE) | (row.units >= WHOLESALE_HOUSEHOLDS * row.own_mean),
            "wholesaler",
        ),
        (row.depth_ratio >= DEEP, "stockist"),
        (row.variety_ratio >= VARIED, "personal shopper"),
        (row.depth_ratio >= row.variety_ratio, "stockist"),
        else_="unclear",
    )
