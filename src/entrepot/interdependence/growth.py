"""Where growth came from: the change between two periods, split by who brought it (P02).

The parts are what households who bought in the earlier period bought more or less, what households new since then
bought, what customer-entrepreneurs bought more or less, and the rest: baskets without identity and declared
businesses. They add up to the change of the firm's revenue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from entrepot.errors import InputError, Mistake
from entrepot.interdependence.ground import Array, Ground, interval

PARTS = ("existing households", "new households", "customer-entrepreneurs", "other")
GROWTH = {
    "period_from": pa.date32(), "period_until": pa.date32(), "against_from": pa.date32(), "against_until": pa.date32(),
    "part": pa.string(), "amount": pa.float64(), "amount_low": pa.float64(), "amount_high": pa.float64(),
}  # fmt: skip
YEAR = 365
SLACK_DAYS = 7  # the first order of a shop need not fall on the first day of its data
FEWEST_DAYS = 28  # of a period that is compared with another


@dataclass(frozen=True)
class Period:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def usual_periods(since: date, until: date) -> tuple[Period, Period] | None:
    """The last year and the one before it; of shorter data the later half and the one before; None below 8 weeks.

    >>> [str(p.start) for p in usual_periods(date(2024, 1, 1), date(2025, 12, 31))]
    ['2025-01-01', '2024-01-02']
    """
    days = min(YEAR, ((until - since).days + 1) // 2)
    if days < FEWEST_DAYS:
        return None
    middle = until - timedelta(days=days)
    return Period(middle + timedelta(days=1), until), Period(middle - timedelta(days=days - 1), middle)


def _before(period: Period) -> Period:
    return Period(period.start - timedelta(days=period.days), period.start - timedelta(days=1))


def growth(ground: Ground, period: Period | None = None, against: Period | None = None) -> pa.Table:
    """One row a part (`GROWTH`): how much of the change of revenue from `against` to `period` is its own.

    By default the last year against the one before, or the two halves of shorter data; a `period` alone against as
    many days before it. No rows where the data are shorter than eight weeks. Raises `InputError` where a period lies
    outside the data, reaches more than a week beyond them, or lies before the other.
    """
    if period is None or against is None:
        usual = usual_periods(ground.since, ground.until)
        if usual is None:
            return pa.schema(GROWTH).empty_table()
        period = period or usual[0]
        against = against or _before(period)
    _stop_if_unusable(ground, period, against)
    now, theirs, started = _parts(ground, period, against)
    before, theirs_before, _ = _parts(ground, against, against)
    change = {part: now[part] - before[part] for part in now}
    gained = theirs - theirs_before
    who = ground.suspects
    business, drawn = float(gained @ who.weight), gained @ who.draws
    new_ones, drawn_new = _new_ones(ground, now, theirs, started)
    new_all = change["new"] + float(started.sum())
    existing_all = change["existing"] + float(gained.sum() - started.sum())
    points = (existing_all - (business - new_ones), new_all - new_ones, business, change["other"])
    draws = (
        existing_all - (drawn - drawn_new),
        new_all - drawn_new,
        drawn,
        np.full(ground.draws, change["other"]),
    )
    ends = {
        "period_from": period.start, "period_until": period.end,
        "against_from": against.start, "against_until": against.end,
    }  # fmt: skip
    rows = []
    for part, point, values in zip(PARTS, points, draws, strict=True):
        low, high = interval(values)
        rows.append(
            {**ends, "part": part, "amount": point, "amount_low": float(low), "amount_high": float(high)}
        )
    return pa.Table.from_pylist(rows, pa.schema(GROWTH))


def _new_ones(ground: Ground, now: dict[str, float], theirs: Array, started: Array) -> tuple[float, Array]:
    """What customer-entrepreneurs new in the period bought: the estimate, and one value a draw.

    How many of those too small to be seen are new is not known: a draw takes up to half more or fewer of them than if
    they were new as often as households are.
    """
    who = ground.suspects
    new = now["new"] / max(now["new"] + now["existing"], 1e-9)
    unseen = theirs @ (who.draws - np.minimum(who.draws, 1.0))
    times = np.random.default_rng([ground.seed, 4]).uniform(-0.5, 0.5, ground.draws)
    return float(started @ who.weight), started @ who.draws + new * times * unseen


def _parts(ground: Ground, period: Period, against: Period) -> tuple[dict[str, float], Array, Array]:
    """Revenue in `period`: of households that bought by the end of `against`, of others, of the rest, and of each
    suspect; and the last for those suspects only who began after `against`."""
    row = ground.amounts
    inside = row.filter(row.day.between(period.start, period.end))
    household, other = inside.part == "household", inside.part.isin(["sell-in", "without identity"])
    late = inside.first_on > against.end
    added = ground.engine.fetch(
        inside.aggregate(
            existing=inside.revenue.sum(where=household & ~late), new=inside.revenue.sum(where=household & late),
            other=inside.revenue.sum(where=other),
        )
    ).to_pylist()[0]  # fmt: skip
    mine = (
        inside.filter(inside.who >= 0)
        .group_by("who")
        .agg(revenue=inside.revenue.sum(), late=(inside.first_on > against.end).max())
    )
    rows = ground.engine.fetch(mine)
    suspects, starters = np.zeros(len(ground.suspects.actor_id)), np.zeros(len(ground.suspects.actor_id))
    at = rows["who"].to_numpy().astype(int)
    suspects[at] = rows["revenue"].to_numpy()
    starters[at] = rows["revenue"].to_numpy() * rows["late"].to_numpy(zero_copy_only=False)
    return {name: value or 0.0 for name, value in added.items()}, suspects, starters


def _stop_if_unusable(ground: Ground, period: Period, against: Period) -> None:
    data = f"days from {ground.since} to {ground.until}"
    named = (("period", period), ("period to compare with", against))
    mistakes = [
        Mistake(f"the {name} lies outside the data", f"{p.start} to {p.end}", data, "no orders there",
                "choose days within")
        for name, p in named
        if p.end < ground.since or p.start > ground.until
    ]  # fmt: skip
    mistakes += [
        Mistake(f"the {name} reaches beyond the data", f"{p.start} to {p.end}", data,
                "days without orders, which would look like a change", "choose days within")
        for name, p in named
        if p.start <= ground.until and p.end >= ground.since and p.start <= p.end
        and max((ground.since - p.start).days, (p.end - ground.until).days) > SLACK_DAYS
    ]  # fmt: skip
    mistakes += [
        Mistake(f"the {name} ends before it begins", expected="FROM..UNTIL", got=f"{p.start}..{p.end}")
        for name, p in named
        if p.end < p.start
    ]
    if against.end >= period.start:
        mistakes.append(
            Mistake(
                "the two periods overlap",
                expected=f"a period that ends before {period.start}",
                got=f"{against.start}..{against.end}",
            )
        )
    if mistakes:
        raise InputError(*mistakes)
