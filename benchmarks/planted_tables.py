"""The tables of a planted set: identity columns for everybody, alike for real and added households.

The baskets carry no names, cards or addresses, so all of these are made up, by the same draws for everybody;
real and added customers share one shuffled numbering. Some households order a part of their trips online (by
a coin that looks at nothing else), so that there are parcels to send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.baskets import FIRST_DAY, Baskets
from entrepot.simulation import names
from entrepot.simulation.calendar import Bools, Ints
from entrepot.simulation.columns import coded, dates, money, numbered, tokens
from entrepot.simulation.names import choice, joined, misspelt, text
from entrepot.simulation.people import KINDS, ROLES, TRAPS
from entrepot.simulation.purchases import Lines, Purchases, Trips

ZONE = "America/New_York"
IN_PERSON = -2
"""In `ship_to` of a trip: carried home, never an online order."""
_ORDERS_ONLINE, _ONLINE_SHARE = 0.25, 0.3
_PAYS_CASH = 0.15
_PEOPLE_IN_A_BLOCK = 13
_POSTCODES = 600


@dataclass(frozen=True)
class People:
    """By person: who it is, and whether it gave the phone of its actor's principal."""

    kind: Sequence[str]
    trap: Sequence[str | None]
    role: Sequence[str]
    actor: Ints
    started_day: Ints
    shares_phone: Bools

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.kind)

    def caught(self, trap: str) -> Ints:
        """The persons of one trap."""
        return np.array([n for n, one in enumerate(self.trap) if one == trap], np.int64)


@dataclass(frozen=True)
class _Known:
    """By registration: what the firm wrote down; the first ones are everybody's, then the second ones."""

    person: Ints
    number: Ints
    second_of: Ints  # by person
    names: pa.Array
    emails: pa.Array
    phones: pa.Array
    addresses: pa.Array  # by person, as are the following
    postcodes: pa.Array
    lockers: pa.Array  # null for who uses none


def tables(
    rng: np.random.Generator, real: Baskets, people: People, bought: Purchases
) -> Mapping[str, pa.Table]:
    """orders, customers, products and truth, in the columns of the contracts."""
    made, lines, price_cents = _in_time(bought, _prices(rng, real, bought[1]))
    known = _known(rng, people)
    second = known.second_of[made.person]
    other = (second >= 0) & (rng.random(made.count) < 0.5)
    registration = np.where(other, second, made.person)
    online = _online(rng, people, made)
    return {
        "orders": _orders(rng, real, known, made, lines, price_cents, registration, online),
        "customers": _customers(people, known),
        "products": _products(real),
        "truth": _truth(people, known, lines, registration),
    }


def _prices(rng: np.random.Generator, real: Baskets, lines: Lines) -> Ints:
    """Real lines, which come first, cost what they did; added ones what a real line of the product did."""
    order = np.argsort(real.lines.product, kind="stable")
    first = np.searchsorted(real.lines.product[order], np.arange(real.products.num_rows + 1))
    added = lines.product[len(order) :]
    like = first[added] + (rng.random(len(added)) * (first[added + 1] - first[added])).astype(np.int64)
    return np.concatenate([real.price_cents, real.price_cents[order][like]])


def _in_time(bought: Purchases, price_cents: Ints) -> tuple[Trips, Lines, Ints]:
    """The same purchases and prices, trips sorted by time and lines by trip."""
    made, lines = bought
    order = np.argsort(made.minute, kind="stable")
    number = np.empty(made.count, np.int64)
    number[order] = np.arange(made.count)
    rank = np.argsort(number[lines.trip], kind="stable")
    sorted_trips = Trips(
        *(getattr(made, f)[order] for f in ("person", "minute", "place", "payer", "ship_to"))
    )
    trip = number[lines.trip]
    sorted_lines = Lines(trip[rank], lines.product[rank], lines.quantity[rank], lines.to_resell[rank])
    return sorted_trips, sorted_lines, price_cents[rank]


def _online(rng: np.random.Generator, people: People, made: Trips) -> Bools:
    """Some people order some trips online, except those for which they queued in a store."""
    orders = rng.random(people.count) < _ORDERS_ONLINE
    orders[people.caught("parcel locker")] = True
    return orders[made.person] & (made.ship_to != IN_PERSON) & (rng.random(made.count) < _ONLINE_SHARE)


def _known(rng: np.random.Generator, people: People) -> _Known:
    count = people.count
    second = people.caught("registered twice")
    named = names.draw(rng, count)
    again = names.Named(named.script[second], named.surname[second], named.given[second])
    written, emails = named.written(), names.emails(rng, named)
    phones = names.phones(rng, count).take(
        pa.array(np.where(people.shares_phone, people.actor, np.arange(count)))
    )
    same_phone = pa.array(rng.random(len(second)) < 0.6)
    at = pa.array(second)
    second_of = np.full(count, -1, np.int64)
    second_of[second] = count + np.arange(len(second))
    addresses, postcodes = _addresses(rng, people)
    return _Known(
        person=np.concatenate([np.arange(count), second]),
        number=rng.permutation(count + len(second)),
        second_of=second_of,
        names=misspelt(rng, pa.concat_arrays([written, misspelt(rng, written.take(at), 0.5)]), 0.01),
        emails=pa.concat_arrays(
            [
                emails,
                pc.if_else(same_phone, names.other_emails(rng, again), misspelt(rng, emails.take(at), 0.6)),
            ]
        ),
        phones=pa.concat_arrays(
            [phones, pc.if_else(same_phone, phones.take(at), names.phones(rng, len(second)))]
        ),
        addresses=addresses,
        postcodes=postcodes,
        lockers=_lockers(rng, people),
    )


def _addresses(rng: np.random.Generator, people: People) -> tuple[pa.Array, pa.Array]:
    """Houses and flats; those of one block share the house, and in every second block give no flat."""
    count, streets = people.count, names.words()["places"]["streets"]
    street, house = rng.integers(0, _POSTCODES, count), rng.integers(1, 400, count)
    block = people.caught("flats")
    blocks = np.arange(len(block)) // _PEOPLE_IN_A_BLOCK
    street[block], house[block] = 31 * blocks % _POSTCODES, 11 + blocks
    gives_flat = rng.random(count) < 0.4
    gives_flat[block] = blocks % 2 == 0
    building = joined(text(house), " ", choice(streets, street % len(streets)))
    flat = joined(building, ", #", text(rng.integers(1, 30, count)), text(rng.integers(1, 9, count), 2))
    return pc.if_else(pa.array(gives_flat), flat, building), text(10_000 + street * 17, 5)


def _lockers(rng: np.random.Generator, people: People) -> pa.Array:
    users = people.caught("parcel locker")
    which = np.zeros(people.count, np.int64)
    which[users] = 1 + rng.integers(0, 2, len(users))
    return pc.if_else(
        pa.array(which > 0), joined("Parcel locker ", text(which)), pa.scalar(None, pa.string())
    )


def _orders(
    rng: np.random.Generator,
    real: Baskets,
    known: _Known,
    made: Trips,
    lines: Lines,
    price_cents: Ints,
    registration: Ints,
    online: Bools,
) -> pa.Table:
    """One row a line; the till sees the customer and the card, the web shop name, e-mail and address too."""
    trip, person = lines.trip, made.person[lines.trip]
    who, web = registration[trip], online[trip]
    by_card = online | (rng.random(made.count) >= _PAYS_CASH)
    starts = np.searchsorted(trip, np.arange(made.count))
    address = pc.coalesce(known.lockers, known.addresses)
    device, card = (tokens(prefix, len(address), salt) for prefix, salt in (("dev_", 4), ("tok_", 3)))
    return pa.table(
        {
            "order_id": coded(trip, numbered("B", np.arange(made.count))),
            "line_no": pa.array(np.arange(len(trip)) - starts[trip] + 1),
            "ordered_at": _instants(made.minute[trip]),
            "product_id": coded(lines.product, _product_ids(real)),
            "quantity": pa.array(lines.quantity),
            "unit_price": money(price_cents),
            "currency": coded(np.zeros(len(trip), np.int64), pa.array(["USD"])),
            "channel": coded(web.astype(np.int64), pa.array(["store", "web"])),
            "store_id": coded(made.place[trip], numbered("S", real.store_ids, 5)),
            "customer_id": coded(who, numbered("H", known.number, 6)),
            "name": coded(who, known.names, web),
            "email": coded(who, known.emails, web),
            "phone": coded(who, known.phones, web),
            "payment_token": coded(person, card, by_card[trip]),
            "device_id": coded(person, device, web),
            "ship_name": coded(who, known.names, web),
            "ship_address": coded(person, address, web),
            "ship_postcode": coded(person, known.postcodes, web),
        }
    )


def _instants(minute: Ints) -> pa.Array:
    seconds = np.datetime64(FIRST_DAY).astype("datetime64[s]").astype(np.int64) + minute * 60
    return pa.array(seconds).cast(pa.timestamp("s", ZONE)).cast(pa.timestamp("us", ZONE))


def _product_ids(real: Baskets) -> pa.Array:
    return real.products["product_id"].combine_chunks().cast(pa.string())


def _customers(people: People, known: _Known) -> pa.Table:
    person = pa.array(known.person)
    table = pa.table(
        {
            "customer_id": numbered("H", known.number, 6),
            "name": known.names,
            "email": known.emails,
            "phone": known.phones,
            "address": known.addresses.take(person),
            "postcode": known.postcodes.take(person),
        }
    )
    return table.take(pa.array(np.argsort(known.number)))


def _products(real: Baskets) -> pa.Table:
    return pa.table(
        {
            "product_id": _product_ids(real),
            "name": real.products["product_type"],
            "category": real.products["product_category"],
            "brand": real.products["brand"],
            "list_price": money(real.list_price_cents),
        }
    )


def _truth(people: People, known: _Known, lines: Lines, registration: Ints) -> pa.Table:
    """As in the made market: one row a customer, units counted from the lines."""
    person, count = known.person, len(known.person)
    kind = np.array([KINDS.index(k) for k in people.kind])[person]
    trap = np.array([TRAPS.index(t) for t in people.trap])[person]
    role = np.array([ROLES.index(r) for r in people.role])[person]
    sells = (people.started_day >= 0)[person]
    customer = registration[lines.trip]
    units, resold = (
        np.bincount(customer, weights, count).astype(np.int64)
        for weights in (lines.quantity, lines.quantity * lines.to_resell)
    )
    return pa.table(
        {
            "customer_id": numbered("H", known.number, 6),
            "true_person": numbered("P", person),
            "true_actor": numbered("A", people.actor[person]),
            "kind": coded(kind, pa.array(KINDS)),
            "is_customer_entrepreneur": pa.array(sells),
            "trap": coded(np.maximum(trap - 1, 0), pa.array(TRAPS[1:]), trap > 0),
            "role": coded(role, pa.array(ROLES)),
            "started_on": dates(date.fromisoformat(FIRST_DAY), people.started_day[person], sells),
            "units": pa.array(units),
            "units_to_resell": pa.array(resold),
        }
    )
