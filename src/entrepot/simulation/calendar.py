"""The made market's days: weekdays, seasons, sales and feasts, as weights of how much is bought on each.

Days are counted from the first day of the window, weeks from day 0; a launch or a restock falls on the first
day of a week. Feasts that follow the moon are found by the mean new moon (Meeus 1998, chapter 49), which is
within a day of the almanac: near enough for a season, and right in any year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_NEW_MOON = datetime(2000, 1, 6, 18, 14)
_SYNODIC_DAYS = 29.530588853
_WEEKDAYS = np.array([0.85, 0.85, 0.9, 0.95, 1.1, 1.35, 1.2])
_SALE_DAYS = 7


@dataclass(frozen=True)
class Calendar:
    """`days` days from `starts_on`; `weight` is the buying on each day relative to a plain day."""

    starts_on: date
    days: int
    weight: Floats
    gift_season: Bools
    sale: Bools
    holidays: tuple[tuple[date, str], ...]

    @property
    def weeks(self) -> int:
        """Weeks that hold at least one day of the window."""
        return -(-self.days // 7)

    def day_of(self, day: date) -> int:
        """The number of days from the first day of the window to `day`."""
        return (day - self.starts_on).days


def _moon_after(day: date, phase_0_1: float) -> date:
    since = (
        datetime(day.year, day.month, day.day) - _NEW_MOON
    ).total_seconds() / 86_400 - phase_0_1 * _SYNODIC_DAYS
    cycles = -(-since // _SYNODIC_DAYS)
    at = _NEW_MOON + timedelta(days=(cycles + phase_0_1) * _SYNODIC_DAYS, hours=9)
    return at.date()


def lunar_new_year(year: int) -> date:
    """The new moon on or after 21 January.

    >>> lunar_new_year(2024)
    datetime.date(2024, 2, 10)
    """
    return _moon_after(date(year, 1, 21), 0.0)


def harvest_feast(year: int) -> date:
    """The full moon on or after 8 September (Chuseok, Mid-Autumn).

    >>> harvest_feast(2024)
    datetime.date(2024, 9, 18)
    """
    return _moon_after(date(year, 9, 8), 0.5)


def months_before(day: date, months: int) -> date:
    """The day after the same day `months` months earlier, so that the span up to `day` holds whole months.

    >>> months_before(date(2026, 3, 31), 24)
    datetime.date(2024, 4, 1)
    """
    month = day.year * 12 + day.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (following - first).days))


def _holidays(starts_on: date, days: int) -> tuple[tuple[date, str], ...]:
    years = range(starts_on.year - 1, starts_on.year + days // 365 + 3)
    feasts = [(lunar_new_year(y), "Lunar New Year") for y in years] + [
        (harvest_feast(y), "Harvest feast") for y in years
    ]
    until = starts_on + timedelta(days=days + 30)
    return tuple(sorted(f for f in feasts if starts_on - timedelta(days=30) <= f[0] <= until))


def _gift_days(dates: list[date], holidays: tuple[tuple[date, str], ...]) -> Bools:
    winter = np.array([d.month in (11, 12) or (d.month == 1 and d.day <= 7) for d in dates])
    before = [any(0 <= (feast - d).days <= 18 for feast, _ in holidays) for d in dates]
    return winter | np.array(before)


def make(starts_on: date, ends_on: date) -> Calendar:
    """The calendar from `starts_on` to `ends_on`, both included, with four sales a year."""
    days = (ends_on - starts_on).days + 1
    dates = [starts_on + timedelta(days=d) for d in range(days)]
    holidays = _holidays(starts_on, days)
    gifts = _gift_days(dates, holidays)
    sale = np.array([d.month in (3, 6, 9, 11) and 10 <= d.day < 10 + _SALE_DAYS for d in dates])
    weekday = _WEEKDAYS[[d.weekday() for d in dates]]
    return Calendar(starts_on, days, weekday * (1 + 0.35 * gifts) * (1 + 0.6 * sale), gifts, sale, holidays)
