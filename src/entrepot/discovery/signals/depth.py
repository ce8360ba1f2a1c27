"""Depth: more units a purchase than households buy of these very products, given the mix.

Only sought products count: an office that buys soap by the dozen has an innocent reason that the orders show.
"""

from entrepot.discovery.purchases import Read
from entrepot.discovery.signals.contract import GIFT_SEASON, LARGE_FAMILY, OFFICE, Count, Signal, View


def counted(view: View) -> Read:
    return Read(view.named("extra"), view.named("usual_extra"))


SIGNAL = Signal(
    name="depth",
    question="Does it buy more units at a time than households buy of these very products?",
    null=(
        "Units above one in a purchase of sought products follow what households buy of the same products, "
        "at the household's own rate."
    ),
    counts=(
        Count(
            "depth",
            counted,
            "units above one a purchase",
            "{count} unit{s} of sought products beyond the first of a purchase; households with the same products have "
            "about {expected}, and 999 of 1,000 at most {most}",
            aspect="choice",
            controlled=True,
            unusual_too=True,
        ),
    ),
    innocent=(LARGE_FAMILY, GIFT_SEASON, OFFICE),
)
