"""When something was said, as exactly as it is known: an instant, a day, a month or a year.

A text says "2016"; to make an instant of that would be invention. Two moments that overlap have no order of their own:
then the order of the table tells.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Moment:
    """A span `begins`–`ends` of time within which it was; unknown is the whole of time.

    >>> Moment.read("2016") < Moment.read("2017-03"), Moment.read("2016") < Moment.read("2016-05")
    (True, False)
    """

    text: str = ""
    begins: datetime = FIRST
    ends: datetime = LAST

    @classmethod
    def read(cls, text: str) -> Moment:
        """The moment that `text` names (ISO: year, year-month, day or instant); `ValueError` where it names none."""
        text = text.strip()
        if not text:
            return cls()
        parts = text.split("-")
        if len(parts) == 1 and text.isdigit() and len(text) == 4:
            return cls._of_days(text, date(int(text), 1, 1), date(int(text), 12, 31))
        if len(parts) == 2 and all(part.isdigit() for part in parts):
            year, month = int(parts[0]), int(parts[1])
            return cls._of_days(
                text, date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
            )
        if len(text) == 10:
            return cls._of_days(text, date.fromisoformat(text), date.fromisoformat(text))
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return cls(text, at, at)

    @classmethod
    def _of_days(cls, text: str, first: date, last: date) -> Moment:
        return cls(text, datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC))

    def __lt__(self, other: Moment) -> bool:
        return self.ends < other.begins

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


UNKNOWN = Moment()
