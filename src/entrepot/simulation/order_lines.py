"""The orders table of a made market: one row a line bought or returned, sorted by time like a real export.

A return is a negative line in an order of its own. A till knows a customer number and the card; the web shop
also knows name, e-mail, phone, device and where the parcel goes; duty-free asks for the name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from entrepot.simulation.calendar import Bools, Calendar, Ints
from entrepot.simulation.catalogue import Catalogue
from entrepot.simulation.columns import CURRENCY, coded, instants, money, numbered, tokens
from entrepot.simulation.identities import Identities
from entrepot.simulation.people import People
from entrepot.simulation.places import Places
from entrepot.simulation.purchases import OWN, Lines, Trips
from entrepot.simulation.receipts import GUEST, NOBODY, Receipts
from entrepot.simulation.restriction import Restriction

_SALE_SHARE = 0.1
_PAYS_CASH = 0.12
_SECOND_CARD, _SECOND_DEVICE = 0.3, 0.35
_CANCELLED_AFTER_MINUTES = 180


@dataclass(frozen=True)
class Made:
    """Everything that the tables are written from."""

    calendar: Calendar
    catalogue: Catalogue
    places: Places
    people: People
    identities: Identities
    restriction: Restriction
    trips: Trips
    lines: Lines
    receipts: Receipts
    declared: Bools
    customer_number: Ints  # by registration, a shuffle, so that no number tells anything

    @property
    def customer_ids(self) -> pa.Array:
        """The customer number of each registration, as written."""
        return numbered("C", self.customer_number)


@dataclass(frozen=True)
class _Rows:
    """By row: the line and its trip, signed units, the minute, the numbers of the order and the line."""

    line: Ints
    trip: Ints
    quantity: Ints
    minute: Ints
    order: Ints
    line_no: Ints
    names_order: Bools
    orders: int


def orders(made: Made, rng: np.random.Generator) -> pa.Table:
    """One row a line bought or returned, in the columns of the contracts."""
    at, order_of_trip = _rows(made), order_numbers(made)
    return pa.table(
        {
            **_what(made, at, order_of_trip),
            **_by_whom(made, at),
            **_keys(made, at, rng),
            **_where_to(made, at),
        }
    )


def order_numbers(made: Made) -> Ints:
    """The number of the order of each trip, then of each return; they count upwards in time."""
    minute = np.concatenate([made.trips.minute, made.receipts.returns.minute])
    number = np.empty(len(minute), np.int64)
    number[np.argsort(minute, kind="stable")] = np.arange(len(minute))
    return number


def order_ids(made: Made, numbers: Ints) -> pa.Array:
    """Order numbers as written."""
    return numbered("O", numbers, 9)


def _rows(made: Made) -> _Rows:
    """Lines and returns in one sequence."""
    back, bought = made.receipts.returns, made.lines
    trip = np.concatenate([bought.trip, bought.trip[back.line]])
    arrival = np.concatenate([bought.trip, made.trips.count + np.arange(len(back.line))])
    order = order_numbers(made)[arrival]
    rank = np.argsort(order, kind="stable")
    names_order = np.concatenate([np.zeros(len(bought.trip), bool), back.names_order])
    minute = np.concatenate([made.trips.minute[bought.trip], back.minute])
    return _Rows(
        line=np.concatenate([np.arange(len(bought.trip)), back.line])[rank],
        trip=trip[rank],
        quantity=np.concatenate([bought.quantity, -back.quantity])[rank],
        minute=minute[rank],
        order=order[rank],
        line_no=_places_in_order(order[rank]),
        names_order=names_order[rank],
        orders=made.trips.count + len(back.line),
    )


def _places_in_order(order: Ints) -> Ints:
    """1, 2, 1, 1, 2, 3, … : the place of each row within its order."""
    starts = np.flatnonzero(np.diff(order, prepend=-1))
    return np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order)))) + 1


def _what(made: Made, at: _Rows, order_of_trip: Ints) -> dict[str, pa.Array]:
    product, place = made.lines.product[at.line], made.trips.place[at.trip]
    price, bought = made.catalogue.price_cents[product], at.quantity > 0
    on_sale = made.calendar.sale[made.trips.day[at.trip]] & bought
    discount = np.where(on_sale, np.rint(price * at.quantity * _SALE_SHARE), 0).astype(np.int64)
    cancelled = made.receipts.cancelled[at.trip] & bought
    ids = order_ids(made, np.arange(at.orders))
    return {
        "order_id": coded(at.order, ids),
        "line_no": pa.array(at.line_no),
        "ordered_at": instants(made.calendar.starts_on, at.minute),
        "product_id": coded(product, pa.array(made.catalogue.ids)),
        "quantity": pa.array(at.quantity),
        "unit_price": money(price),
        "discount": money(discount),
        "currency": coded(np.zeros(len(at.line), np.int64), pa.array([CURRENCY])),
        "channel": coded(place, pa.array(made.places.channel)),
        "store_id": coded(place, pa.array(made.places.ids)),
        "order_status": coded(cancelled.astype(np.int64), pa.array(["completed", "cancelled"])),
        "cancelled_at": instants(made.calendar.starts_on, at.minute + _CANCELLED_AFTER_MINUTES, cancelled),
        "returns_order_id": coded(order_of_trip[at.trip], ids, at.names_order),
    }


def _by_whom(made: Made, at: _Rows) -> dict[str, pa.Array]:
    """Customer number, and what the web shop (and duty-free, for the name) is told."""
    known, registration = made.identities, made.receipts.registration
    guest = registration == GUEST
    typed = np.where(guest, len(known.registration_person) + made.trips.person, np.maximum(registration, 0))
    listed = np.where(guest, made.trips.person, np.maximum(registration, 0))[at.trip]
    online = (made.trips.place == made.places.web)[at.trip]
    named = ((made.trips.place >= made.places.web) & (registration != NOBODY))[at.trip]
    all_names = pa.concat_arrays([known.registered_names, known.guest_names])
    all_emails = pa.concat_arrays([known.emails, known.guest_emails])
    return {
        "customer_id": coded(listed, made.customer_ids, (registration >= 0)[at.trip]),
        "name": coded(typed[at.trip], all_names, named),
        "email": coded(typed[at.trip], all_emails, online),
        "phone": coded(listed, known.phones, online),
    }


def _keys(made: Made, at: _Rows, rng: np.random.Generator) -> dict[str, pa.Array]:
    """The card of whoever pays, null where cash does or nobody is known; the device of web orders."""
    known, trips = made.identities, made.trips
    payer = np.where(trips.payer == OWN, trips.person, trips.payer)
    card = 2 * payer + (known.has_second_card[payer] & (rng.random(trips.count) < _SECOND_CARD))
    device = 2 * trips.person + (
        known.has_second_device[trips.person] & (rng.random(trips.count) < _SECOND_DEVICE)
    )
    online = trips.place == made.places.web
    by_card = (made.receipts.registration != NOBODY) & (online | (rng.random(trips.count) >= _PAYS_CASH))
    twice = 2 * made.people.count
    return {
        "payment_token": coded(card[at.trip], tokens("tok_", twice, salt=1), by_card[at.trip]),
        "device_id": coded(device[at.trip], tokens("dev_", twice, salt=2), online[at.trip]),
    }


def _where_to(made: Made, at: _Rows) -> dict[str, pa.Array]:
    """Where the parcel goes: home or the parcel locker, or whatever address the trip names."""
    known, trips = made.identities, made.trips
    own = np.where(known.locker_of[trips.person] >= 0, known.locker_of[trips.person], trips.person)
    address = np.where(trips.ship_to == OWN, own, trips.ship_to)[at.trip]
    to_other = trips.ship_to >= made.people.count
    name = np.where(to_other, trips.ship_to, trips.person)[at.trip]
    sent = (trips.place == made.places.web)[at.trip]
    return {
        "ship_name": coded(name, known.names, sent),
        "ship_address": coded(address, known.addresses, sent),
        "ship_postcode": coded(address, known.postcodes, sent),
        "ship_city": coded(address, known.cities, sent),
        "ship_country": coded(address, known.countries, sent),
    }
