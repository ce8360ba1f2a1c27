"""Who is who in a made market: the table that no firm has.

Units are counted from the lines as they were made, net of cancellations and returns: the truth is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.simulation.calendar import Ints
from entrepot.simulation.columns import coded, dates, numbered
from entrepot.simulation.order_lines import Made, order_ids, order_numbers
from entrepot.simulation.people import KINDS, ROLES, TRAPS
from entrepot.simulation.receipts import GUEST


@dataclass(frozen=True)
class _Customers:
    """Every customer, the registered first, then the guests; `of_trip` is −1 for nobody."""

    ids: pa.Array
    person: Ints
    of_trip: Ints


def truth(made: Made) -> pa.Table:
    """One row a customer, guests included: person, actor, kind, trap, role, and units bought to resell."""
    known, people = _customers(made), made.people
    person, sells = known.person, people.resells[known.person]
    net, of_line = made.receipts.net, known.of_trip[made.lines.trip]
    return pa.table(
        {
            "customer_id": known.ids,
            "true_person": numbered("P", person),
            "true_actor": numbered("A", people.actor[person]),
            "kind": coded(people.kind[person], pa.array(KINDS)),
            "is_customer_entrepreneur": pa.array(sells),
            "trap": coded(
                np.maximum(people.trap[person] - 1, 0), pa.array(TRAPS[1:]), people.trap[person] > 0
            ),
            "role": coded(people.role[person], pa.array(ROLES)),
            "started_on": dates(made.calendar.starts_on, np.maximum(people.started[person], 0), sells),
            "units": _summed(of_line, net, len(person)),
            "units_to_resell": _summed(of_line, net * made.lines.to_resell, len(person)),
        }
    )


def _customers(made: Made) -> _Customers:
    registration, registered = made.receipts.registration, made.identities.registration_person
    guest_trips = np.flatnonzero(registration == GUEST)
    of_trip = np.maximum(registration, -1)
    of_trip[guest_trips] = len(registered) + np.arange(len(guest_trips))
    guests = order_ids(made, order_numbers(made)[guest_trips])
    return _Customers(
        ids=pa.concat_arrays([made.customer_ids, pc.binary_join_element_wise("guest:", guests, "")]),
        person=np.concatenate([registered, made.trips.person[guest_trips]]),
        of_trip=np.where(registration < GUEST, -1, of_trip),
    )


def _summed(customer: Ints, units: Ints, customers: int) -> pa.Array:
    seen = customer >= 0
    return pa.array(np.bincount(customer[seen], units[seen], customers).astype(np.int64))
