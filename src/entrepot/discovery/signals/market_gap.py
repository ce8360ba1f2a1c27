"""Market gap: buying what sells dearer elsewhere (table `offers`, all markets alike).

Counted are the units of products whose price in some other market is at least a fifth above what our customers
pay; the exposure is all units. Which market it is plays no part.
"""

import ibis.expr.types as ir

from entrepot.discovery.signals.contract import ENTHUSIAST, GIFT_SEASON, Count, Signal, View

DEARER = 1.2


def counted(view: View) -> ir.Table | None:
    offers = view.orders.offers
    if offers is None:
        return None
    seen = offers.filter(
        (offers.seen_on.cast("date") <= view.until) & (offers.currency == view.orders.currency)
    )
    best = seen.group_by("product_id").agg(elsewhere=seen.price.cast("float64").max())
    ours = view.traits.join(view.purchases.products, "product").join(best, "product_id")
    dearer = ours.filter(ours.elsewhere >= DEARER * ours.price).select("product")
    bought = view.bought().semi_join(dearer, "product")
    units = bought.group_by("person", "half").agg(count=bought.units.sum())
    rows = view.sums.select("person", "half", exposure=view.sums.units).left_join(units, ["person", "half"])
    return rows.select("person", "half", "exposure", count=rows["count"].fill_null(0))


SIGNAL = Signal(
    name="market gap",
    question="Does it buy what sells dearer elsewhere?",
    null="Given all its units, those of products that sell dearer elsewhere follow the household's own rate.",
    counts=(
        Count(
            "market gap",
            counted,
            "units that sell dearer elsewhere",
            "{count} unit{s} of products that sell dearer elsewhere; households that buy as much have "
            "about {expected}, and 999 of 1,000 at most {most}",
            aspect="manner",
        ),
    ),
    innocent=(ENTHUSIAST, GIFT_SEASON),
    needs=frozenset({"offers"}),
)
