"""One contract for every question that is put to the orders.

A signal counts something and says against which exposure households would do as much. All signals are judged by
one machinery (`weighing`), which fits personal use to the count given the exposure and answers with an e-value.
A new signal is one file that fills a `Signal`, and one line in `signals/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import ibis.expr.types as ir

from entrepot.discovery.purchases import Purchases, Read, set_of
from entrepot.engines import Engine
from entrepot.orders.tables import Orders

Aspect = Literal["amount", "choice", "manner", "together"]
"""What a count looks at: how much is bought, what is chosen, how it is shopped, who acts together."""


@dataclass(frozen=True)
class View:
    """What a signal may look at: the orders of (`after`, `until`], and nothing later.

    `sums` has one row a person and half of the days (`purchases.in_time`), `calendar` one row a day and half.
    """

    engine: Engine
    orders: Orders
    purchases: Purchases
    traits: ir.Table
    sums: ir.Table
    calendar: ir.Table
    customers: ir.Table  # customer_id, person, person_id, actor_id
    until: date
    seen_to_be_resold: bool = (
        False  # whether sought products are those of suspects, not only dear or deep ones
    )
    sets_differ: bool = False  # whether folds seek other products
    products: str = "sought"  # which of them the view is about

    def bought(self) -> ir.Table:
        """The purchases of this view (`Purchases.bought`)."""
        return self.purchases.bought.filter(self.purchases.bought.day <= self.until)

    def about(self, products: str) -> View:
        """The same view with other products (`tail` or `control` of the traits) in the place of the sought ones."""
        return replace(self, products=products, seen_to_be_resold=True)

    def as_for(self, fold: int) -> View:
        """The same view with the products that are sought for `fold`, whatever the fold of a person."""
        return replace(self, products=set_of(fold))

    def named(self, number: str) -> str:
        """The name in the sums of what is counted of the products that this view is about."""
        return f"{number}_{self.products}"

    def lines(self) -> ir.Table:
        """The order lines of this view with `person`, for signals that need more than sums."""
        lines = self.orders.lines
        lines = lines.filter((lines.ordered_on <= self.until) & (lines.quantity_net > 0))
        return lines.join(self.customers.select("customer_id", "person"), "customer_id")


@dataclass(frozen=True)
class Innocent:
    """An innocent explanation that would produce the same numbers, and what would speak for and against it."""

    name: str
    speaks_for: str
    speaks_against: str


@dataclass(frozen=True)
class Count:
    """One way of counting: `of(view)` names two numbers of the view's sums, or, where these are not enough, gives one
    row a person and half of the days: `person, half, count, exposure`.

    The exposure is what the count is held against; rows without any are left out. `of` answers None where there is
    nothing to count. `scaled`: the exposure is first brought to a power, fitted on the body of households, because
    doing twice as much does not mean twice as many. `controlled`: the same is asked of products that nobody seeks.
    `unusual_too`: offices, clubs or enthusiasts do as much of it as a business, so that it says nothing against them.
    Counts of one `aspect` are averaged before the aspects are multiplied (`evidence`).
    `sentence` is filled with `count`, `expected` and `most` (what 999 of 1,000 households do not exceed); `s` and `es`
    make a plural, `are` its verb.
    """

    name: str
    of: Callable[[View], Read | ir.Table | None]
    unit: str
    sentence: str
    aspect: Aspect
    scaled: bool = True
    controlled: bool = False
    unusual_too: bool = False


@dataclass(frozen=True)
class Signal:
    """A question to the orders, answered by one or two counts.

    `null` says in one sentence what households do. `needs` are columns or tables of contracts "Tables in"; where
    one is missing the signal abstains and says so. `innocent` would produce the same numbers.
    """

    name: str
    question: str
    null: str
    counts: tuple[Count, ...]
    innocent: tuple[Innocent, ...]
    needs: frozenset[str] = field(default_factory=frozenset)


LARGE_FAMILY = Innocent(
    "large family",
    "everyday products are bought as much more as sought ones",
    "only sought products are bought more",
)
GIFT_SEASON = Innocent(
    "gift season", "most of it falls in the weeks before a holiday", "it goes on all year round"
)
OFFICE = Innocent(
    "office or club",
    "steady quantities of everyday products on working days",
    "sought products, seldom the everyday ones",
)
REGISTERED_TWICE = Innocent(
    "one household registered twice",
    "the records share address, phone or card",
    "the records share nothing but conduct",
)
NEIGHBOURS = Innocent(
    "neighbours",
    "the shared key is a building, a locker or an office",
    "the key is personal, such as a phone or a card",
)
FRIENDS = Innocent(
    "friends who buy together",
    "few shared days, small quantities",
    "many shared days, one of them receives the goods",
)
ENTHUSIAST = Innocent(
    "enthusiast or collector",
    "one of each, kept to one brand or series",
    "many of one product, again and again",
)
