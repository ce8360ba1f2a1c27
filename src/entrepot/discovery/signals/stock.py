"""Stock: more units of sought products over the window than its own consumption explains.

Counted are the units of sought products; the exposure is everything that the person bought, so that a large family,
which buys more of everything, is compared with large families; and, as a second count, the time.
"""

from entrepot.discovery.purchases import Read
from entrepot.discovery.signals.contract import (
    ENTHUSIAST,
    GIFT_SEASON,
    LARGE_FAMILY,
    OFFICE,
    Count,
    Signal,
    View,
)
from entrepot.discovery.signals.trips import over_time


def counted(view: View) -> Read:
    return Read(view.named("units"), "units")


def volume(view: View) -> Read:
    """Units of sought products in the time since the person was first seen."""
    return over_time(view.named("units"))


SIGNAL = Signal(
    name="stock",
    question="Does it buy more of the sought products than a household of its size uses up?",
    null="Given all that a household buys, and given the time, the units of sought products follow its own rate.",
    counts=(
        Count(
            "stock",
            counted,
            "units of sought products among all",
            "{count} of its units {are} of sought products; of as many, households have about {expected}, "
            "and 999 of 1,000 at most {most}",
            aspect="choice",
            controlled=True,
        ),
        Count(
            "volume",
            volume,
            "units of sought products",
            "{count} unit{s} of sought products; households have about {expected} in the same time, "
            "and 999 of 1,000 at most {most}",
            aspect="amount",
            controlled=True,
            unusual_too=True,
        ),
    ),
    innocent=(LARGE_FAMILY, GIFT_SEASON, OFFICE, ENTHUSIAST),
)
