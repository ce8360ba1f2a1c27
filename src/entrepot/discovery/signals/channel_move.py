"""Channel move: going to another channel right after a restriction in the first (checklist R04).

Counted are the purchases outside the restricted channel in the four weeks after the restriction, by those who
bought inside it in the half year before; the exposure is their purchases inside it. A household follows the
shift of the whole population, and its own rate.
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
    row = lines.select("person", "channel", day=lines.ordered_on, units=lines.quantity_net).cross_join(limits)
    inside = row.channel == row.restricted
    before = inside & (row.day < row.starts_on) & (row.day >= row.starts_on - ibis.interval(days=DAYS_BEFORE))
    moved = ~inside & (row.day >= row.starts_on) & (row.day < row.starts_on + ibis.interval(days=DAYS_AFTER))
    row = row.mutate(before=before, moved=moved).filter(before | moved)
    halves = view.purchases.bought.select("day", "half").distinct()
    row = row.join(halves, "day")
    totals = row.group_by("person", "half").agg(
        count=row.units.sum(where=row.moved).fill_null(0),
        exposure=row.units.sum(where=row.before).fill_null(0),
    )
    return totals.filter(totals.exposure > 0)


SIGNAL = Signal(
    name="channel move",
    question="Did it go to another channel right after a restriction in the first?",
    null=(
        "After a restriction, units bought in other channels follow the population's shift and the "
        "household's own rate."
    ),
    counts=(
        Count(
            "channel move",
            counted,
            "units in other channels after a restriction",
            "{count} units in other channels in the four weeks after a restriction; households that "
            "had bought as much have about {expected}, and 999 of 1,000 at most {most}",
            aspect="manner",
        ),
    ),
    innocent=(MOVED_HOUSE,),
    needs=frozenset({"events", "channel"}),
)
