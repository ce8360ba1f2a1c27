"""Lockstep: persons who buy the same product, in the same place, within the same short time, again and again.

The counting is the actors' room's (`actors.lockstep`): rings formed on one half of the days are tested on the
other, and the two e-values averaged. This file only says what the signal means; it has no count of its own.
"""

from entrepot.discovery.signals.contract import FRIENDS, Innocent, Signal

OPENING_FANS = Innocent(
    "fans who come to every opening", "they meet at launches only", "they meet on ordinary days as well"
)

SIGNAL = Signal(
    name="lockstep",
    question="Do several persons buy the same, at the same place and time, again and again?",
    null="Everyone keeps their own purchases, stores and hours; what is bought there and then follows popularity.",
    counts=(),
    innocent=(FRIENDS, OPENING_FANS),
)
