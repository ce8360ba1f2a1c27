"""What kind of actor it is, once it is not a household: read from how it buys, never from who it is.

| kind | how it buys |
|---|---|
| declared business | declared so with all its customer numbers |
| household | neither listed nor probable |
| ring | two or more persons who act together |
| organisation, own use | dear products are a far smaller part of its units than of everybody's |
| wholesaler | purchases of two dozen units and more on average, or as much as a hundred households |
| stockist | three times the units above one a purchase that households buy of these products |
| personal shopper | half as many different products again as households in the time |
| stockist, or else unclear | neither, and depth stands out more than variety, or less |

A declared business is computed like all others and reported apart. The order of the table is the order of the
rules; each threshold stands here once. An organisation that buys dear goods for its own use is not told by these
rules: it is among the others, with its innocent explanation beside it, until a person says so.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from entrepot.discovery.groups import EDGE

ENTREPRENEURS = ("stockist", "personal shopper", "ring", "wholesaler", "creator")
OWN_USE_DEAR_RATIO = 0.5  # part of its units that are of dear products, against that of everybody
WHOLESALE_UNITS_A_PURCHASE = 24.0
WHOLESALE_HOUSEHOLDS = 100.0
DEEP = 3.0  # times the usual units above one a purchase
VARIED = 1.5  # times the different products of households in the time
PROBABLE = 0.5


def kind_of(row: ir.Table, *, if_business: bool = False) -> ir.StringValue:
    """The kind of each row of facts: `persons, occasions, units, own_mean, dear_ratio, depth_ratio, variety_ratio,
    flagged, resale_probability, declared`; `if_business`: what it would be were it no household."""
    a_purchase = row.units / ibis.greatest(row.occasions, 1)
    beyond = row.flagged | (row.resale_probability >= PROBABLE) | ibis.literal(if_business)
    return ibis.cases(
        (row.declared == "yes", "declared business"),
        (~beyond, "household"),
        (row.persons > 1, "ring"),
        (row.dear_ratio < OWN_USE_DEAR_RATIO, "organisation, own use"),
        (
            (a_purchase >= WHOLESALE_UNITS_A_PURCHASE) | (row.units >= WHOLESALE_HOUSEHOLDS * row.own_mean),
            "wholesaler",
        ),
        (row.depth_ratio >= DEEP, "stockist"),
        (row.variety_ratio >= VARIED, "personal shopper"),
        (row.depth_ratio >= row.variety_ratio, "stockist"),
        else_="unclear",
    )


def sells_on(findings: ir.Table) -> ir.BooleanValue:
    """Whose revenue counts, by its probability: a kind that sells on, and no business that declared itself."""
    return (findings.declared != "yes") & findings.kind_if_business.isin(ENTREPRENEURS)


def suspected(findings: ir.Table) -> ir.BooleanValue:
    """Who counts as a customer-entrepreneur, by its probability: who sells on, and can be told or is listed."""
    return ((findings.resale_evidence > EDGE) | findings.flagged) & sells_on(findings)
