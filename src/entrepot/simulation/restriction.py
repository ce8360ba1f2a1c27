"""A purchase limit in stores, and where it drives those who resell.

From one day on nobody gets more than a few units of one product in one order in a store. Most resale moves to
the web shop, where there is no limit (R04: "suddenly increased, and we found this surge uncommon"), while
households hardly notice. What was asked for beyond the limit is lost, and no till writes it down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.simulation.calendar import Bools, Ints
from entrepot.simulation.people import SHARES_ADDRESS, People
from entrepot.simulation.places import Places
from entrepot.simulation.purchases import Lines, Purchases, Trips

_MANY_DAYS = 1_000_000


@dataclass(frozen=True)
class Restriction:
    """In stores, from day `from_day` of the window: at most `units` of one product in one order."""

    from_day: int
    units: int = 10
    moves_share_0_1: float = 0.65  # of the trips to resell that would have gone to a store

    @property
    def note(self) -> str:
        """The rule in words."""
        return f"at most {self.units} units of one product in one order in stores"

    def binds(self, made: Trips, places: Places) -> Bools:
        """The trips to stores from the day on."""
        return (made.day >= self.from_day) & (made.place < places.stores)

    def moved(self, rng: np.random.Generator, people: People, places: Places, part: Purchases) -> Purchases:
        """The same purchases, most of those to resell in the web shop instead of in stores."""
        made, bought = part
        resells = np.zeros(made.count, bool)
        resells[bought.trip[bought.to_resell]] = True
        occasion = np.unique(people.actor[made.person] * _MANY_DAYS + made.day, return_inverse=True)[1]
        drawn = rng.random(made.count)[occasion]  # a ring moves as one
        moves = resells & self.binds(made, places) & (drawn < self.moves_share_0_1)
        to_head = moves & (people.shares[made.person] & SHARES_ADDRESS > 0)
        ship_to = np.where(to_head, people.actor[made.person], made.ship_to)
        return Trips(
            made.person, made.minute, np.where(moves, places.web, made.place), made.payer, ship_to
        ), bought

    def trimmed(self, places: Places, part: Purchases) -> Purchases:
        """The same purchases with no line in a store beyond the limit."""
        made, bought = part
        bound = self.binds(made, places)[bought.trip]
        quantity: Ints = np.where(bound, np.minimum(bought.quantity, self.units), bought.quantity)
        return made, Lines(bought.trip, bought.product, quantity, bought.to_resell)
