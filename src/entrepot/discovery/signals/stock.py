"""Stock: more units of the same sought products over the window than its own consumption explains.

Counted are the units of sought products beyond the first of each; the exposure is everything that the person
bought, so that a large family, which buys more of everything, is compared with large families.
"""

import ibis.expr.types as ir

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


def counted(view: View) -> ir.Table:
    sums = view.sums
    beyond_first = (sums.units_sought - sums.different_sought).clip(lower=0)
    return sums.select("person", "half", count=beyond_first, exposure=sums.units)


def counted_controls(view: View) -> ir.Table:
    """The same of products that nobody seeks: what the evidence would be if there were no reseller."""
    sums = view.sums
    beyond_first = (sums.units_control - sums.different_control).clip(lower=0)
    return sums.select("person", "half", count=beyond_first, exposure=sums.units)


def volume(view: View) -> ir.Table:
    """Units of sought products in the time since the person was first seen."""
    return over_time(view, view.sums.units_sought)


def volume_of_controls(view: View) -> ir.Table:
    """The same of products that nobody seeks."""
    return over_time(view, view.sums.units_control)


SIGNAL = Signal(
    name="stock",
    question="Does it buy more of the same sought products than a household of its size uses up?",
    null="Given all that a household buys, the units of sought products beyond the first of each follow its own rate.",
    counts=(
        Count(
            "stock",
            counted,
            "units of sought products beyond the first of each",
            "{count} units of sought products beyond the first of each; households that buy as much "
            "have about {expected}, and 999 of 1,000 at most {most}",
            control=counted_controls,
        ),
        Count(
            "volume",
            volume,
            "units of sought products",
            "{count} units of sought products; households have about {expected} in the same time, "
            "and 999 of 1,000 at most {most}",
            control=volume_of_controls,
        ),
    ),
    innocent=(LARGE_FAMILY, GIFT_SEASON, OFFICE, ENTHUSIAST),
    weight=0.40,
)
