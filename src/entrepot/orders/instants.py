"""When something happened: instants with a zone, days where the firm is, and dates that only look like times.

A column says what a clock showed (`as_written`), and sometimes in which zone. Where it names none, the caller
must; a day needs no zone. Exports often write a date as midnight: where midnight is a hundred times commoner
than a clock would make it, 00:00 is read as a date and never as a time of day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import ibis
import ibis.expr.types as ir

from entrepot.errors import InputError, Mistake

MIDNIGHT_SHARE = 0.02
"""Above this share of rows at exactly 00:00:00, midnight is a date; a fair clock makes one in 86,400."""

_FORMAT_PARTS = {
    "%Y": (r"(\d{4})", 0),
    "%y": (r"(\d{2})", 0),
    "%m": (r"(\d{1,2})", 1),
    "%d": (r"(\d{1,2})", 2),
    "%H": (r"(\d{1,2})", 3),
    "%M": (r"(\d{1,2})", 4),
    "%S": (r"(\d{1,2})", 5),
}


def zone(name: str) -> ZoneInfo:
    """The zone called `name`; raises `InputError` where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise InputError(
            Mistake("a time zone is unknown", "--timezone", "a name such as Europe/London or Asia/Seoul",
                    repr(name), "take a name of the IANA time zone list")
        ) from error  # fmt: skip


def check_zone(name: str | None) -> None:
    """Raises `InputError` where `name` is given and no zone."""
    if name:
        zone(name)


def check_format(time_format: str | None) -> None:
    """Raises `InputError` where `time_format` is given and does not say how a day is written."""
    if time_format is None:
        return
    pieces = [piece for piece in _pieces(time_format) if piece.startswith("%")]
    places = [_FORMAT_PARTS[piece][1] for piece in pieces if piece in _FORMAT_PARTS]
    if len(places) < len(pieces) or len(set(places)) < len(places) or not {0, 1, 2} <= set(places):
        raise InputError(
            Mistake("a way to write times cannot be used", "--time-format",
                    "each of %d %m %Y (or %y) once, with %H %M %S if there are times of day", repr(time_format),
                    "write it as the orders do, such as %d.%m.%Y or '%m/%d/%Y %H:%M'")
        )  # fmt: skip


def to_iso(text: ir.StringValue, time_format: str) -> ir.StringValue:
    """`text` written as `time_format` (%Y or %y, %m %d %H %M %S), turned into ISO order; other text stays."""
    pattern = ""
    places: dict[int, int] = {}
    for piece in _pieces(time_format):
        known = _FORMAT_PARTS.get(piece)
        pattern += known[0] if known else _escape(piece)
        if known:
            places[known[1]] = len(places) + 1
    clock = ":".join(f"\\{places[place]}" for place in (3, 4, 5) if place in places)
    day = "-".join(f"\\{places[place]}" for place in (0, 1, 2))
    day = f"20{day}" if "%y" in time_format else day
    return text.re_replace(f"^{pattern}$", f"{day} {clock}".strip())


def _pieces(time_format: str) -> list[str]:
    pieces, rest = [], time_format
    while rest:
        size = 2 if rest.startswith("%") else 1
        pieces.append(rest[:size])
        rest = rest[size:]
    return pieces


def _escape(character: str) -> str:
    return character if character.isalnum() else f"[{character}]"


def as_written(column: ir.Value, time_format: str | None = None) -> ir.TimestampValue:
    """What the clock showed, without its zone; null where it cannot be read."""
    kind = column.type()
    if kind.is_timestamp() or kind.is_date():
        return column.cast("timestamp")
    text = column.cast("string")
    return (to_iso(text, time_format) if time_format else text).try_cast("timestamp")


def instant(column: ir.Value) -> ir.TimestampValue:
    """The instant, where the column itself names a zone; else null."""
    unknown = ibis.null("timestamp('UTC')")
    kind = column.type()
    if kind.is_timestamp():
        return column.cast("timestamp('UTC')") if kind.timezone else unknown
    if kind.is_date():
        return unknown
    text = column.cast("string")
    tail = text.substr(10)
    zoned = tail.contains("+") | tail.contains("-") | tail.endswith("Z") | tail.endswith("UTC")
    tidy = text.re_replace(r"\s*([+-]\d{2}):?(\d{2})$", r"\1:\2")
    return zoned.ifelse(tidy, ibis.null("string")).try_cast("timestamp('UTC')")


def is_midnight(clock: ir.TimestampValue) -> ir.BooleanValue:
    return clock == clock.truncate("D")


def to_utc(wall: ir.TimestampValue, where: ZoneInfo, first: datetime, last: datetime) -> ir.TimestampValue:
    """The instant at which a clock in `where` showed `wall`; an hour shown twice is read as its first."""
    steps = [(change + before, offset) for change, before, offset in _changes(where, first, last)]
    return (wall - _offset(wall, where, first, steps)).cast("timestamp('UTC')")


def to_local(at: ir.TimestampValue, where: ZoneInfo, first: datetime, last: datetime) -> ir.TimestampValue:
    """What a clock in `where` shows at the instant `at`."""
    clock = at.cast("timestamp")
    steps = [(change, offset) for change, _, offset in _changes(where, first, last)]
    return clock + _offset(clock, where, first, steps)


def _offset(clock: ir.TimestampValue, where: ZoneInfo, first: datetime, steps: list) -> ir.IntervalValue:
    start = _offset_at(where, first - timedelta(days=2))
    seconds: ir.Value = ibis.literal(int(start.total_seconds()), "int64")
    if steps:
        branches, before = [], start
        for change, offset in steps:
            branches.append((clock < ibis.literal(change.replace(tzinfo=None)), int(before.total_seconds())))
            before = offset
        seconds = ibis.cases(*branches, else_=int(before.total_seconds())).cast("int64")
    return seconds.as_interval("s")


def _offset_at(where: ZoneInfo, utc: datetime) -> timedelta:
    return utc.replace(tzinfo=UTC).astimezone(where).utcoffset() or timedelta(0)


def _changes(where: ZoneInfo, first: datetime, last: datetime) -> list[tuple[datetime, timedelta, timedelta]]:
    """Each change of the offset between `first` and `last`: its instant (UTC, naive), before, after."""
    found = []
    at = first - timedelta(days=2)
    while at < last + timedelta(days=2):
        then = at + timedelta(days=7)
        before, after = _offset_at(where, at), _offset_at(where, then)
        if before != after:
            found.append((_bisect(where, at, then), before, after))
        at = then
    return found


def _bisect(where: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset_at(where, low)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if _offset_at(where, middle) == before else (low, middle)
    return high.replace(microsecond=0)


def day_after(day: date) -> datetime:
    """The first moment that is no longer `day`."""
    return datetime(day.year, day.month, day.day) + timedelta(days=1)
