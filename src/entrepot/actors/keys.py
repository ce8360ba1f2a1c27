"""Keys: identity values written so that one thing is written one way.

A key is what a customer leaves behind: a mailbox, a telephone, a card, a device, a place with a name on its
door. Widths, accents, punctuation and the habits of mail providers are levelled; scripts are kept, because a
script is not an identity. Country is read for one purpose only, to complete a telephone number to E.164; it is
never a key. Everything runs in the engine; the tables of prefixes come from the package `phonenumbers`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from entrepot.engines import Engine

PERSONAL_KINDS = ("email", "phone", "payment_token", "device_id")
"""Keys that one person holds in the hand."""

PLACE_KINDS = ("address", "address_name", "door_name", "recipient")
"""Keys of a place: by itself, with one word of a name, with the whole name, and somebody else's door and name."""

TAGGED_MAIL = ("gmail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "fastmail.com",
               "protonmail.com", "proton.me", "pm.me")  # fmt: skip
"""Providers that deliver `name+anything` to `name`."""

MADE_UP_NUMBER = "(" + "|".join(str(digit) * 6 for digit in range(10)) + ")$"
"""One digit six times at the end."""

SHORT_WORDS = {
    "street": "st", "road": "rd", "avenue": "ave", "boulevard": "blvd", "lane": "ln", "drive": "dr",
    "court": "ct", "square": "sq", "place": "pl", "building": "bldg", "floor": "fl",
}  # fmt: skip
"""Words of an address that people shorten, and what they become."""

UNIT_WORDS = r"\b(apartment|apt|flat|suite|ste|room|rm)\b"
"""Words for a unit within a building."""

WIDE = "".join(chr(code) for code in (0x3000, *range(0xFF01, 0xFF5F)))
NARROW = " " + "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F))


@cache
def _accented() -> dict[str, str]:
    """Each plain Latin letter and its accented forms: {"a": "àáâ…", …}."""
    forms: dict[str, str] = {}
    for code in range(0xC0, 0x250):
        plain = unicodedata.normalize("NFKD", chr(code))[0]
        if plain.isascii() and plain.islower():
            forms[plain] = forms.get(plain, "") + chr(code)
    return forms


def level(text: ir.StringValue) -> ir.StringValue:
    """Half width, no Latin accents, lower case, single spaces; scripts stay, empty becomes null."""
    narrow = ibis.ifelse(
        text.re_search(f"[{WIDE[0]}{WIDE[1]}-{WIDE[-1]}]"), text.translate(WIDE, NARROW), text
    )
    plain = narrow.lower()
    bare = plain
    for letter, forms in _accented().items():
        bare = bare.re_replace(f"[{forms}]", letter)
    is_latin = plain.re_search("[\u00c0-\u024f\u0300-\u036f]")  # most other scripts have nothing to lay bare
    plain = ibis.ifelse(is_latin, bare.re_replace("[\u0300-\u036f]", ""), plain)
    plain = plain.re_replace(r"\s+", " ").strip()
    is_plain = ~text.re_search(r"[^\x00-\x7f]|\s\s|^\s|\s$|\t")  # most rows: spared the rest
    return ibis.ifelse(is_plain, text.lower(), plain).nullif("")


def mailbox(email: ir.StringValue) -> ir.StringValue:
    """The mailbox behind an e-mail address: case, and the dots and tags that its provider ignores, are gone."""
    domain = email.split("@")[1]
    domain = ibis.ifelse(domain == "googlemail.com", "gmail.com", domain)
    local = email.split("@")[0]
    local = ibis.ifelse(domain.isin(TAGGED_MAIL), local.split("+")[0], local)
    local = ibis.ifelse(domain == "gmail.com", local.replace(".", ""), local)
    return ibis.ifelse(
        (local.length() > 0) & (domain.length() > 0), local + "@" + domain, ibis.null("string")
    )


@cache
def _calling_codes() -> pa.Table:
    """One row a country, under its two letters and its English name: calling code and national prefix."""
    from phonenumbers import PhoneMetadata  # dear to import: only where there are telephones to read
    from phonenumbers.geodata.locale import LOCALE_DATA

    rows = {}
    for region, names in LOCALE_DATA.items():
        meta = PhoneMetadata.metadata_for_region(region)
        if meta is None:
            continue
        row = (str(meta.country_code), meta.national_prefix or "")
        rows[region.lower()] = row
        english = names.get("en", "")
        rows[(names.get(english[1:], "") if english.startswith("*") else english).lower()] = row
    rows.pop("", None)
    codes, prefixes = zip(*rows.values(), strict=True)
    return pa.table({"country_name": list(rows), "calling_code": codes, "trunk": prefixes})


def telephone(text: ir.StringValue, code: ir.StringValue, trunk: ir.StringValue) -> ir.StringValue:
    """E.164 without the plus where the country is written or known (`code`, `trunk`), else the digits as given.

    Fewer than seven digits, or a number as a clerk makes it up to get on, is nobody's: null.
    """
    return completed(dialled(level(text)), code, trunk)


def dialled(text: ir.StringValue) -> ir.StringValue:
    """What is dialled of a telephone as written: its digits, and a plus; no extension, no (0)."""
    return text.re_replace(r"(x|ext\.?|#).*$", "").re_replace(r"\(0\)", "").re_replace("[^0-9+]", "")


def completed(written: ir.StringValue, code: ir.StringValue, trunk: ir.StringValue) -> ir.StringValue:
    """`telephone` of a number that is `dialled`."""
    digits = written.replace("+", "")
    abroad = written.startswith("+") | written.startswith("00")
    away = ibis.ifelse(written.startswith("00"), digits.substr(2), digits)
    cut = ibis.ifelse((trunk.length() > 0) & digits.startswith(trunk), digits.substr(trunk.length()), digits)
    number = ibis.ifelse(abroad, away, ibis.ifelse(code.notnull(), code + cut, digits))
    nobody = (digits.length() < 7) | digits.re_search(MADE_UP_NUMBER)
    return ibis.ifelse(nobody, ibis.null("string"), number)


def postcode(text: ir.StringValue) -> ir.StringValue:
    """Letters and digits only."""
    return text.re_replace(r"[\s\-]", "").nullif("")


def street(text: ir.StringValue) -> ir.StringValue:
    """An address line with its words shortened one way and its punctuation gone; the unit is kept."""
    plain = text.re_replace(r"#\s*", " unit ").re_replace(r"[.,;:/()'\"]", " ")
    for long, short in SHORT_WORDS.items():
        plain = plain.replace(" " + long, " " + short)
    return plain.re_replace(UNIT_WORDS, "unit").re_replace(r"\s+", " ").strip().nullif("")


def whole_name(text: ir.StringValue) -> ir.StringValue:
    """A name in lower case without punctuation or titles, its words in alphabetical order (LI Anna, Anna Li)."""
    plain = text.re_replace(r"[.,;:/()\-'\"]", " ").re_replace(r"\b(mr|mrs|ms|miss|dr|prof)\b", " ")
    words = plain.re_replace(r"\s+", " ").strip().split(" ").sort()
    return words.join(" ").strip().nullif("")


def normalise(engine: Engine, identities: ir.Table) -> ir.Table:
    """One row an identity of `identities`, its values levelled; same columns less country, plus `is_self`.

    A parcel's name and address are the buyer's own where the buyer gave no other name, or this very name. Millions
    of rows hold far fewer different values, and each of these is rewritten once.
    """
    ways = {
        "name": whole_name, "email": mailbox, "phone": dialled, "address": street, "postcode": postcode,
        "city": _as_it_is, "country": _as_it_is,
    }  # fmt: skip
    rows = identities
    for column, way in ways.items():
        rows = _rewritten(engine, rows, identities[column], way)
    known = rows.left_join(ibis.memtable(_calling_codes()), [("country", "country_name")])
    return engine.keep(
        known.select(
            "customer_id", "is_recipient", "orders", "first_on", "name", "email",
            phone=completed(known.phone, known.calling_code, known.trunk),
            payment_token=known.payment_token.strip().nullif(""),
            device_id=known.device_id.strip().nullif(""),
            address=known.address,
            postcode=known.postcode,
            city=known.city,
        ), "normalised",
    )  # fmt: skip


def _as_it_is(text: ir.StringValue) -> ir.StringValue:
    return text


def _rewritten(
    engine: Engine, rows: ir.Table, column: ir.StringColumn, way: Callable[[ir.StringValue], ir.StringValue]
) -> ir.Table:
    """`rows` with what `way` makes of `column` levelled, not yet computed; what it makes of each value is kept."""
    name = column.get_name()
    values = column.as_table().distinct()
    levelled = values.select(
        was=values[name], plain=level(values[name])
    )  # a step of its own is computed once
    ways = engine.keep(levelled.select("was", now=way(levelled.plain)), "rewritten")
    joined = rows.left_join(ways, [(name, "was")])
    return joined.select(**{other: joined.now if other == name else joined[other] for other in rows.columns})


def with_own_names(engine: Engine, rows: ir.Table) -> ir.Table:
    """`rows` with `is_self`: the identity is the customer's own, not that of somebody a parcel went to."""
    sent = rows.filter(_.is_recipient, _.name.notnull()).select("customer_id").distinct()
    if not engine.fetch(sent.count()).as_py():
        return rows.mutate(is_self=True)
    own = rows.filter(~_.is_recipient.fill_null(False), _.name.notnull()).semi_join(sent, "customer_id")
    own = engine.keep(own.select("customer_id", own_name=_.name).distinct(), "own_names")
    named = own.select("customer_id").distinct().mutate(has_own=True)
    marked = rows.left_join(named, "customer_id").select(*rows.columns, "has_own")
    same = own.mutate(is_own=True)
    marked = marked.left_join(same, ["customer_id", ("name", "own_name")]).select(
        *rows.columns, "has_own", "is_own"
    )
    is_self = (
        ~marked.is_recipient.fill_null(False)
        | marked.name.isnull()
        | marked.has_own.isnull()
        | marked.is_own.notnull()
    )
    return engine.keep(marked.select(*rows.columns, is_self=is_self), "identities")


def keys(rows: ir.Table) -> ir.Table:
    """One row an identity and key: `key_kind, value, place, customer_id, name, first_on`; not yet computed.

    `rows` is `normalise` + `with_own_names`. A telephone of a recipient is the recipient's; cards and devices
    are always the buyer's.
    """
    own, sent = rows.filter(rows.is_self), rows.filter(~rows.is_self)
    return ibis.union(
        _part(own, "email", own.email),
        _part(own, "phone", own.phone),
        _part(rows, "payment_token", rows.payment_token),
        _part(rows, "device_id", rows.device_id),
        _part(own, "address", door(own), place=door(own)),
        _part(sent, "recipient", door(sent) + "|" + sent.name, place=door(sent)).mutate(
            name=ibis.null("string")
        ),
    )


def names_at_doors(shared: ir.Table) -> ir.Table:
    """Keys of a door and a name: each word (`address_name`) and the whole (`door_name`), for shared doors only."""
    named = shared.filter(_.key_kind == "address", _.name.notnull())
    words = named.mutate(word=named.name.split(" ").unnest()).filter(_.word.length() > 1)
    return ibis.union(
        words.mutate(key_kind=ibis.literal("address_name"), value=words.place + "|" + words.word).drop(
            "word"
        ),
        named.mutate(key_kind=ibis.literal("door_name"), value=named.place + "|" + named.name),
    )


def door(rows: ir.Table) -> ir.StringValue:
    """Street and postcode; where the postcode is missing the town tells equal streets apart."""
    return rows.address + "|" + rows.postcode.fill_null(rows.city.fill_null(""))


def _part(rows: ir.Table, kind: str, value: ir.StringValue, place: ir.StringValue | None = None) -> ir.Table:
    place = ibis.null("string") if place is None else place
    part = rows.select(
        "customer_id", "name", "first_on", key_kind=ibis.literal(kind), value=value, place=place
    )
    return part.filter(part.value.notnull()).select(
        "key_kind", "value", "place", "customer_id", "name", "first_on"
    )
