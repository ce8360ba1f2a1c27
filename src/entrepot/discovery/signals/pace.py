"""Pace: buying on the days when sought goods arrive or are reduced, and hardly on other days.

Counted are the units of products within three days of a launch, a restock or a discount of theirs (table
`events`); the exposure is all purchases of the person. Launch-hour fans are the trap: they come to the launch and
buy one of each, so that the count stays small beside what they buy otherwise.
"""

import ibis
import ibis.expr.types as ir

from entrepot.discovery.signals.contract import ENTHUSIAST, GIFT_SEASON, Count, Signal, View

EVENT_DAYS = 3
KINDS = ("launch", "restock", "discount")


def counted(view: View) -> ir.Table | None:
    events = view.orders.events
    if events is None:
        return None
    arrivals = events.filter(
        events.kind.isin(KINDS) & events.product_id.notnull() & (events.starts_on <= view.until)
    )
    named = arrivals.join(view.purchases.products.select("product", "product_id"), "product_id")
    begun = named.starts_on.cast("date")
    days = [named.select("product", day=begun + ibis.interval(days=n)) for n in range(EVENT_DAYS)]
    arrived = ibis.union(*days).mutate(day=ibis._.day.cast("date"))
    near = view.bought().semi_join(arrived, ["product", "day"])
    near = near.group_by("person", "half").agg(count=near.units.sum())
    rows = view.sums.select("person", "half", exposure=view.sums.occasions).left_join(
        near, ["person", "half"]
    )
    return rows.select("person", "half", "exposure", count=rows["count"].fill_null(0))


SIGNAL = Signal(
    name="pace",
    question="Does it buy when goods arrive or are reduced, and hardly else?",
    null="Given all its purchases, a household's units within three days of an arrival follow its own rate.",
    counts=(
        Count(
            "pace",
            counted,
            "units bought within three days of an arrival",
            "{count} unit{s} within three days of a launch, restock or discount; households that shop "
            "as much have about {expected}, and 999 of 1,000 at most {most}",
            aspect="manner",
            unusual_too=True,
        ),
    ),
    innocent=(ENTHUSIAST, GIFT_SEASON),
    needs=frozenset({"events"}),
)
