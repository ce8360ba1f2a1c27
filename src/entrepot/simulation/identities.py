"""Who the firm's records say that its customers are: names, keys, addresses, and the errors in them.

Nothing here looks at what a person buys, except for the keys that a ring shares: whoever resells has a name
like everybody's. Scripts are mixed, as records are; no script, place or prefix goes with any kind of buyer.

Addresses are numbered: first those of all customers, then those of friends and clients, then parcel lockers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.simulation import households, names
from entrepot.simulation.calendar import Bools, Ints
from entrepot.simulation.names import Named, choice, joined, misspelt, text
from entrepot.simulation.people import SHARES_PHONE, TRAPS, People

_PEOPLE_IN_A_BLOCK = 24
_PEOPLE_AT_A_LOCKER = 60
_PEOPLE_IN_A_POSTCODE = 20
_HOUSES_IN_A_STREET = 400
_REGISTERED_WITHOUT_PHONE = 0.004
_SELLS_UNDER_TWO_NUMBERS = 0.12


@dataclass(frozen=True)
class Identities:
    """Columns by address, by registration and by person.

    Registrations are the rows of the customers table: one for each person first, then the second ones of
    those who registered twice. `guest_*` are what the same people type when they buy as guests.
    """

    names: pa.Array  # by address
    addresses: pa.Array
    postcodes: pa.Array
    cities: pa.Array
    countries: pa.Array
    registration_person: Ints  # by registration
    registered_day: Ints
    registered_names: pa.Array
    emails: pa.Array
    phones: pa.Array
    second_of: Ints  # by person: the number of the second registration, −1 if none
    guest_names: pa.Array
    guest_emails: pa.Array
    has_second_card: Bools
    has_second_device: Bools
    locker_of: Ints  # the address number of the parcel locker used, −1 if none


@dataclass(frozen=True)
class _Addresses:
    written: pa.Array
    postcodes: pa.Array
    cities: pa.Array
    countries: pa.Array


def make(rng: np.random.Generator, people: People, declared: Bools) -> Identities:
    """Identities of all people, friends and parcel lockers; `declared` are registered as a business."""
    count = people.count
    first_locker = count + households.recipients(people)
    lockers, locker_of = _lockers(rng, people, first_locker)
    named = names.draw(rng, first_locker + lockers)
    where = _addresses(rng, people, first_locker + lockers, lockers)
    own, written = named.first(count), named.written()
    registered = pc.if_else(pa.array(declared), names.companies(rng, own), written.slice(0, count))
    emails, phones = names.emails(rng, own), _phones_of_rings(people, names.phones(rng, count))
    second = _registers_again(rng, people)
    again = _again(rng, own, second, registered, emails, phones)
    all_phones = pa.concat_arrays([phones, again[2]])
    unknown = pa.array(rng.random(len(all_phones)) < _REGISTERED_WITHOUT_PHONE)
    return Identities(
        names=written,
        addresses=where.written,
        postcodes=where.postcodes,
        cities=where.cities,
        countries=where.countries,
        registration_person=np.concatenate([np.arange(count), second]),
        registered_day=np.concatenate([people.joined, _day_of_second(rng, people, second)]),
        registered_names=misspelt(rng, pa.concat_arrays([registered, again[0]]), 0.01),
        emails=misspelt(rng, pa.concat_arrays([emails, again[1]]), 0.005),
        phones=pc.if_else(unknown, names.words()["given"]["placeholder_phone"], all_phones),
        second_of=_numbered(count, second),
        guest_names=_as_guests(rng, people, own, registered),
        guest_emails=misspelt(rng, emails, 0.08),
        has_second_card=rng.random(count) < 0.25,
        has_second_device=rng.random(count) < 0.3,
        locker_of=locker_of,
    )


def _numbered(count: int, second: Ints) -> Ints:
    numbers = np.full(count, -1, np.int64)
    numbers[second] = count + np.arange(len(second))
    return numbers


def _as_guests(rng: np.random.Generator, people: People, named: Named, registered: pa.Array) -> pa.Array:
    written = pc.if_else(pa.array(people.bilingual), named.latin(), registered)
    return misspelt(rng, written, 0.05)


def _addresses(rng: np.random.Generator, people: People, count: int, lockers: int) -> _Addresses:
    """Neighbours in a block share one house; in every second block nobody gives the number of the flat."""
    words = names.words()["places"]
    streets, cities = words["streets"], words["cities"]
    postcodes = max(len(streets) * 20, people.count // _PEOPLE_IN_A_POSTCODE)
    street, number = rng.integers(0, postcodes, count), rng.integers(1, _HOUSES_IN_A_STREET, count)
    block = people.of_trap("flats")
    blocks = np.arange(len(block)) // _PEOPLE_IN_A_BLOCK
    street[block], number[block] = (blocks * 37) % postcodes, 7 + blocks % 300
    gives_flat = rng.random(count) < 0.45
    gives_flat[block] = blocks % 2 == 0
    house = joined(text(number), " ", choice(streets, street % len(streets)))
    flat = joined(house, ", #", text(rng.integers(1, 26, count)), text(rng.integers(1, 9, count), 2))
    plain = pc.if_else(pa.array(gives_flat), flat, house).slice(0, count - lockers)
    boxes = joined("Parcel locker ", text(1 + np.arange(lockers)), ", ", house.slice(count - lockers))
    return _Addresses(
        written=pa.concat_arrays([plain, boxes]),
        postcodes=text(10_000 + street * 17 % 89_989, 5),
        cities=choice(cities, street % len(cities)),
        countries=choice(words["countries"], street % len(cities)),
    )


def _lockers(rng: np.random.Generator, people: People, first: int) -> tuple[int, Ints]:
    collectors = people.of_trap("parcel locker")
    lockers = max(len(collectors) // _PEOPLE_AT_A_LOCKER, 1)
    locker_of = np.full(people.count, -1, np.int64)
    locker_of[collectors] = first + rng.integers(0, lockers, len(collectors))
    return lockers, locker_of


def _registers_again(rng: np.random.Generator, people: People) -> Ints:
    """Persons with two customer numbers: a trap among households, a habit of some who resell."""
    resells = people.resells & (rng.random(people.count) < _SELLS_UNDER_TWO_NUMBERS)
    return np.flatnonzero((people.trap == TRAPS.index("registered twice")) | resells)


def _again(
    rng: np.random.Generator,
    named: Named,
    second: Ints,
    registered: pa.Array,
    emails: pa.Array,
    phones: pa.Array,
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Name, e-mail and phone as given the second time: the phone as before, or nearly the e-mail."""
    at = pa.array(second)
    one = Named(named.script[second], named.surname[second], named.given[second])
    in_latin, same_phone = (pa.array(rng.random(len(second)) < share) for share in (0.4, 0.6))
    name = pc.if_else(in_latin, one.latin(), misspelt(rng, registered.take(at), 0.4))
    phone = pc.if_else(same_phone, phones.take(at), names.phones(rng, len(second)))
    email = pc.if_else(same_phone, names.other_emails(rng, one), misspelt(rng, emails.take(at), 0.6))
    return name, email, phone


def _day_of_second(rng: np.random.Generator, people: People, second: Ints) -> Ints:
    begin, end = people.joined[second], people.left[second]
    return begin + (rng.random(len(second)) ** 2 * (end - begin)).astype(np.int64)


def _phones_of_rings(people: People, phones: pa.Array) -> pa.Array:
    shares = people.shares & SHARES_PHONE > 0
    return phones.take(pa.array(np.where(shares, people.actor, np.arange(people.count))))
