"""Who is in the made market: households, customer-entrepreneurs, and those easily mistaken for them.

Everybody is a person with a household of their own; some also buy to resell. Roles are dealt at random, so
nothing but behaviour (and keys that a ring shares) tells them apart. How much a seller buys is Pareto over
more than three orders of magnitude, most of them small (P16, A07).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entrepot.simulation import places as where
from entrepot.simulation.calendar import Bools, Calendar, Floats, Ints
from entrepot.simulation.places import Places

KINDS = ("household", "stockist", "personal shopper", "ring", "wholesaler", "organisation")
TRAPS = (
    None,
    "large family",
    "gift season",
    "office",
    "registered twice",
    "flats",
    "launch fan",
    "parcel locker",
    "students",
    "friends",
)
ROLES = ("sole", "principal", "runner")
SHARES_PHONE, SHARES_PAYMENT, SHARES_ADDRESS = 1, 2, 4

SELLER_MIX = {"stockist": 0.41, "personal shopper": 0.4, "ring": 0.14, "wholesaler": 0.05}
TRAP_MIX = {
    "large family": 0.16,
    "gift season": 0.14,
    "office": 0.05,
    "registered twice": 0.17,
    "flats": 0.14,
    "launch fan": 0.07,
    "parcel locker": 0.14,
    "students": 0.06,
    "friends": 0.07,
}
_SIZES = {  # units a month: smallest, largest, Pareto exponent
    "stockist": (3.0, 15_000.0, 1.0),
    "personal shopper": (3.0, 900.0, 1.0),
    "ring": (15.0, 8_000.0, 1.0),
    "wholesaler": (60.0, 20_000.0, 1.1),
}
_LARGEST_SHARE = 0.4  # units a month of the largest seller, for each customer of the firm
_STRAW_BUYERS = 0.6
_RING_LARGEST = 40
_RING_OF_STRAW_BUYERS = 21
_STUDENTS_TOGETHER = 30


@dataclass(frozen=True)
class People:
    """Arrays by person. Days count from the window's first; `started` is −1 for who never resells."""

    kind: Ints
    trap: Ints
    actor: Ints
    role: Ints
    shares: Ints  # bits: which keys a ring's members have in common
    joined: Ints
    left: Ints
    started: Ints
    units_a_month: Floats  # bought to resell, by the sole seller or the principal
    everyday: Floats  # how much of a household's buying happens here, 1 for most
    heaviness: Floats  # how much a household uses, 1 on average, heavy-tailed
    home: Ints
    hour: Floats
    bilingual: Bools  # writes the name in two scripts

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.kind)

    @property
    def resells(self) -> Bools:
        """Whether each person buys to resell, or for a ring that does."""
        return (self.kind > 0) & (self.kind < KINDS.index("organisation"))

    def of_kind(self, kind: str) -> Ints:
        """The persons of one kind."""
        return np.flatnonzero(self.kind == KINDS.index(kind))

    def of_trap(self, trap: str) -> Ints:
        """The persons of one trap."""
        return np.flatnonzero(self.trap == TRAPS.index(trap))


def truncated_pareto(
    rng: np.random.Generator, count: int, low: float, high: float, exponent: float
) -> Floats:
    """`count` draws between `low` and `high` with density ∝ x^−(exponent + 1).

    >>> draws = truncated_pareto(np.random.default_rng(0), 1000, 3, 15_000, 0.8)
    >>> bool(draws.min() >= 3), bool(draws.max() <= 15_000), bool(np.median(draws) < 10)
    (True, True, True)
    """
    u = rng.random(count)
    return np.asarray(low * (1 - u * (1 - (low / high) ** exponent)) ** (-1 / exponent), float)


def _counts(total: int, mix: dict[str, float]) -> dict[str, int]:
    return {name: max(1, round(total * share)) if total else 0 for name, share in mix.items()}


def _ring_sizes(rng: np.random.Generator, rings: int, people: int) -> Ints:
    largest = float(np.clip(people // 40, 5, _RING_LARGEST))
    sizes = np.floor(truncated_pareto(rng, rings, 3, largest + 1, 1.1)).astype(np.int64)
    sizes[1:2] = min(_RING_OF_STRAW_BUYERS, int(largest))
    return sizes


def _heaviness(rng: np.random.Generator, count: int, heavy: float) -> Floats:
    """Gamma families, and a share of heavy households with a Pareto tail."""
    size = rng.gamma(5, 0.2, count)
    is_heavy = rng.random(count) < min(0.025 * heavy, 1.0)
    return np.where(is_heavy, size * truncated_pareto(rng, count, 1.6, 20, 1.4), size)


def _deal(rng: np.random.Generator, count: int, sellers: int, traps: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Kind, trap, actor and role of each person, dealt to a shuffled deck."""
    kind, trap, role = (np.zeros(count, np.int64) for _ in range(3))
    actor = np.arange(count)
    deck = rng.permutation(count)
    at = 0
    many = _counts(sellers, SELLER_MIX)
    for name in ("stockist", "personal shopper", "wholesaler"):
        kind[deck[at : at + many[name]]] = KINDS.index(name)
        at += many[name]
    for size in _ring_sizes(rng, many["ring"], count) if many["ring"] else []:
        members = deck[at : at + size]
        kind[members], actor[members], role[members] = KINDS.index("ring"), members[0], ROLES.index("runner")
        role[members[0]] = ROLES.index("principal")
        at += size
    for name, number in _counts(traps, TRAP_MIX).items():
        trap[deck[at : at + number]] = TRAPS.index(name)
        at += number
    kind[trap == TRAPS.index("office")] = KINDS.index("organisation")
    return kind, trap, actor, role


def _started(rng: np.random.Generator, calendar: Calendar, kind: Ints, actor: Ints) -> Ints:
    """More than half resell from before the window; the others, slow starters, from a day within it."""
    sells = (kind > 0) & (kind < KINDS.index("organisation"))
    later = rng.random(len(kind)) < 0.45
    day = np.where(later, rng.uniform(0.1, 0.75, len(kind)) * calendar.days, -rng.integers(2, 400, len(kind)))
    return np.where(sells, day.astype(np.int64)[actor], -1)


def _span(rng: np.random.Generator, calendar: Calendar, kind: Ints, started: Ints) -> tuple[Ints, Ints]:
    """From when to when each person is a customer at all; who resells was one before, and stays longer."""
    count = len(kind)
    old = rng.random(count) < 0.6
    joined = np.where(
        old, -rng.integers(1, 1500, count), (rng.random(count) * calendar.days * 0.95).astype(np.int64)
    )
    before = started - rng.integers(0, 500, count)
    joined = np.where(kind > 0, np.minimum(joined, before), joined)
    stays = rng.exponential(np.where(kind > 0, 4000, 900)).astype(np.int64) + 5
    return joined, np.minimum(np.maximum(np.maximum(joined, started), 0) + stays, calendar.days)


def _sizes(rng: np.random.Generator, kind: Ints) -> Floats:
    """Units a month; the largest seller grows with the market that it buys in."""
    units = np.zeros(len(kind))
    for name, (low, high, exponent) in _SIZES.items():
        here = np.flatnonzero(kind == KINDS.index(name))
        largest = float(np.clip(_LARGEST_SHARE * len(kind), 3 * low, high))
        units[here] = truncated_pareto(rng, len(here), low, largest, exponent)
    return units


def _everyday(rng: np.random.Generator, role: Ints, trap: Ints) -> Floats:
    """How much of an ordinary household's buying each person does here: straw buyers hardly any (R08)."""
    hired = (role == ROLES.index("runner")) & (rng.random(len(role)) < _STRAW_BUYERS)
    return np.where(hired, 0.1, np.where(trap == TRAPS.index("friends"), 2.0, 1.0))


def _together(
    rng: np.random.Generator, places: Places, trap: Ints, home: Ints, hour: Floats
) -> tuple[Ints, Floats]:
    """Students of one school have a store and an hour in common; friends go out to shop, not online."""
    who = np.flatnonzero(trap == TRAPS.index("students"))
    school = np.arange(len(who)) // _STUDENTS_TOGETHER
    schools = len(who) // _STUDENTS_TOGETHER + 1
    home, hour = home.copy(), hour.copy()
    home[who] = rng.integers(0, places.stores, schools)[school]
    hour[who] = rng.normal(16.5, 0.5, schools)[school]
    friends = np.flatnonzero(trap == TRAPS.index("friends"))
    home[friends] = rng.integers(0, places.stores, len(friends))
    return home, hour


def _shared_keys(rng: np.random.Generator, kind: Ints, actor: Ints, role: Ints) -> Ints:
    """Every second ring shares a phone, a card or an address; the others share no key at all (R08)."""
    shares = np.zeros(len(kind), np.int64)
    principals = np.flatnonzero((kind == KINDS.index("ring")) & (role == ROLES.index("principal")))
    shares[principals[::2]] = rng.integers(1, 8, len(principals[::2]))
    return np.where(kind == KINDS.index("ring"), shares[actor], 0)


def cast(
    rng: np.random.Generator,
    calendar: Calendar,
    places: Places,
    *,
    count: int,
    sellers: int,
    traps: int,
    heavy: float,
) -> People:
    """`count` people of whom `sellers` actors resell and `traps` persons are hard negatives.

    Rings count once among the sellers, however many their members.
    """
    kind, trap, actor, role = _deal(rng, count, sellers, traps)
    started = _started(rng, calendar, kind, actor)
    joined, left = _span(rng, calendar, kind, started)
    loyal = trap == TRAPS.index("friends")
    joined, left = np.where(loyal, np.minimum(joined, -1), joined), np.where(loyal, calendar.days, left)
    heaviness = _heaviness(rng, count, heavy)
    families = np.flatnonzero(trap == TRAPS.index("large family"))
    heaviness[families] = rng.uniform(2.5, 7, len(families))
    home, hour = where.usual(rng, places, count), where.usual_hours(rng, count)
    home, hour = _together(rng, places, trap, home, hour)
    return People(
        kind=kind,
        trap=trap,
        actor=actor,
        role=role,
        shares=_shared_keys(rng, kind, actor, role),
        joined=joined,
        left=left,
        started=started,
        units_a_month=_sizes(rng, kind),
        everyday=_everyday(rng, role, trap),
        heaviness=heaviness,
        home=home,
        hour=hour,
        bilingual=rng.random(count) < 0.2,
    )
