"""The made market's goods: about two hundred cosmetics in nine categories.

Each category has its price, how long one unit lasts, and how many are bought at once (mask sheets by tens).
Within a category few products sell most. *Heroes* are what resellers seek; households like them too, so that
buying a hero says nothing by itself. New products and limited editions come on launch days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from entrepot.simulation.calendar import Bools, Calendar, Floats, Ints


@dataclass(frozen=True)
class Category:
    """One kind of goods: `packs` says how common it is to buy so many units; `everyday` ones offices use."""

    name: str
    products: int
    price: float
    lasts_days: float
    packs: Mapping[int, float]
    share: float
    heroes: int = 0
    launches_a_year: int = 0
    everyday: bool = False


ONE = {1: 0.89, 2: 0.09, 3: 0.02}
CATEGORIES = (
    Category("serum", 26, 48.0, 80, ONE, 0.15, heroes=3, launches_a_year=2),
    Category("cream", 26, 40.0, 85, ONE, 0.14, heroes=2, launches_a_year=1),
    Category(
        "mask sheet",
        34,
        2.4,
        4,
        {1: 0.22, 2: 0.12, 3: 0.06, 5: 0.2, 10: 0.32, 20: 0.06, 30: 0.02},
        0.13,
        heroes=2,
    ),
    Category("cleansing foam", 20, 11.0, 60, {1: 0.82, 2: 0.14, 3: 0.04}, 0.13, heroes=1, everyday=True),
    Category("toner", 20, 21.0, 75, ONE, 0.11),
    Category("sun cream", 20, 19.0, 70, {1: 0.85, 2: 0.13, 3: 0.02}, 0.1, heroes=1),
    Category("make-up", 32, 16.0, 120, {1: 0.83, 2: 0.13, 3: 0.04}, 0.13, heroes=2, launches_a_year=2),
    Category("hand and body", 16, 9.0, 50, {1: 0.76, 2: 0.18, 3: 0.04, 5: 0.02}, 0.08, everyday=True),
    Category("gift set", 8, 72.0, 365, {1: 0.84, 2: 0.12, 3: 0.04}, 0.03, heroes=1),
)
_MARKETS = (("CN", 1.45), ("JP", 1.15), ("US", 1.3), ("KR", 1.0))
_LIMITED_WEEKS = 13


@dataclass(frozen=True)
class Catalogue:
    """Arrays by product, sorted by category; `popularity` (weeks × products) is what households choose by."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    category: Ints
    price_cents: Ints
    cost_cents: Ints
    lasts_days: Floats
    popularity: Floats
    sought: Floats  # weeks × products: what resellers choose by
    hero: Bools
    everyday: Bools
    launch_day: Ints  # -1: sold from the first day on
    limited: Bools
    first_of: Ints  # where each category begins, and the end

    @property
    def size(self) -> int:
        """How many products there are."""
        return len(self.ids)


def _prices(rng: np.random.Generator, category: Category) -> Ints:
    around = category.price * rng.lognormal(0, 0.35, category.products)
    return (np.ceil(around * 2) / 2 * 100 - 10).clip(min=90).astype(np.int64)


def _launch_days(rng: np.random.Generator, calendar: Calendar, category: Category) -> Ints:
    days = np.full(category.products, -1, np.int64)
    launches = min(round(category.launches_a_year * calendar.days / 365), category.products // 2)
    latest = max(calendar.weeks - 2, 2)
    days[category.heroes : category.heroes + launches] = 7 * rng.integers(1, latest, launches)
    return days


def _base_popularity(rng: np.random.Generator, category: Category) -> Floats:
    zipf = (1.5 + np.arange(category.products)) ** -0.9 * rng.lognormal(0, 0.25, category.products)
    return np.asarray(category.share * zipf / zipf.sum(), float)


def _on_sale(calendar: Calendar, launch_day: Ints, limited: Bools) -> Floats:
    """Weeks × products: 0 where not sold, else the boost of being new."""
    age = np.arange(calendar.weeks)[:, None] - launch_day[None, :] // 7
    new = launch_day >= 0
    boost = 1 + 3.0 * np.exp(-np.clip(age, 0, None) / 3)
    sold = (age >= 0) & ~(limited & (age >= _LIMITED_WEEKS))
    return np.where(new, np.where(sold, boost, 0.0), 1.0)


def _seasons(calendar: Calendar, category: Ints) -> Floats:
    """Weeks × products: gift sets in the gift season, sun cream in summer."""
    first_days = np.minimum(np.arange(calendar.weeks) * 7, calendar.days - 1)
    year = 2 * np.pi * (first_days + calendar.starts_on.timetuple().tm_yday - 172) / 365.25
    weeks = np.ones((calendar.weeks, len(CATEGORIES)))
    weeks[:, _index("gift set")] = np.where(calendar.gift_season[first_days], 4.0, 0.7)
    weeks[:, _index("sun cream")] = 1 + 0.7 * np.cos(year)
    return weeks[:, category]


def _index(name: str) -> int:
    return [c.name for c in CATEGORIES].index(name)


def _names(category: Category, limited: Bools) -> list[str]:
    edition = ["limited edition" if one else "no. " + str(n + 1) for n, one in enumerate(limited)]
    return [f"{category.name.capitalize()} {e}" for e in edition]


def make(rng: np.random.Generator, calendar: Calendar) -> Catalogue:
    """The catalogue of one market, drawn from `rng`."""
    category = np.repeat(np.arange(len(CATEGORIES)), [c.products for c in CATEGORIES])
    place = np.concatenate([np.arange(c.products) for c in CATEGORIES])
    heroes = np.array([c.heroes for c in CATEGORIES])[category]
    launch_day = np.concatenate([_launch_days(rng, calendar, c) for c in CATEGORIES])
    limited = (launch_day >= 0) & (place % 2 == heroes % 2)
    price = np.concatenate([_prices(rng, c) for c in CATEGORIES])
    base = np.concatenate([_base_popularity(rng, c) for c in CATEGORIES])
    sold = _on_sale(calendar, launch_day, limited)
    hero = (place < heroes) | limited
    wanted = np.where(hero, 1.0, np.where(place < 8, 0.12, 0.01)) * rng.lognormal(0, 0.5, len(place))
    names = [n for i, c in enumerate(CATEGORIES) for n in _names(c, limited[category == i])]
    return Catalogue(
        ids=tuple(
            f"{CATEGORIES[c].name.replace(' ', '-').upper()}-{p + 1:02d}"
            for c, p in zip(category, place, strict=True)
        ),
        names=tuple(names),
        category=category,
        price_cents=price,
        cost_cents=(price * rng.uniform(0.25, 0.45, len(price))).astype(np.int64),
        lasts_days=np.array([c.lasts_days for c in CATEGORIES])[category],
        popularity=base * sold * _seasons(calendar, category),
        sought=wanted * sold,
        hero=hero,
        everyday=np.array([c.everyday for c in CATEGORIES])[category] & ~hero,
        launch_day=launch_day,
        limited=limited,
        first_of=np.concatenate([[0], np.cumsum([c.products for c in CATEGORIES])]),
    )


def offers(rng: np.random.Generator, catalogue: Catalogue) -> list[tuple[int, str, int]]:
    """Prices in other markets: `(product, market, price_cents)`; heroes sell dearer away from home."""
    rows = []
    for market, level in _MARKETS:
        gap = np.where(catalogue.hero & (level > 1), level + 0.2, 1 + (level - 1) * 0.3)
        prices = catalogue.price_cents * gap * rng.lognormal(0, 0.06, catalogue.size)
        rows += [(p, market, int(c)) for p, c in enumerate(prices)]
    return rows


def pick(rng: np.random.Generator, weights: Floats, week: Ints) -> Ints:
    """One product for each entry of `week`, drawn by the row of `weights` (weeks × products) of that week."""
    cumulative = np.cumsum(weights, axis=1)
    cumulative = cumulative / cumulative[:, -1:] + np.arange(len(weights))[:, None]
    found = np.searchsorted(cumulative.ravel(), week + rng.random(len(week)) * (1 - 1e-12), side="right")
    return found - week * weights.shape[1]


def pick_within(rng: np.random.Generator, catalogue: Catalogue, week: Ints, category: Ints) -> Ints:
    """One product of the given `category` for each entry of `week`, by the popularity of that week."""
    padded = np.pad(np.cumsum(catalogue.popularity, axis=1), ((0, 0), (1, 0)))
    low, high = padded[week, catalogue.first_of[category]], padded[week, catalogue.first_of[category + 1]]
    total = padded[:, -1]
    flat = (padded / total[:, None])[:, 1:] + np.arange(len(padded))[:, None]
    target = week + (low + (high - low) * rng.random(len(week)) * (1 - 1e-12)) / total[week]
    found = np.searchsorted(flat.ravel(), target, side="right") - week * catalogue.size
    return np.clip(found, catalogue.first_of[category], catalogue.first_of[category + 1] - 1)


def pack(rng: np.random.Generator, category: Ints) -> Ints:
    """Units bought at once, by the habits of each `category`."""
    units = np.zeros(len(category), np.int64)
    for index, one in enumerate(CATEGORIES):
        here = category == index
        chances = np.array(list(one.packs.values()))
        units[here] = rng.choice(list(one.packs), int(here.sum()), p=chances / chances.sum())
    return units
