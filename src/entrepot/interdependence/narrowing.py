"""The same measures of a part: what was sold through one channel, of one product, between two days, or to one kind.

Who may be a customer-entrepreneur, and how sure that is, comes from all orders as before; only the sum is of less.
A kind narrows the buyers and not the sales: its share is of everything that was sold.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

from entrepot.errors import InputError, Mistake
from entrepot.interdependence.ground import Ground, Suspects
from entrepot.interdependence.growth import Period


@dataclass(frozen=True)
class Part:
    """What is asked for; None asks for all."""

    channel: str | None = None
    product: str | None = None
    kind: str | None = None
    period: Period | None = None


@dataclass(frozen=True)
class _OfKind(Ground):
    """A ground in which nobody of another kind counts."""

    only_kind: str = ""

    @cached_property
    def suspects(self) -> Suspects:
        return _only(super().suspects, self.only_kind)


def narrowed(ground: Ground, part: Part) -> Ground:
    """`ground` with the sales and buyers of `part` alone; raises `InputError` where its days lie outside the data."""
    lines, period = ground.lines, part.period
    if part.channel is not None:
        lines = lines.filter(lines.channel == part.channel)
    if part.product is not None:
        lines = lines.filter(lines.product_id == part.product)
    since, until = ground.since, ground.until
    if period is not None:
        since, until = max(since, period.start), min(until, period.end)
        if since > until:
            raise InputError(
                Mistake("the period lies outside the data", expected=f"days from {ground.since} to {ground.until}",
                        got=f"{period.start} to {period.end}", do="choose days within")
            )  # fmt: skip
        lines = lines.filter(lines.ordered_on.between(since, until))
    less = replace(ground, lines=lines, since=since, until=until)
    if part.kind is None:
        return less
    return _OfKind(**{f.name: getattr(less, f.name) for f in fields(less)}, only_kind=part.kind)


def _only(everybody: Suspects, kind: str) -> Suspects:
    """`everybody`, of whom only those of `kind` weigh anything."""
    mine = everybody.kind == kind
    return replace(
        everybody,
        weight=everybody.weight * mine,
        draws=everybody.draws * mine[:, None],
        flagged=everybody.flagged & mine,
        excess_draws=everybody.excess_draws * mine[:, None],
    )
