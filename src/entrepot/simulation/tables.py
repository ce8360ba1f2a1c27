"""The made market's tables, in the columns of the contracts, as Arrow.

Strings that repeat are written by dictionary, money as decimals, instants with their zone; so a million lines take
seconds. `orders` holds returns as negative lines in their own orders, sorted by time like a real export.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from entrepot.simulation import catalogue as goods
from entrepot.simulation.calendar import Bools, Calendar, Ints
from entrepot.simulation.catalogue import CATEGORIES, Catalogue
from entrepot.simulation.identities import Identities
from entrepot.simulation.people import KINDS, ROLES, TRAPS, People
from entrepot.simulation.places import Places
from entrepot.simulation.purchases import DAY_MINUTES, OWN, Lines, Trips
from entrepot.simulation.receipts import GUEST, NOBODY, Receipts

ZONE = "Asia/Seoul"
CURRENCY = "USD"
_SALE_SHARE = 0.1
_PAYS_CASH = 0.12
_SECOND_CARD, _SECOND_DEVICE = 0.3, 0.35


@dataclass(frozen=True)
class Made:
    """Everything that the tables are written from."""

    calendar: Calendar
    catalogue: Catalogue
    places: Places
    people: People
    identities: Identities
    trips: Trips
    lines: Lines
    receipts: Receipts
    declared: Bools
    customer_number: Ints  # by registration, a shuffle, so that no number tells anything


def coded(indices: Ints, values: pa.Array, keep: Bools | None = None) -> pa.DictionaryArray:
    """A column that repeats `values`, null where not kept."""
    mask = None if keep is None else ~keep
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32), mask=mask), values)


def money(cents: Ints) -> pa.Array:
    """Cents as decimals with two places."""
    pairs = np.stack([cents, cents >> 63], axis=1).astype(np.int64)
    return pa.Decimal128Array.from_buffers(
        pa.decimal128(12, 2), len(cents), [None, pa.py_buffer(pairs.tobytes())]
    )


def instants(starts_on: date, minute: Ints, keep: Bools | None = None) -> pa.Array:
    """Minutes from the first local midnight as instants in the market's zone."""
    midnight = datetime(starts_on.year, starts_on.month, starts_on.day, tzinfo=ZoneInfo(ZONE))
    seconds = int(midnight.timestamp()) + minute * 60
    mask = None if keep is None else ~keep
    return pa.array(seconds, mask=mask).cast(pa.timestamp("s", ZONE)).cast(pa.timestamp("us", ZONE))


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """`prefix` and each number, padded with zeros."""
    text = np.char.add(prefix, np.char.zfill(numbers.astype(f"U{width}"), width)) if len(numbers) else []
    return pa.array(text, pa.string())


def orders(made: Made, rng: np.random.Generator) -> pa.Table:
    """One row a line bought or returned, sorted by time."""
    at = _rows(made)
    columns = {**_what(made, at), **_who(made, at, rng), **_where_to(made, at)}
    return pa.table(columns)


@dataclass(frozen=True)
class _Rows:
    """By row of the orders table: the line, its trip, signed units, the minute and the number of the order."""

    line: Ints
    trip: Ints
    quantity: Ints
    minute: Ints
    order: Ints
    line_no: Ints
    returns: Bools
    names_order: Bools
    order_of_trip: Ints
    orders: int


def _rows(made: Made) -> _Rows:
    """Lines and returns in one sequence; orders are numbered by time."""
    back, bought = made.receipts.returns, made.lines
    trip = np.concatenate([bought.trip, bought.trip[back.line]])
    minute = np.concatenate([made.trips.minute[bought.trip], back.minute])
    arrival = np.concatenate([bought.trip, made.trips.count + np.arange(len(back.line))])
    order_minute = np.concatenate([made.trips.minute, back.minute])
    number = np.empty(len(order_minute), np.int64)
    number[np.lexsort((np.arange(len(order_minute)), order_minute))] = np.arange(len(order_minute))
    order = number[arrival]
    rank = np.argsort(order, kind="stable")
    starts = np.flatnonzero(np.diff(order[rank], prepend=-1))
    line_no = np.arange(len(rank)) - np.repeat(starts, np.diff(np.append(starts, len(rank)))) + 1
    is_return = np.arange(len(trip)) >= len(bought.trip)
    names = np.concatenate([np.zeros(len(bought.trip), bool), back.names_order])
    return _Rows(
        line=np.concatenate([np.arange(len(bought.trip)), back.line])[rank],
        trip=trip[rank],
        quantity=np.concatenate([bought.quantity, -back.quantity])[rank],
        minute=minute[rank],
        order=order[rank],
        line_no=line_no,
        returns=is_return[rank],
        names_order=names[rank],
        order_of_trip=number[: made.trips.count],
        orders=len(order_minute),
    )


def _what(made: Made, at: _Rows) -> dict[str, pa.Array]:
    catalogue, places = made.catalogue, made.places
    product, place = made.lines.product[at.line], made.trips.place[at.trip]
    price = catalogue.price_cents[product]
    on_sale = made.calendar.sale[made.trips.day[at.trip]] & ~at.returns
    cancelled = made.receipts.cancelled[at.trip] & ~at.returns
    order_ids = numbered("O", np.arange(at.orders), 9)
    return {
        "order_id": coded(at.order, order_ids),
        "line_no": pa.array(at.line_no),
        "ordered_at": instants(made.calendar.starts_on, at.minute),
        "product_id": coded(product, pa.array(catalogue.ids)),
        "quantity": pa.array(at.quantity),
        "unit_price": money(price),
        "discount": money(np.where(on_sale, np.rint(price * at.quantity * _SALE_SHARE).astype(np.int64), 0)),
        "currency": coded(np.zeros(len(at.line), np.int64), pa.array([CURRENCY])),
        "channel": coded(place, pa.array(places.channel)),
        "store_id": coded(place, pa.array(places.ids)),
        "order_status": coded(cancelled.astype(np.int64), pa.array(["completed", "cancelled"])),
        "cancelled_at": instants(made.calendar.starts_on, at.minute + 180, cancelled),
        "returns_order_id": coded(at.order_of_trip[at.trip], order_ids, at.names_order),
    }


def _who(made: Made, at: _Rows, rng: np.random.Generator) -> dict[str, pa.Array]:
    identities, trips = made.identities, made.trips
    registration = made.receipts.registration
    person = trips.person
    seen = np.where(registration >= 0, registration, person)[at.trip]
    place = trips.place
    web, duty_free = place == made.places.web, place > made.places.web
    known = registration != NOBODY
    cash = ~web & (rng.random(trips.count) < _PAYS_CASH)
    ids = customer_ids(made)
    return {
        "customer_id": coded(np.maximum(registration, 0)[at.trip], ids, (registration >= 0)[at.trip]),
        "name": coded(seen, identities.registered_names, (known & (web | duty_free))[at.trip]),
        "email": coded(seen, identities.emails, (known & web)[at.trip]),
        "phone": coded(seen, identities.phones, (known & web)[at.trip]),
        "payment_token": coded(
            _cards(made, rng)[at.trip], tokens("tok_", 2 * made.people.count), (known & ~cash)[at.trip]
        ),
        "device_id": coded(
            _devices(made, rng)[at.trip], tokens("dev_", 2 * made.people.count), (known & web)[at.trip]
        ),
    }


def _where_to(made: Made, at: _Rows) -> dict[str, pa.Array]:
    identities, trips = made.identities, made.trips
    own = np.where(identities.locker_of[trips.person] >= 0, identities.locker_of[trips.person], trips.person)
    address = np.where(trips.ship_to == OWN, own, trips.ship_to)
    to_own = (trips.ship_to == OWN) | (trips.ship_to < made.people.count)
    name = np.where(to_own, trips.person, trips.ship_to)
    sent = (trips.place == made.places.web)[at.trip]
    return {
        "ship_name": coded(name[at.trip], identities.names, sent),
        "ship_address": coded(address[at.trip], identities.addresses, sent),
        "ship_postcode": coded(address[at.trip], identities.postcodes, sent),
        "ship_city": coded(address[at.trip], identities.cities, sent),
        "ship_country": coded(address[at.trip], identities.countries, sent),
    }


def tokens(prefix: str, count: int) -> pa.Array:
    """`count` distinct keys that tell nothing about their numbers."""
    scattered = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(16)
    return numbered(prefix, scattered.astype(np.int64), 15)


def _cards(made: Made, rng: np.random.Generator) -> Ints:
    payer = np.where(made.trips.payer == OWN, made.trips.person, made.trips.payer)
    second = made.identities.has_second_card[payer] & (rng.random(len(payer)) < _SECOND_CARD)
    return 2 * payer + second


def _devices(made: Made, rng: np.random.Generator) -> Ints:
    person = made.trips.person
    second = made.identities.has_second_device[person] & (rng.random(len(person)) < _SECOND_DEVICE)
    return 2 * person + second


def customer_ids(made: Made) -> pa.Array:
    """The customer number of each registration."""
    return numbered("C", made.customer_number, 8)


def customers(made: Made) -> pa.Table:
    """One row a registration, in the order of the customer numbers."""
    identities = made.identities
    person = identities.registration_person
    where = pa.array(person)
    minute = identities.registered_day * DAY_MINUTES + 720
    table = pa.table(
        {
            "customer_id": customer_ids(made),
            "name": identities.registered_names,
            "email": identities.emails,
            "phone": identities.phones,
            "address": identities.addresses.take(where),
            "postcode": identities.postcodes.take(where),
            "city": identities.cities.take(where),
            "country": identities.countries.take(where),
            "type": coded(made.declared[person].astype(np.int64), pa.array(["person", "business"])),
            "created_at": instants(made.calendar.starts_on, minute),
        }
    )
    return table.take(pa.array(np.argsort(made.customer_number)))


def products(made: Made) -> pa.Table:
    """One row a product."""
    catalogue = made.catalogue
    return pa.table(
        {
            "product_id": catalogue.ids,
            "name": catalogue.names,
            "category": [CATEGORIES[c].name for c in catalogue.category],
            "brand": ["Entrepot"] * catalogue.size,
            "list_price": money(catalogue.price_cents),
            "unit_cost": money(catalogue.cost_cents),
        }
    )


def events(made: Made, restricted_from: int) -> pa.Table:
    """Launches, holidays, sales, and the one restriction, in stores only."""
    calendar, catalogue = made.calendar, made.catalogue
    day = calendar.starts_on
    rows = [
        (
            "launch",
            day + timedelta(days=int(catalogue.launch_day[p])),
            None,
            catalogue.ids[p],
            catalogue.names[p],
        )
        for p in np.flatnonzero(catalogue.launch_day >= 0)
    ]
    rows += [("holiday", feast, None, None, name) for feast, name in calendar.holidays]
    note = "at most five units of one product for one customer in stores"
    rows.append(("restriction", day + timedelta(days=restricted_from), "store", None, note))
    kinds, starts, channels, product_ids, notes = zip(*sorted(rows, key=lambda r: (r[1], r[4])), strict=True)
    count = len(rows)
    return pa.table(
        {
            "event_id": [f"E{n + 1:03d}" for n in range(count)],
            "kind": kinds,
            "starts_on": pa.array(starts, pa.date32()),
            "ends_on": pa.array([None] * count, pa.date32()),
            "channel": pa.array(channels, pa.string()),
            "store_id": pa.array([None] * count, pa.string()),
            "product_id": pa.array(product_ids, pa.string()),
            "note": pa.array(notes, pa.string()),
        }
    )


def offers(made: Made, rng: np.random.Generator) -> pa.Table:
    """Prices of each product in other markets, as seen on the last day."""
    rows = goods.offers(rng, made.catalogue)
    last = made.calendar.starts_on + timedelta(days=made.calendar.days - 1)
    return pa.table(
        {
            "product_id": [made.catalogue.ids[p] for p, _, _ in rows],
            "market": [market for _, market, _ in rows],
            "price": money(np.array([cents for _, _, cents in rows])),
            "currency": [CURRENCY] * len(rows),
            "seen_on": pa.array([last] * len(rows), pa.date32()),
        }
    )


def truth(made: Made) -> pa.Table:
    """One row a customer: who it is, whether it resells, and how many of its units (net of returns) are to resell."""
    known, number, order = _customers_seen(made)
    units, resold = _units(made, number, len(known[0]))
    registration, person = known
    people = made.people
    sells = (people.started[person] != -1) & (people.kind[person] != KINDS.index("organisation"))
    started = np.maximum(people.started[person], 0)
    ids = np.array(customer_ids(made).to_pylist(), dtype=object)
    guests = (
        np.char.add("guest:O", np.char.zfill(order.astype("U9"), 9)) if len(order) else np.array([], "U1")
    )
    names = np.concatenate([ids[registration[registration >= 0]], guests.astype(object)])
    return pa.table(
        {
            "customer_id": pa.array(names, pa.string()),
            "true_person": numbered("P", person, 8),
            "true_actor": numbered("A", people.actor[person], 8),
            "kind": coded(people.kind[person], pa.array(KINDS)),
            "is_customer_entrepreneur": pa.array(sells),
            "trap": coded(
                np.maximum(people.trap[person] - 1, 0), pa.array(TRAPS[1:]), people.trap[person] > 0
            ),
            "role": coded(people.role[person], pa.array(ROLES)),
            "started_on": pa.array(_dates(made.calendar.starts_on, started), pa.date32(), mask=~sells),
            "units": pa.array(units),
            "units_to_resell": pa.array(resold),
        }
    )


def _dates(starts_on: date, days: Ints) -> npt.NDArray[np.datetime64]:
    return np.datetime64(starts_on) + days.astype("timedelta64[D]")


def _customers_seen(made: Made) -> tuple[tuple[Ints, Ints], Ints, Ints]:
    """`(registration, person)` of every customer, guests after the registered; its number by trip; guests' orders."""
    registration = made.receipts.registration
    all_of_them = np.arange(len(made.identities.registration_person))
    guest_trips = np.flatnonzero(registration == GUEST)
    number = np.where(registration >= 0, registration, -1)
    number[guest_trips] = len(all_of_them) + np.arange(len(guest_trips))
    person = np.concatenate([made.identities.registration_person, made.trips.person[guest_trips]])
    order = _rows(made).order_of_trip[guest_trips]
    return (np.concatenate([all_of_them, np.full(len(guest_trips), GUEST)]), person), number, order


def _units(made: Made, number: Ints, customers_seen: int) -> tuple[Ints, Ints]:
    """Units kept by each customer, and those of them bought to resell."""
    of_line = number[made.lines.trip]
    here = of_line >= 0
    net = made.receipts.net
    units = np.bincount(of_line[here], net[here], customers_seen)
    resold = np.bincount(of_line[here], (net * made.lines.to_resell)[here], customers_seen)
    return units.astype(np.int64), resold.astype(np.int64)
