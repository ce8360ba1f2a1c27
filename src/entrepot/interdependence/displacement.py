"""Where buying goes after a restriction: from one channel into the others (R04, X11).

What a restriction moves is read off the suspects' own mix of channels: the part of their units that goes through a
channel in the weeks after, less that in the weeks before. Households are the control: what the season or a new shop
moves, it moves for them too. Some suspects are households and dilute what is seen, so it is divided by the suspects'
mean probability, each weighed as it is counted (Spearman's correction for attenuation, 1904). The same difference at
every other week of the data, where no restriction began, says how large it is by chance: from these placebo dates come
the interval and `placebo_rate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from scipy.special import stdtrit

from entrepot.interdependence.ground import LEVEL_0_1, Array, Ground

DISPLACEMENT = {
    "event_id": pa.string(), "from_channel": pa.string(), "to_channel": pa.string(), "effect": pa.float64(),
    "effect_low": pa.float64(), "effect_high": pa.float64(), "placebo_rate": pa.float64(), "placebo_dates": pa.int64(),
    "before_0_1": pa.float64(), "after_0_1": pa.float64(), "cannot_tell": pa.string(),
}  # fmt: skip
WEEKS, WEEK = 8, 7
FEWEST_PLACEBOS = 8
FEWEST_UNITS = 20.0  # of suspects, on either side


def displacement(ground: Ground, *, weeks: int = WEEKS) -> pa.Table:
    """One row a restriction with a channel and other channel (`DISPLACEMENT`).

    `effect`, in parts of the suspects' units (−1 to 1): by how much more of their buying goes through `to_channel` in
    the `weeks` after than in those before, beyond what households changed. `placebo_rate`: how often a date without
    a restriction shows as much. Where it cannot be told the row says why, and has no numbers.
    """
    events = ground.events
    if events is None or "channel" not in events.columns:
        return pa.schema(DISPLACEMENT).empty_table()
    restrictions = events.filter((events.kind == "restriction") & events.channel.notnull())
    rows, begun = [], _restrictions(ground)
    for event in ground.engine.fetch(restrictions.order_by("starts_on", "event_id")).to_pylist():
        rows += _after(ground, event, weeks * WEEK, begun)
    return pa.Table.from_pylist(rows, pa.schema(DISPLACEMENT))


def _after(ground: Ground, event: Mapping[str, Any], days: int, begun: Sequence[int]) -> list[dict[str, Any]]:
    mix = _daily(ground, event.get("product_id"))
    to = [channel for channel in mix if channel != event["channel"]]
    starts, base = event["starts_on"], {"event_id": event["event_id"], "from_channel": event["channel"]}
    why = _why_not(ground, mix, event, days)
    if why or not to:
        return [{**base, "to_channel": None, "cannot_tell": why or "there is no other channel"}]
    whole = np.sum(list(mix.values()), axis=0)
    rows = []
    for channel in to:
        effect, before, after = _effect(mix[channel], whole, (starts - ground.since).days, days)
        placebos = _placebos(mix[channel], whole, begun, days)
        row = {**base, "to_channel": channel, "before_0_1": before, "after_0_1": after}
        if effect is None or len(placebos) < FEWEST_PLACEBOS:
            few = (
                "suspects bought too little"
                if effect is None
                else "too few weeks without a restriction to compare with"
            )
            rows.append({**row, "cannot_tell": few})
            continue
        low, high = _by_chance(placebos, days)
        rows.append({
            **row, "effect": effect, "effect_low": effect - high, "effect_high": effect - low,
            "placebo_rate": float((np.abs(placebos) >= abs(effect)).mean()), "placebo_dates": len(placebos),
        })  # fmt: skip
    return rows


def _by_chance(placebos: Array, days: int) -> tuple[float, float]:
    """Between which ends 95 % of effects lie where nothing happened: mean ± t · s · √(1 + 1/n).

    Windows a week apart share most of their days: the changes of windows of w weeks, k weeks apart, are correlated by
    1 − 3k/2w up to w, and by k/2w − 1 up to 2w. The squares add up to 2w/3, so that so many weeks count as one.
    """
    n = max(len(placebos) / (days / WEEK * 2 / 3), 2.0)
    half = float(stdtrit(n - 1, 0.5 + LEVEL_0_1 / 2) * placebos.std() * np.sqrt(1 + 1 / n))
    return float(placebos.mean()) - half, float(placebos.mean()) + half


def _why_not(ground: Ground, mix: Mapping[str, Array], event: Mapping[str, Any], days: int) -> str:
    starts = event["starts_on"]
    if event["channel"] not in mix:
        return f"nothing was sold through {event['channel']}"
    if starts - timedelta(days=days) < ground.since:
        return f"the data begin on {ground.since}, less than {days} days before the restriction"
    if starts + timedelta(days=days - 1) > ground.until:
        return f"the data end on {ground.until}, less than {days} days after the restriction"
    return ""


def _daily(ground: Ground, product_id: str | None) -> dict[str, Array]:
    """Channel → an array with a column a day: units of suspects by weight, of households, and of suspects by weight
    times probability."""
    row = ground.amounts.filter(ground.amounts.channel.notnull())
    row = row if product_id is None else row.filter(row.product_id == product_id)
    weights = ground.engine.hold(
        pa.table({
            "who": pa.array(range(len(ground.suspects.actor_id)), pa.int32()),
            "weight": pa.array(np.minimum(ground.suspects.weight, 1.0)),
            "probability": pa.array(ground.suspects.probability),
        }), "weights",
    )  # fmt: skip
    row = row.left_join(weights, "who")
    added = row.group_by("channel", "day").agg(
        suspects=(row.units * row.weight).sum(where=row.part == "suspect").fill_null(0.0),
        households=row.units.sum(where=row.part == "household").fill_null(0.0),
        sure=(row.units * row.weight * row.probability).sum(where=row.part == "suspect").fill_null(0.0),
    )
    found: dict[str, Array] = {}
    for r in ground.engine.fetch(added.order_by("channel", "day")).to_pylist():
        series = found.setdefault(r["channel"], np.zeros((3, (ground.until - ground.since).days + 1)))
        at = (r["day"] - ground.since).days
        if 0 <= at < series.shape[1]:
            series[:, at] = r["suspects"], r["households"], r["sure"]
    return found


def _effect(
    channel: Array, whole: Array, at: int, days: int
) -> tuple[float | None, float | None, float | None]:
    """What customer-entrepreneurs changed beyond households, and the suspects' part before and after."""
    before, after = slice(at - days, at), slice(at, at + days)
    bought = np.array([whole[:, before].sum(axis=1), whole[:, after].sum(axis=1)])
    suspects, households, sure = bought.T
    if suspects.min() < FEWEST_UNITS or not households.all() or not sure.any():
        return None, None, None
    was, now = (channel[:2, s].sum(axis=1) / whole[:2, s].sum(axis=1) for s in (before, after))
    moved, moved_anyway = now - was
    return float((moved - moved_anyway) * suspects.sum() / sure.sum()), float(was[0]), float(now[0])


def _placebos(channel: Array, whole: Array, begun: Sequence[int], days: int) -> Array:
    """The effect at every week whose two windows hold no begin of a restriction."""
    weeks = range(days, whole.shape[1] - days + 1, WEEK)
    at = [n for n in weeks if all(abs(day - n) >= days for day in begun)]
    found = [_effect(channel, whole, n, days)[0] for n in at]
    return np.array([e for e in found if e is not None])


def _restrictions(ground: Ground) -> list[int]:
    """The days, counted from the first of the data, on which a restriction began."""
    assert ground.events is not None
    begun = ground.events.filter(ground.events.kind == "restriction").select(on=ibis._.starts_on)
    return [(day - ground.since).days for day in ground.engine.fetch(begun)["on"].to_pylist()]
