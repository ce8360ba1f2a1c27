"""The tables beside the orders of a made market: customers, products, events, offers."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from entrepot.simulation import catalogue as goods
from entrepot.simulation.catalogue import CATEGORIES
from entrepot.simulation.columns import CURRENCY, coded, instants, money
from entrepot.simulation.order_lines import Made
from entrepot.simulation.purchases import DAY_MINUTES

_NOON = 720
_BRAND = "Entrepot"


def customers(made: Made) -> pa.Table:
    """One row a registration, in the order of the customer numbers."""
    known = made.identities
    person = known.registration_person
    where = pa.array(person)
    table = pa.table(
        {
            "customer_id": made.customer_ids,
            "name": known.registered_names,
            "email": known.emails,
            "phone": known.phones,
            "address": known.addresses.take(where),
            "postcode": known.postcodes.take(where),
            "city": known.cities.take(where),
            "country": known.countries.take(where),
            "type": coded(made.declared[person].astype(np.int64), pa.array(["person", "business"])),
            "created_at": instants(made.calendar.starts_on, known.registered_day * DAY_MINUTES + _NOON),
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
            "brand": [_BRAND] * catalogue.size,
            "list_price": money(catalogue.price_cents),
            "unit_cost": money(catalogue.cost_cents),
        }
    )


def events(made: Made) -> pa.Table:
    """One row an event: launches, holidays, and the one restriction, in stores only, for good."""
    limit = made.restriction
    rows = sorted(
        [
            *_launches(made),
            *_holidays(made),
            (_on(made, limit.from_day), "restriction", "store", None, limit.note),
        ],
        key=lambda row: (row[0], row[4]),
    )
    starts, kinds, channels, product_ids, notes = zip(*rows, strict=True)
    nothing = [None] * len(rows)
    return pa.table(
        {
            "event_id": [f"E{n + 1:03d}" for n in range(len(rows))],
            "kind": kinds,
            "starts_on": pa.array(starts, pa.date32()),
            "ends_on": pa.array(nothing, pa.date32()),
            "channel": pa.array(channels, pa.string()),
            "store_id": pa.array(nothing, pa.string()),
            "product_id": pa.array(product_ids, pa.string()),
            "note": pa.array(notes, pa.string()),
        }
    )


_Event = tuple[date, str, str | None, str | None, str]


def _on(made: Made, day: int) -> date:
    return made.calendar.starts_on + timedelta(days=day)


def _launches(made: Made) -> list[_Event]:
    catalogue = made.catalogue
    new = np.flatnonzero(catalogue.launch_day >= 0)
    return [
        (_on(made, int(catalogue.launch_day[p])), "launch", None, catalogue.ids[p], catalogue.names[p])
        for p in new
    ]


def _holidays(made: Made) -> list[_Event]:
    return [(day, "holiday", None, None, name) for day, name in made.calendar.holidays]


def offers(made: Made, rng: np.random.Generator) -> pa.Table:
    """One row a product and market: what it sells for there, as seen on the last day."""
    product, market, cents = zip(*goods.offers(rng, made.catalogue), strict=True)
    seen_on = _on(made, made.calendar.days - 1)
    return pa.table(
        {
            "product_id": [made.catalogue.ids[p] for p in product],
            "market": market,
            "price": money(np.array(cents)),
            "currency": [CURRENCY] * len(product),
            "seen_on": pa.array([seen_on] * len(product), pa.date32()),
        }
    )
