"""The nine questions, in the order in which a page asks them."""

from entrepot.discovery.signals import (
    channel_move,
    depth,
    lockstep,
    many_hands,
    market_gap,
    no_habit,
    pace,
    stock,
    trips,
)
from entrepot.discovery.signals.contract import Count, Innocent, Signal, View

SIGNALS: tuple[Signal, ...] = (
    depth.SIGNAL,
    stock.SIGNAL,
    trips.SIGNAL,
    no_habit.SIGNAL,
    pace.SIGNAL,
    lockstep.SIGNAL,
    many_hands.SIGNAL,
    channel_move.SIGNAL,
    market_gap.SIGNAL,
)

__all__ = ["SIGNALS", "Count", "Innocent", "Signal", "View"]
