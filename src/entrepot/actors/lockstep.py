"""Persons who buy the same product, in the same place, within the same hour, on day after day.

A *visit* is a person at a cell of product × place × day × hour. The null hypothesis keeps everyone's own number
of visits to each product in each place; when they fall is drawn by popularity: the days and hours on which
*other* people bought that product there, so that restocks, launches and rush hours that draw a crowd are
innocent. Shared *days* are counted, not lines: twenty things in two equal baskets are one coincidence. Two
persons with k and l visits to a product in a place, of which others make a pair of visits meet with chance Q,
are expected to meet k·l·Q times; the sum over products and places is the mean of a Poisson count.
(Statistically validated networks: Tumminello et al. 2011, doi 10.1371/journal.pone.0017994.)

Crowded cells say nothing of two people in them and cost the most: above `MOST_BUYERS`, or fewer where the data
are large, they are skipped, and the notes say how many. Where the data carry no time of day a cell is a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from entrepot.engines import Engine
from entrepot.units import half_of_days

MOST_BUYERS = 200
"""A cell with more buyers is skipped."""

MOST_PAIRS = 20_000_000
"""Pairs of buyers within cells that are looked at; where there were more, smaller cells are the limit."""

LEAST_DAYS = 3
"""Fewer shared days in a half are never called lockstep."""

DRAWN_ELSEWHERE, TIMES_USUAL = 3, 4.0
"""As many persons at a product in other places, and as many times the usual number a day, are an event."""

HOUR_MINUTES = 60
CELL = ("what", "place", "day", "slot")


@dataclass(frozen=True)
class Visits:
    """Who bought what, where and when, in codes, and how crowded each cell was.

    `lines`: one row a line, `who, what, place, day, slot`; `cells`: one row a cell, with its `lines`; `shared`:
    one row a person and cell that is shared and not crowded, with its `half`; `thin`: those of persons with
    enough such days in that half; `goods`: one row a product, place and half, with all its visits (`total`) and the
    ordered pairs of them that met (`met`); `rhythm`: one row a place and half, with the chance that two of its
    visits fall on one day and hour.
    """

    lines: ir.Table
    cells: ir.Table
    shared: ir.Table
    thin: ir.Table
    goods: ir.Table
    rhythm: ir.Table
    has_times: bool  # false: cells are days
    notes: Mapping[str, object]


def visits(engine: Engine, lines: ir.Table, persons: ir.Table) -> Visits:
    """Code the order `lines` (customers joined to `persons`: `customer_id, person`) and find the thin cells."""
    coded = _coded(engine, lines, persons)
    by_cell = coded.group_by(*CELL).aggregate(lines=_.count(), low=_.who.min(), high=_.who.max())
    cells = engine.keep(by_cell, "cells")
    crowded, notes = _most_buyers(engine, cells)
    shared = cells.filter(_.low != _.high, _.lines <= crowded).select(*CELL)
    shared = shared.anti_join(_events(engine, coded, cells, shared), ["what", "place", "day"])
    rows = engine.keep(coded.semi_join(shared, CELL).select("who", *CELL).distinct(), "shared_visits")
    rows = engine.keep(_with_half(engine, rows), "shared_visits")
    days = rows.group_by("who", "half").aggregate(days=_.day.nunique()).filter(_.days >= LEAST_DAYS)
    thin = engine.keep(rows.semi_join(days, ["who", "half"]), "thin_visits")
    has_times = bool(engine.fetch((cells.slot >= 0).any()).as_py())
    goods, rhythm = _popularity(engine, cells)
    notes |= {"cells_are": "hours" if has_times else "days"}
    return Visits(coded, cells, rows, thin, goods, rhythm, has_times, notes)


def _events(engine: Engine, coded: ir.Table, cells: ir.Table, shared: ir.Table) -> ir.Table:
    """Products on days when something drew people to them in other places too: `what, place, day`; kept.

    An offer, a launch or an arrival is seen elsewhere; a ring is in one place at a time. Persons are counted only on
    days with lines enough for it: nearly all days have too few.
    """
    days = engine.fetch(cells.day.nunique()).as_py() or 1
    usual = cells.group_by("what").aggregate(usual=_.lines.sum() / days)
    by_day = cells.group_by("what", "day").aggregate(lines=_.lines.sum()).join(usual, "what")
    busy = by_day.filter(_drawn(by_day.lines, by_day.usual)).select("what", "day", "usual")
    busy = engine.keep(busy.semi_join(shared, ["what", "day"]), "busy_days")
    came = coded.semi_join(busy, ["what", "day"]).select("who", "what", "place", "day").distinct()
    here = came.group_by("what", "place", "day").aggregate(here=_.count())
    all_day = here.group_by("what", "day").aggregate(everywhere=_.here.sum())
    row = here.join(all_day, ["what", "day"]).join(busy, ["what", "day"])
    return engine.keep(
        row.filter(_drawn(row.everywhere - row.here, row.usual)).select("what", "place", "day"), "events"
    )


def _drawn(persons: ir.IntegerValue, usual: ir.FloatingValue) -> ir.BooleanValue:
    return (persons >= DRAWN_ELSEWHERE) & (persons > TIMES_USUAL * usual)


def _popularity(engine: Engine, cells: ir.Table) -> tuple[ir.Table, ir.Table]:
    """`goods` and `rhythm` of `Visits`."""
    halved = _with_half(engine, cells)
    goods = halved.group_by("what", "place", "half").aggregate(
        total=_.lines.sum(), met=(_.lines * (_.lines - 1)).sum()
    )
    hours = engine.keep(cells.group_by("place", "day", "slot").aggregate(lines=_.lines.sum()), "place_hours")
    hours = _with_half(engine, hours)
    total, met = hours.lines.sum(), (hours.lines.cast("float64") ** 2).sum()
    rhythm = hours.group_by("place", "half").aggregate(rhythm=met / total.cast("float64") ** 2)
    return engine.keep(goods, "goods"), engine.keep(rhythm, "rhythm")


def _coded(engine: Engine, lines: ir.Table, persons: ir.Table) -> ir.Table:
    known = lines.left_join(persons.select("customer_id", "person"), "customer_id")
    hour = (known.minute_of_day // HOUR_MINUTES).fill_null(-1).cast("int64")
    place = ibis.coalesce(known.store_id, known.channel, "")
    coded = known.select(
        who=ibis.coalesce(known.person, known.customer_id).hash(),
        what=known.product_id.hash(),
        place=place.hash(),
        day=known.ordered_on,
        slot=hour,
    )
    return engine.keep(coded, "visits")


def _with_half(engine: Engine, rows: ir.Table) -> ir.Table:
    days = rows.select("day").distinct()
    halves = engine.keep(days.mutate(half=half_of_days(days.day)), "halves")
    return rows.join(halves, "day").select(*rows.columns, "half")


def _most_buyers(engine: Engine, cells: ir.Table) -> tuple[int, dict[str, object]]:
    """The most lines in a cell that is looked at: `MOST_BUYERS`, or as many as keep to `MOST_PAIRS`."""
    sizes = engine.fetch(cells.group_by("lines").aggregate(cells=_.count()).order_by("lines")).to_pylist()
    limit, pairs, skipped = 1, 0.0, 0
    for row in sizes:
        pairs += row["cells"] * row["lines"] * (row["lines"] - 1) / 2
        if row["lines"] <= MOST_BUYERS and pairs <= MOST_PAIRS:
            limit = row["lines"]
        else:
            skipped += row["cells"]
    return limit, {"most_buyers": limit, "cells_skipped": skipped}


def meeting_pairs(engine: Engine, seen: Visits) -> ir.Table:
    """One row a pair and half with `LEAST_DAYS` shared days: `a, b, half, shared_days`, a < b; kept."""
    left, right = seen.thin, seen.thin.view()
    met = left.join(right, [*CELL, left.who < right.who]).select(
        a=left.who, b=right.who, half=left.half, day=left.day
    )
    counted = met.group_by("a", "b", "half").aggregate(shared_days=_.day.nunique())
    return engine.keep(counted.filter(_.shared_days >= LEAST_DAYS), "meeting_pairs")


def meetings(engine: Engine, seen: Visits, pairs: ir.Table) -> ir.Table:
    """One row a day on which a pair of `pairs` (`a, b, half, ring`) met: `ring, half, a, b, day`; kept."""
    ends = ibis.union(
        pairs.select("half", "ring", who=pairs.a), pairs.select("half", "ring", who=pairs.b), distinct=True
    )
    rows = engine.keep(
        seen.shared.join(ends, ["who", "half"]).select("who", "half", "ring", *CELL), "ring_visits"
    )
    other = rows.view()
    met = rows.join(other, ["ring", "half", *CELL, rows.who < other.who])
    met = met.select(ring=rows.ring, half=rows.half, a=rows.who, b=other.who, day=rows.day).distinct()
    return engine.keep(met.semi_join(pairs, ["ring", "half", "a", "b"]), "meetings")


PRIOR_VISITS = 5.0
"""How many visits of others the rhythm of the whole place counts for, in the rhythm of one product there."""


def expected_days(
    engine: Engine, seen: Visits, pairs: ir.Table, circles: ir.Table | None = None, *, by_place: bool = False
) -> ir.Table:
    """`pairs` (`a, b, half`) with `expected_days` under the null; kept.

    Popularity is learned from others: the visits of a pair's own circle (`circles`: `who, half, circle`) do not
    count, or a ring would explain itself. Where few others buy a product in a place, its days are drawn
    towards those of all that is bought in that place; `by_place` takes these alone.
    """
    ends = ibis.union(pairs.select("half", who=pairs.a), pairs.select("half", who=pairs.b), distinct=True)
    ends = engine.keep(ends, "pair_ends")
    theirs = seen.lines.semi_join(ends, "who").distinct()
    theirs = engine.keep(
        _with_half(engine, engine.keep(theirs, "their_visits")).semi_join(ends, ["who", "half"]), "theirs"
    )
    counts = engine.keep(
        theirs.group_by("who", "what", "place", "half").aggregate(visits=_.count()), "visit_counts"
    )
    both = pairs.join(counts, [("a", "who"), "half"]).select(
        *pairs.columns, "what", "place", visits_a=_.visits
    )
    both = both.join(counts.view(), [("b", "who"), "half", "what", "place"]).select(
        *both.columns, visits_b=_.visits
    )
    if by_place:
        both = both.join(seen.rhythm, ["place", "half"]).select(*both.columns, chance=_.rhythm)
    else:
        circles = engine.keep(ends.mutate(circle=ends.who), "circles") if circles is None else circles
        chances = _chances(engine, seen, theirs, circles)
        both = both.join(circles, [("a", "who"), "half"]).select(*both.columns, "circle")
        both = both.join(chances, ["circle", "what", "place", "half"]).select(*both.columns, "chance")
    meetings = (both.visits_a * both.visits_b * both.chance).sum()
    summed = both.group_by(*pairs.columns).aggregate(expected_days=meetings)
    joined = pairs.left_join(summed, list(pairs.columns))
    return engine.keep(
        joined.select(*pairs.columns, expected_days=_.expected_days.fill_null(0.0)), "expected"
    )


def _chances(engine: Engine, seen: Visits, theirs: ir.Table, circles: ir.Table) -> ir.Table:
    """One row a circle, product, place and half: `chance` that two visits of others fall on one day and hour; kept.

    Σ n(n−1) / N(N−1) over the cells of that product and place (a U-statistic), N visits of others in all,
    drawn towards the same number for the whole place by `PRIOR_VISITS`.
    """
    ours = theirs.join(circles, ["who", "half"]).group_by("circle", *CELL, "half").aggregate(ours=_.count())
    ours = ours.join(seen.cells, CELL).select(*ours.columns, "lines")
    left = (ours.lines - ours.ours).clip(lower=0)
    less = ours.group_by("circle", "what", "place", "half").aggregate(
        own=ours.ours.sum(), own_met=(ours.lines * (ours.lines - 1) - left * (left - 1)).sum()
    )
    goods_of = less.join(seen.goods, ["what", "place", "half"]).select(*less.columns, "total", "met")
    goods_of = goods_of.join(seen.rhythm, ["place", "half"]).select(*goods_of.columns, "rhythm")
    others, met = (
        (goods_of.total - goods_of.own).clip(lower=0),
        (goods_of.met - goods_of.own_met).clip(lower=0),
    )
    prior = PRIOR_VISITS * (PRIOR_VISITS - 1)
    chance = (met + prior * goods_of.rhythm) / (others * (others - 1).clip(lower=0) + prior)
    return engine.keep(goods_of.select("circle", "what", "place", "half", chance=chance), "chances")
