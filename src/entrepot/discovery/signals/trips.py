"""Trips: more purchase occasions than households make, in a season of the same strength.

The exposure is the household shopping that has passed since the person was first seen (`purchases.calendar`);
the very first occasion is not counted, since without it nobody would be a customer.
"""

from entrepot.discovery.purchases import Read
from entrepot.discovery.signals.contract import (
    ENTHUSIAST,
    LARGE_FAMILY,
    REGISTERED_TWICE,
    Count,
    Signal,
    View,
)


def counted(_: View) -> Read:
    return over_time("trips_again")


def over_time(number: str) -> Read:
    """A number of the sums as the count, the time since the person was first seen as the exposure."""
    return Read(number, "passed")


SIGNAL = Signal(
    name="trips",
    question="Does it come more often than households come?",
    null="Days with a purchase after the first follow the household's own rate and the season.",
    counts=(
        Count(
            "trips",
            counted,
            "days with a purchase after the first",
            "{count} shopping day{s} after the first; households have about {expected} in the same "
            "time, and 999 of 1,000 at most {most}",
            aspect="amount",
            scaled=False,
            unusual_too=True,
        ),
    ),
    innocent=(LARGE_FAMILY, REGISTERED_TWICE, ENTHUSIAST),
)
