"""Where the made market sells: stores with hours, a web shop that never closes, two duty-free shops.

People have a usual place and a usual hour and keep to them most of the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.simulation.calendar import Bools, Floats, Ints
from entrepot.simulation.purchases import DAY_MINUTES

_DUTY_FREE = 2
_CUSTOMERS_A_STORE = 2_000


@dataclass(frozen=True)
class Places:
    """Arrays by place: stores first, then the web shop, then duty-free."""

    ids: tuple[str, ...]
    channel: tuple[str, ...]
    opens: Ints  # minute of the day
    closes: Ints
    chance: Floats  # how common a place is as somebody's usual one

    @property
    def web(self) -> int:
        """The index of the web shop."""
        return self.channel.index("web")

    @property
    def stores(self) -> int:
        """How many stores there are: places 0 … stores − 1."""
        return self.web

    @property
    def physical(self) -> Ints:
        """Stores and duty-free shops."""
        return np.flatnonzero(np.arange(len(self.ids)) != self.web)


def make(rng: np.random.Generator, customers: int) -> Places:
    """As many stores as `customers` need, six at least, sizes by Zipf."""
    stores = int(np.clip(customers // _CUSTOMERS_A_STORE, 6, 300))
    ids = [f"S{n + 1:03d}" for n in range(stores)] + ["WEB"] + [f"DF{n + 1}" for n in range(_DUTY_FREE)]
    zipf = (2.0 + np.arange(stores)) ** -0.7
    chance = np.concatenate([0.6 * zipf / zipf.sum(), [0.36], np.full(_DUTY_FREE, 0.02)])
    opens = np.concatenate([rng.choice([570, 600, 600, 630], stores), [0], np.full(_DUTY_FREE, 540)])
    closes = np.concatenate(
        [rng.choice([1200, 1260, 1320], stores), [DAY_MINUTES], np.full(_DUTY_FREE, 1230)]
    )
    channel = ("store",) * stores + ("web",) + ("duty-free",) * _DUTY_FREE
    return Places(tuple(ids), channel, opens, closes, chance / chance.sum())


def usual(rng: np.random.Generator, places: Places, count: int) -> Ints:
    """A usual place for each of `count` people."""
    return rng.choice(len(places.ids), count, p=places.chance)


def usual_hours(rng: np.random.Generator, count: int) -> Floats:
    """A usual hour for each of `count` people: lunch time, the afternoon or after work."""
    centre = rng.choice([12.5, 15.0, 18.5], count, p=[0.3, 0.3, 0.4])
    return centre + rng.normal(0, 0.8, count)


def visit(rng: np.random.Generator, places: Places, home: Ints, loyalty: float = 0.8) -> Ints:
    """Where each trip goes: the usual place, or now and then another."""
    elsewhere = rng.choice(len(places.ids), len(home), p=places.chance)
    return np.where(rng.random(len(home)) < loyalty, home, elsewhere)


def minutes(rng: np.random.Generator, places: Places, place: Ints, day: Ints, hour: Floats) -> Ints:
    """The minute of each trip: around the usual hour, within opening hours."""
    about = (rng.normal(hour, 1.3) * 60).astype(np.int64)
    opens, closes = places.opens[place], places.closes[place]
    anywhen = opens + (rng.random(len(place)) * (closes - opens)).astype(np.int64)
    online = (about + 120 + rng.integers(-180, 180, len(place))) % DAY_MINUTES
    open_then: Bools = (about >= opens) & (about < closes)
    in_person = np.where(open_then, about, anywhen)
    return day * DAY_MINUTES + np.where(place == places.web, online, in_person)
