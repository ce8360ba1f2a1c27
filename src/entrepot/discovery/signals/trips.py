"""Trips: more purchase occasions than households make, in a season of the same strength.

The exposure is the household shopping that has passed since the person was first seen (`purchases.calendar`);
the very first occasion is not counted, since without it nobody would be a customer.
"""

import ibis.expr.types as ir

from entrepot.discovery.signals.contract import (
    ENTHUSIAST,
    LARGE_FAMILY,
    REGISTERED_TWICE,
    Count,
    Signal,
    View,
)


def counted(view: View) -> ir.Table:
    return over_time(view, view.sums.trips_again)


def over_time(view: View, column: ir.Value) -> ir.Table:
    """`column` of the sums as the count, the time since the person was first seen as the exposure."""
    return view.sums.select("person", "half", exposure=view.sums.passed, count=column)


SIGNAL = Signal(
    name="trips",
    question="Does it come more often than households come?",
    null="Days with a purchase after the first follow the household's own rate and the season.",
    counts=(
        Count(
            "trips",
            counted,
            "days with a purchase after the first",
            "{count} shopping days after the first; households have about {expected} in the same "
            "time, and 999 of 1,000 at most {most}",
            aspect="amount",
            scaled=False,
            unusual_too=True,
        ),
    ),
    innocent=(LARGE_FAMILY, REGISTERED_TWICE, ENTHUSIAST),
)
