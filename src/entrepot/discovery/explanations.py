"""What could explain a finding innocently, and what this buyer's own orders say for it or against it.

Each explanation is one function from facts (`circumstances`) to an answer: the orders speak for it, against it, or
do not tell, always with the number that decides. Thresholds stand here once, as named constants; between the one
for and the one against, the orders do not tell. Those that they speak for stand first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from entrepot.discovery.circumstances import Facts
from entrepot.discovery.signals import SIGNALS, Innocent
from entrepot.discovery.signals.contract import (
    ENTHUSIAST,
    FRIENDS,
    GIFT_SEASON,
    LARGE_FAMILY,
    NEIGHBOURS,
    OFFICE,
    REGISTERED_TWICE,
)
from entrepot.discovery.signals.lockstep import OPENING_FANS

MOST_EXPLANATIONS = 8
ALWAYS = (LARGE_FAMILY, OFFICE, GIFT_SEASON)
OF_SEVERAL_RECORDS, OF_SEVERAL_PERSONS = (REGISTERED_TWICE, NEIGHBOURS), (FRIENDS,)

SEASONAL, ALL_YEAR = 0.5, 0.25  # of the units, in the eight weeks before the year's end
FEWEST_MONTHS = 6  # with a purchase, before the season can be told
AS_MUCH_EVERYDAY, LITTLE_EVERYDAY = 0.8, 0.5  # part of its units, against that of other buyers
HOURS_OF_USE = 0.2  # of other buyers' orders in office hours; fewer, and the hours are not those of the place
AT_WORK, AT_LEISURE = 0.8, 0.6  # of the orders, on working days (in office hours, where times are there)
ONE_OF_EACH = 0.75  # of its products
AT_LAUNCHES, ON_OTHER_DAYS = 0.5, 0.2  # of the units, within three days of a launch
FEW_SHARED_DAYS, MANY_SHARED_DAYS = 6, 12
SMALL_PURCHASE_UNITS = 2.0
MOST_SHARE = 0.5  # of the records share a detail
FEWEST_NEIGHBOURS = 3  # records of other buyers at the same address
USUAL_PURCHASES = 1.5  # times the units a purchase of other buyers


@dataclass(frozen=True)
class Answer:
    """What the orders say of an explanation: `stance` is for, against, or unknown."""

    stance: str
    sentence: str


def for_it(sentence: str) -> Answer:
    return Answer("for", sentence)


def against_it(sentence: str) -> Answer:
    return Answer("against", sentence)


def untold(sentence: str) -> Answer:
    return Answer("unknown", f"The orders do not tell: {sentence}")


def explained(signals: Sequence[str], own: Facts, others: Facts) -> list[tuple[str, Answer]]:
    """The explanations of an actor for whom `signals` speak, by name, with what its orders say of each.

    Those that its orders speak for come first, then those of which they do not tell.

    >>> own = {"customers": 1, "persons": 1, "units": 40, "months": 3, "season_units": 30, "everyday_units": 4,
    ...        "orders": 4, "timed_orders": 0, "weekday_orders": 2}
    >>> for name, answer in explained(["depth"], own, {"units": 100, "everyday_units": 50}):
    ...     print(f"{name}, {answer.stance}: {answer.sentence}")
    gift season, for: 75 % of its units were bought in the eight weeks before the year's end.
    large family, against: 10 % of its units are everyday goods; of other buyers' units 50 % are.
    office or club, against: 10 % of its units are everyday goods; of other buyers' units 50 % are.
    """
    found = {i.name: i for i in _asked(signals, own)}
    answers = [(name, _answer(innocent, own, others)) for name, innocent in found.items()]
    order = ("for", "unknown", "against")
    answers.sort(key=lambda pair: order.index(pair[1].stance))
    return answers[:MOST_EXPLANATIONS]


def _asked(signals: Sequence[str], own: Facts) -> list[Innocent]:
    """Those that fit the actor: of one record nothing was joined, one person has no friends in it."""
    raised = [i for signal in SIGNALS if signal.name in signals for i in signal.innocent]
    several = [
        *(OF_SEVERAL_RECORDS if own["customers"] > 1 else ()),
        *(OF_SEVERAL_PERSONS if own["persons"] > 1 else ()),
    ]
    idle = {*OF_SEVERAL_RECORDS, *OF_SEVERAL_PERSONS} - set(several)
    if own.get("launch_units") is not None and "pace" in signals:
        raised.append(OPENING_FANS)
    return [i for i in (*ALWAYS, *several, *raised) if i not in idle]


def _answer(innocent: Innocent, own: Facts, others: Facts) -> Answer:
    if innocent.name in ANSWERS:
        return ANSWERS[innocent.name](own, others)
    return untold(
        f"for it would speak that {innocent.speaks_for}; against it, that {innocent.speaks_against}."
    )


def gift_season(own: Facts, others: Facts) -> Answer:
    part = own["season_units"] / own["units"]
    said = f"{_share(part)} of its units were bought in the eight weeks before the year's end"
    if part >= SEASONAL:
        return for_it(f"{said}.")
    if part < ALL_YEAR and own["months"] >= FEWEST_MONTHS:
        return against_it(f"{said}; it bought in {_n(own['months'], 'month')}.")
    return untold(f"{said}, in {_n(own['months'], 'month')} with a purchase.")


def large_family(own: Facts, others: Facts) -> Answer:
    said, ratio = _everyday(own, others)
    if ratio >= AS_MUCH_EVERYDAY and own["most"] > others["most"]:
        return untold(f"{said} Yet it bought {_n(own['most'], 'unit')} of one product.")
    if ratio >= AS_MUCH_EVERYDAY:
        return for_it(said)
    return against_it(said) if ratio < LITTLE_EVERYDAY else untold(said)


def office(own: Facts, others: Facts) -> Answer:
    said, ratio = _everyday(own, others)
    if ratio < LITTLE_EVERYDAY:
        return against_it(said)
    usual = others.get("office_orders", 0) / max(others.get("timed_orders", 0), 1)
    timed = own["timed_orders"] > 0 and usual >= HOURS_OF_USE
    orders, of = (
        (own["office_orders"], own["timed_orders"]) if timed else (own["weekday_orders"], own["orders"])
    )
    hours = "Monday to Friday between 9 and 18 h" if timed else "Monday to Friday"
    said = f"{orders:,} of its {_n(of, 'order')} came {hours}, and {said}"
    part = orders / of
    if part >= AT_WORK and ratio >= AS_MUCH_EVERYDAY:
        return for_it(said)
    return against_it(said) if part < AT_LEISURE else untold(said)


def _everyday(own: Facts, others: Facts) -> tuple[str, float]:
    """The sentence on everyday goods, and its part of them against that of the other buyers."""
    mine, usual = own["everyday_units"] / own["units"], others["everyday_units"] / max(others["units"], 1e-9)
    said = f"{_share(mine)} of its units are everyday goods; of other buyers' units {_share(usual)} are."
    return said, mine / usual if usual else (LITTLE_EVERYDAY + AS_MUCH_EVERYDAY) / 2


def enthusiast(own: Facts, others: Facts) -> Answer:
    part = own["singles"] / own["products"]
    if own["most"] > others["most"]:
        return against_it(
            f"It bought {_n(own['most'], 'unit')} of one product; 99 of 100 other buyers have at most "
            f"{others['most']:,.0f} of any."
        )
    said = (
        f"of {_share(part)} of its {_n(own['products'], 'product')} it bought one unit, "
        f"of none more than {own['most']:,.0f}."
    )
    return for_it(said[0].upper() + said[1:]) if part >= ONE_OF_EACH else untold(said)


def registered_twice(own: Facts, others: Facts) -> Answer:
    share = max(own.get("hand_records") or 0, own.get("door_records") or 0)
    if not share:
        return against_it(
            f"Its {own['customers']:,} records share neither address nor telephone, e-mail, card or device."
        )
    said = f"{_records(share, own)} share an address, telephone, e-mail, card or device"
    if own["persons"] > 1 or share < MOST_SHARE * own["customers"]:
        return untold(f"{said[0].lower()}{said[1:]}.")
    return for_it(f"{said}; they are counted as one household already.")


def neighbours(own: Facts, others: Facts) -> Answer:
    hand, door, near = (own.get(name) or 0 for name in ("hand_records", "door_records", "at_door"))
    if hand:
        return against_it(f"{_records(hand, own)} share a telephone, e-mail, card or device.")
    if door and near >= FEWEST_NEIGHBOURS:
        return for_it(
            f"{door:,} of its records share an address and nothing else; {near:,} other records are there too."
        )
    return untold(
        f"{door:,} of its {own['customers']:,} records share an address, and {near:,} other records are there."
    )


def _records(number: int, own: Facts) -> str:
    return f"{'All' if number == own['customers'] else f'{number:,}'} of its {own['customers']:,} records"


def friends(own: Facts, others: Facts) -> Answer:
    days, units = own.get("shared_days") or 0, own["units"] / own["purchases"]
    said = f"on {_n(days, 'day')} two of them or more bought the same product, and a purchase has {units:.1f} units."
    if days <= FEW_SHARED_DAYS and units <= SMALL_PURCHASE_UNITS:
        return for_it(said[0].upper() + said[1:])
    return against_it(said[0].upper() + said[1:]) if days >= MANY_SHARED_DAYS else untold(said)


def opening_fans(own: Facts, others: Facts) -> Answer:
    if own.get("launch_units") is None:
        return untold("no launch is known.")
    part = own["launch_units"] / own["units"]
    said = f"{_share(part)} of its units were bought within three days of a launch."
    if part >= AT_LAUNCHES:
        return for_it(said)
    return against_it(said) if part < ON_OTHER_DAYS else untold(said)


def moved_house(own: Facts, others: Facts) -> Answer:
    mine, usual = own["units"] / own["purchases"], others["units"] / max(others["purchases"], 1)
    said = f"a purchase has {mine:.1f} units; other buyers' have {usual:.1f}."
    return untold(said) if mine <= USUAL_PURCHASES * usual else against_it(said[0].upper() + said[1:])


ANSWERS: Mapping[str, Callable[[Facts, Facts], Answer]] = {
    GIFT_SEASON.name: gift_season,
    LARGE_FAMILY.name: large_family,
    OFFICE.name: office,
    ENTHUSIAST.name: enthusiast,
    REGISTERED_TWICE.name: registered_twice,
    NEIGHBOURS.name: neighbours,
    FRIENDS.name: friends,
    OPENING_FANS.name: opening_fans,
    "moved house or changed habits": moved_house,
}
"""Who answers for which explanation; a new one without an answer says what would speak for and against it."""


def _share(part_0_1: float) -> str:
    return "under 1 %" if 0 < part_0_1 < 0.005 else f"{part_0_1:.0%}".replace("%", " %")


def _n(number: float, one: str) -> str:
    return f"{number:,.0f} {one}" + ("" if round(number) == 1 else "s")
