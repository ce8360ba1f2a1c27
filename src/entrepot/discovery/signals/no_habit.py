"""No habit: many different sought products, each for once, where households repeat what they like.

Counted are the different sought products; the exposure is all different products. Repeating one product a
hundred times adds nothing here (that is stock), so a household that is loyal to one thing does not stand out.
"""

from entrepot.discovery.purchases import Read
from entrepot.discovery.signals.contract import ENTHUSIAST, FRIENDS, GIFT_SEASON, Count, Signal, View
from entrepot.discovery.signals.trips import over_time


def counted(view: View) -> Read:
    return Read(view.named("different") if view.seen_to_be_resold else "different_dear", "different")


def variety(_: View) -> Read:
    """Different products in the time since the person was first seen."""
    return over_time("different")


SIGNAL = Signal(
    name="no habit",
    question="Does it buy many different sought products, where households repeat what they like?",
    null="Given how many different products a household buys, the sought ones among them follow its own rate.",
    counts=(
        Count(
            "no habit",
            counted,
            "different sought products",
            "{count} different sought product{s}; households with as many different products have "
            "about {expected}, and 999 of 1,000 at most {most}",
            aspect="choice",
            controlled=True,
        ),
        Count(
            "variety",
            variety,
            "different products",
            "{count} different product{s}; households have about {expected} in the same time, and 999 "
            "of 1,000 at most {most}",
            aspect="amount",
            unusual_too=True,
        ),
    ),
    innocent=(ENTHUSIAST, GIFT_SEASON, FRIENDS),
)
