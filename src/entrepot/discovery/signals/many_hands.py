"""Many hands: one buyer, many recipients.

Counted are the different delivery addresses of a person beyond the first; the exposure is its days with a
purchase. Which place an address is in plays no part, only whether two are the same.
"""

import ibis
import ibis.expr.types as ir

from entrepot.discovery.alike import alike
from entrepot.discovery.signals.contract import GIFT_SEASON, NEIGHBOURS, OFFICE, Count, Signal, View


def counted(view: View) -> ir.Table | None:
    seen = view.orders.identities
    sent = seen.filter(seen.is_recipient & (seen.first_on <= view.until))
    recipient = alike(sent.address).coalesce(alike(sent.name))
    sent = sent.select("customer_id", "first_on", recipient=recipient)
    sent = sent.filter(sent.recipient.notnull())
    people = sent.join(view.customers.select("customer_id", "person"), "customer_id")
    first = people.group_by("person", "recipient").agg(day=people.first_on.min())
    per_half = first.join(view.purchases.days, "day").group_by("person", "half").agg(found=ibis._.count())
    came = view.sums.filter(view.sums.trips > 0)
    trips = came.select("person", "half", exposure=came.trips)
    rows = trips.left_join(per_half, ["person", "half"])
    beyond_own = (rows.found.fill_null(0) - (rows.half == 0).cast("int64")).clip(lower=0)
    return rows.select("person", "half", "exposure", count=beyond_own)


SIGNAL = Signal(
    name="many hands",
    question="Does one buyer send to many recipients?",
    null="Different delivery addresses beyond the first follow the household's own rate, given its shopping days.",
    counts=(
        Count(
            "many hands",
            counted,
            "delivery addresses beyond its own",
            "{count} delivery address{es} beyond its own; households that shop as often have about "
            "{expected}, and 999 of 1,000 at most {most}",
            aspect="manner",
        ),
    ),
    innocent=(GIFT_SEASON, NEIGHBOURS, OFFICE),
    needs=frozenset({"ship_address"}),
)
