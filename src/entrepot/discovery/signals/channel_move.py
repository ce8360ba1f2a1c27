"""Channel move: going to another channel right after a restriction in the first (checklist R04).

Counted are the days with a purchase outside the restricted channel in the four weeks after the restriction, by
those who bought inside it in the half year before; the exposure is their days outside it in that half year, and
one. A household that always shopped in both is thus compared with its like. Days, not units: one large basket is
no move.
"""

import ibis
import ibis.expr.types as ir

from entrepot.discovery.signals.contract import Count, Innocent, Signal, View

DAYS_AFTER, DAYS_BEFORE = 28, 182

MOVED_HOUSE = Innocent(
    "moved house or changed habits",
    "the move lasts and small quantities stay small",
    "large quantities moved with it",
)


def counted(view: View) -> ir.Table | None:
    events = view.orders.events
    if events is None:
        return None
    limits = events.filter(
        (events.kind == "restriction") & events.channel.notnull() & (events.starts_on <= view.until)
    )
    limits = limits.select(restricted=limits.channel, starts_on=limits.starts_on.cast("date"))
    lines = view.lines()
    row = lines.select("person", "channel", day=lines.ordered_on).cross_join(limits)
    inside = row.channel == row.restricted
    before = (row.day < row.starts_on) & (row.day >= row.starts_on - ibis.interval(days=DAYS_BEFORE))
    after = (row.day >= row.starts_on) & (row.day < row.starts_on + ibis.interval(days=DAYS_AFTER))
    row = row.mutate(inside=inside & before, habit=~inside & before, moved=~inside & after)
    halves = view.purchases.days
    row = row.filter(row.inside | row.habit | row.moved).join(halves, "day")
    persons = row.group_by("person").agg(
        exposure=(row.day.nunique(where=row.habit) + 1) / 2, used=row.inside.any()
    )
    persons = persons.filter(persons.used).cross_join(halves.select("half").distinct())
    moved = row.group_by("person", "half").agg(count=row.day.nunique(where=row.moved))
    joined = persons.left_join(moved, ["person", "half"])
    return joined.select("person", "half", "exposure", count=joined["count"].fill_null(0))


SIGNAL = Signal(
    name="channel move",
    question="Did it go to another channel right after a restriction in the first?",
    null=(
        "After a restriction, days in other channels follow the household's earlier days there, the population's "
        "shift and the household's own rate."
    ),
    counts=(
        Count(
            "channel move",
            counted,
            "days in other channels after a restriction",
            "{count} day{s} with purchases in other channels in the four weeks after a restriction; households "
            "that had gone there as often have about {expected}, and 999 of 1,000 at most {most}",
            aspect="manner",
        ),
    ),
    innocent=(MOVED_HOUSE,),
    needs=frozenset({"events", "channel"}),
)
