"""What somebody who also buys to resell buys for itself: its own use, as a distribution.

Three things that households show say what to expect, and none is changed by what is bought to resell:

- *time*: what households buy who were first seen at about the same time;
- *days*: what households buy who shop on as many days. A business comes for its trade too, and buys for itself beside,
  so that its own use lies somewhere between the two: half of the weight is on either;
- *mix*: which part of what households buy is everyday goods. What is bought to resell has a part of everyday goods of
  its own, π, learned from the suspects: the weights of a few values of π are those that make what suspects bought most
  probable (Kiefer & Wolfowitz 1956; empirical Bayes, Efron 2010).

Given own use u of x units bought, everyday goods are a part (u/x)·s + (1 − u/x)·π, with s drawn from households. So
a business that stocks a few dear goods shows its own use by the everyday goods in its baskets. The first unit of a
person is not counted: without it nobody would be a customer, and it may have been for the trade. Who is a household is
not known either, so persons weigh by the probability that they are.

Persons of an actor add up level by level, as if all were light or all heavy buyers: whom a principal sends is alike.
docs/decisions/0019 says what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from entrepot.discovery.personal_use import Array

Ints = NDArray[np.int64]

LEVELS = np.array([0.0025, 0.02, 0.06, 0.12, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.94, 0.98, 0.9975])
SHARE_LEVELS = np.array([0.0125, 0.07, 0.2, 0.35, 0.5, 0.65, 0.8, 0.93, 0.9875])
RESOLD_SHARES = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.55, 0.9])  # π: everyday goods in what is resold
TIME_GROUPS, FEWEST_IN_GROUP = 12, 60.0  # households
GROUPS_AN_OCTAVE_OF_DAYS = 2
FEWEST_UNITS_FOR_MIX = 30.0
TIME_WEIGHT = 0.5  # the rest is on days
UNITS_AT_A_TIME = 6.0  # units come several at a time, so that their mix varies more than one by one
ROUNDS, DOUBT = 100, 0.2  # of a suspect, added to each π
ROWS_AT_ONCE = 2_000


def _weights(levels: Array) -> Array:
    return np.diff(np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]]))


LEVEL_WEIGHTS, SHARE_WEIGHTS = _weights(LEVELS), _weights(SHARE_LEVELS)
PRIOR = np.concatenate([TIME_WEIGHT * LEVEL_WEIGHTS, (1 - TIME_WEIGHT) * LEVEL_WEIGHTS])


@dataclass(frozen=True)
class Bought:
    """What is known of persons, one element a person or a cell of alike persons.

    `units` and `everyday` units of them, `time` since it was first seen (household shopping that has passed),
    `days` with a purchase, and `weight`: how many households these are.
    """

    units: Array
    everyday: Array
    time: Array
    days: Array
    weight: Array


@dataclass(frozen=True)
class Households:
    """How much households buy. `by_time` has one row a group of times up to `until`, `by_days` one a group of days,
    units a day; both one column a level. `shares`: everyday goods in what households buy, one a level of shares."""

    until: Array
    by_time: Array
    days: Array
    by_days: Array
    shares: Array

    def group_of(self, time: Array) -> Ints:
        """The number of the group of each time: within it nothing depends on the time."""
        return np.minimum(np.searchsorted(self.until, time), len(self.until) - 1)

    def own_use(self, time: Array, days: Array) -> Array:
        """Units of own use, one row a person: one column a level by time, then one a level by days."""
        of_time = self.by_time[self.group_of(time)]
        place = np.searchsorted(self.days, _group_of_days(days), side="right") - 1
        of_days = self.by_days[np.maximum(place, 0)] * days[:, None]
        return np.maximum(np.concatenate([of_time, of_days], axis=1) - 1, 0.0)


def households(seen: Bought) -> Households:
    """Read how much households buy, by time and by days, and which part of it is everyday goods."""
    until, by_time = _by_time(seen)
    days, by_days = _by_days(seen)
    mixed = seen.units >= FEWEST_UNITS_FOR_MIX
    told = mixed if seen.weight[mixed].sum() >= FEWEST_IN_GROUP else np.ones(len(mixed), bool)
    share = seen.everyday / np.maximum(seen.units, 1)
    return Households(until, by_time, days, by_days, _quantiles(share, seen.weight, told, SHARE_LEVELS))


def _by_time(seen: Bought) -> tuple[Array, Array]:
    """Up to which time each of a dozen equal groups of households reaches, fewer where few are there; and units."""
    order = np.argsort(seen.time, kind="stable")
    place, total = np.cumsum(seen.weight[order]), seen.weight.sum()
    many = int(np.clip(total // FEWEST_IN_GROUP, 1, TIME_GROUPS))
    last = np.searchsorted(place, total * np.arange(1, many) / many)
    until = np.append(np.unique(seen.time[order][last]), np.inf)
    group = np.searchsorted(until, seen.time)
    used = np.unique(group)
    return until[used], np.stack([_quantiles(seen.units, seen.weight, group == k) for k in used])


def _group_of_days(days: Array) -> Array:
    return np.rint(np.log2(np.maximum(days, 1)) * GROUPS_AN_OCTAVE_OF_DAYS)


def _by_days(seen: Bought) -> tuple[Array, Array]:
    """Groups of days with enough households, the others are like the next with fewer days; and units a day."""
    group, a_day = _group_of_days(seen.days), seen.units / np.maximum(seen.days, 1)
    enough = [k for k in np.unique(group) if seen.weight[group == k].sum() >= FEWEST_IN_GROUP]
    if not enough:
        return np.zeros(1), _quantiles(a_day, seen.weight, np.ones(len(group), bool))[None, :]
    return np.array(enough), np.stack([_quantiles(a_day, seen.weight, group == k) for k in enough])


def _quantiles(value: Array, weight: Array, those: NDArray[np.bool_], levels: Array = LEVELS) -> Array:
    order = np.argsort(value[those], kind="stable")
    value, weight = value[those][order], np.maximum(weight[those][order], 1e-9)
    return np.interp(levels, (np.cumsum(weight) - weight / 2) / weight.sum(), value)


@dataclass(frozen=True)
class Buyers:
    """What actors bought: `units`, `everyday` units, `persons`, and `own` use (`Households.own_use`), persons added."""

    units: Array
    everyday: Array
    persons: Array
    own: Array

    def parts(self) -> Iterator[Buyers]:
        """The same in parts of at most `ROWS_AT_ONCE` rows."""
        for at in range(0, len(self.units), ROWS_AT_ONCE):
            yield self.only(slice(at, at + ROWS_AT_ONCE))

    def only(self, those: NDArray[np.bool_] | slice) -> Buyers:
        """Some rows."""
        return Buyers(self.units[those], self.everyday[those], self.persons[those], self.own[those])


def resold_mix(suspects: Buyers, weight: Array, shares: Array) -> Array:
    """The weights of `RESOLD_SHARES` that make what `suspects` bought most probable; `weight`: how sure each is one."""
    weights = np.full(len(RESOLD_SHARES), 1 / len(RESOLD_SHARES))
    if not len(weight):
        return weights
    said = []
    for part in suspects.parts():
        possible = PRIOR * (part.own < part.units[:, None])
        said.append(np.einsum("au,aup->ap", possible, _likelihood(part, shares)))
    told = np.concatenate(said)
    for _ in range(ROUNDS):
        each = told * weights
        each /= np.maximum(each.sum(axis=1, keepdims=True), 1e-300)
        weights = (weight @ each + DOUBT) / (weight.sum() + DOUBT * len(weights))
    return weights


def _likelihood(actors: Buyers, shares: Array) -> Array:
    """P(everyday units | own use, π) up to a factor of each actor: actor × own use × π.

    The part of everyday goods varies between households; in an actor of n it varies by as much less as a mean of n.
    """
    x = actors.units[:, None, None, None]
    part = np.minimum(actors.own / actors.units[:, None], 1.0)[:, :, None, None]
    typical = float(SHARE_WEIGHTS @ shares)
    s = typical + (shares - typical)[None, :] / np.sqrt(actors.persons)[:, None]
    s, pi = s[:, None, None, :], RESOLD_SHARES[None, None, :, None]
    away = actors.everyday[:, None, None, None] - x * (part * s + (1 - part) * pi)
    variance = UNITS_AT_A_TIME * x * (part * s * (1 - s) + (1 - part) * pi * (1 - pi)) + 1.0
    logs = -0.5 * (away**2 / variance + np.log(variance))
    logs -= logs.max(axis=(1, 2, 3), keepdims=True)
    return np.exp(logs) @ SHARE_WEIGHTS


def ends(actors: Buyers, shares: Array, mix: Array, tails: tuple[float, ...]) -> list[Array]:
    """Own use of each actor: the middle, then for each of `tails` the lower end and the upper end.

    More own use than the upper end has the chance `tail`, be it more than was bought. Less than the lower end has it
    given that something was bought to resell, so that own use is less than what was bought.
    """
    parts = [_ends(part, shares, mix, tails) for part in actors.parts()]
    if not parts:
        return [np.zeros(0)] * (1 + 2 * len(tails))
    return [np.concatenate(values) for values in zip(*parts, strict=True)]


def _ends(actors: Buyers, shares: Array, mix: Array, tails: tuple[float, ...]) -> list[Array]:
    chance = PRIOR * (_likelihood(actors, shares) @ mix)
    order = np.argsort(actors.own, axis=1, kind="stable")
    own, chance = np.take_along_axis(actors.own, order, 1), np.take_along_axis(chance, order, 1)
    reached = (np.cumsum(chance, axis=1) - chance / 2) / chance.sum(axis=1, keepdims=True)
    all_below = _between(own, reached, actors.units)
    found = [_between(reached, own, np.full(len(own), 0.5))]
    for tail in tails:
        found.append(np.minimum(_between(reached, own, tail * all_below), actors.units))
        found.append(_between(reached, own, np.full(len(own), 1 - tail)))
    return found


def _between(at: Array, values: Array, asked: Array) -> Array:
    """Linear interpolation in each row: the value at `asked`, the first or last one outside of `at`."""
    place = np.clip((at < asked[:, None]).sum(axis=1), 1, at.shape[1] - 1)[:, None]
    left, right = np.take_along_axis(at, place - 1, 1), np.take_along_axis(at, place, 1)
    low, high = np.take_along_axis(values, place - 1, 1), np.take_along_axis(values, place, 1)
    share = np.clip((asked[:, None] - left) / np.maximum(right - left, 1e-12), 0.0, 1.0)
    return np.asarray((low + share * (high - low))[:, 0])
