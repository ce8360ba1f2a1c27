"""Keys: identity values written so that one thing is written one way.

A key is what a customer leaves behind: a mailbox, a telephone, a card, a device, a place with a name on its
door. Widths, accents, punctuation and the habits of mail providers are levelled; scripts are kept, because a
script is not an identity. Country is read for one purpose only, to complete a telephone number to E.164; it is
never a key. Everything runs in the engine; the tables of prefixes come from the package `phonenumbers`.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _
from phonenumbers import PhoneMetadata
from phonenumbers.geodata.locale import LOCALE_DATA

PERSONAL_KINDS = ("email", "phone", "payment_token", "device_id")
"""Keys that one person holds in the hand."""

PLACE_KINDS = ("address", "address_name", "door_name", "recipient")
"""Keys of a place: by itself, with one word of a name, with the whole name, and somebody else's door and name."""

TAGGED_MAIL = ("gmail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "fastmail.com",
               "protonmail.com", "proton.me", "pm.me")  # fmt: skip
"""Providers that deliver `name+anything` to `name`."""

SHORT_WORDS = {
    "street": "st", "road": "rd", "avenue": "ave", "boulevard": "blvd", "lane": "ln", "drive": "dr", "court": "ct",
    "square": "sq", "place": "pl", "building": "bldg", "floor": "fl", "apartment": "unit", "apt": "unit",
    "flat": "unit", "suite": "unit", "ste": "unit", "room": "unit", "rm": "unit",
}  # fmt: skip
"""Words of an address that people shorten, and what they become."""


@cache
def _levelled() -> tuple[str, str]:
    """Characters to replace, one by one: full width to half width, accented Latin to plain."""
    wide = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " "}
    latin = {}
    for code in range(0xC0, 0x250):
        plain = unicodedata.normalize("NFKD", chr(code))[0]
        if plain.isascii() and plain.isalpha():
            latin[chr(code)] = plain
    pairs = wide | latin
    return "".join(pairs), "".join(pairs.values())


def level(text: ir.StringValue) -> ir.StringValue:
    """Half width, no Latin accents, lower case, single spaces; scripts stay as they are, empty becomes null."""
    plain = text.translate(*_levelled()).re_replace("[\u0300-\u036f]", "").lower()
    return plain.re_replace(r"\s+", " ").strip().nullif("")


def mailbox(email: ir.StringValue) -> ir.StringValue:
    """The mailbox behind an e-mail address: case, and the dots and tags that its provider ignores, are gone."""
    text = level(email)
    domain = text.split("@")[1]
    domain = ibis.ifelse(domain == "googlemail.com", "gmail.com", domain)
    local = text.split("@")[0]
    local = ibis.ifelse(domain.isin(TAGGED_MAIL), local.split("+")[0], local)
    local = ibis.ifelse(domain == "gmail.com", local.replace(".", ""), local)
    return ibis.ifelse(
        (local.length() > 0) & (domain.length() > 0), local + "@" + domain, ibis.null("string")
    )


@cache
def _calling_codes() -> pa.Table:
    """One row a country, under its two letters and its English name: calling code and national prefix."""
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

    Fewer than seven digits, or one digit repeated, is nobody's number: null.
    """
    written = (
        level(text).re_replace(r"(x|ext\.?|#).*$", "").re_replace(r"\(0\)", "").re_replace("[^0-9+]", "")
    )
    digits = written.replace("+", "")
    abroad = written.startswith("+") | written.startswith("00")
    away = ibis.ifelse(written.startswith("00"), digits.substr(2), digits)
    cut = ibis.ifelse((trunk.length() > 0) & digits.startswith(trunk), digits.substr(trunk.length()), digits)
    number = ibis.ifelse(abroad, away, ibis.ifelse(code.notnull(), code + cut, digits))
    nobody = (digits.length() < 7) | (digits.replace(digits.substr(0, 1), "").length() == 0)
    return ibis.ifelse(nobody, ibis.null("string"), number)


def postcode(text: ir.StringValue) -> ir.StringValue:
    """Letters and digits only."""
    return level(text).re_replace(r"[\s\-]", "").nullif("")


def street(text: ir.StringValue) -> ir.StringValue:
    """An address line with its words shortened one way and its punctuation gone; the unit is kept."""
    plain = level(text).re_replace(r"#\s*", " unit ").re_replace(r"[.,;:/()'\"]", " ")
    for long, short in SHORT_WORDS.items():
        plain = plain.re_replace(rf"\b{long}\b", short)
    return plain.re_replace(r"\s+", " ").strip().nullif("")


def whole_name(text: ir.StringValue) -> ir.StringValue:
    """A name in lower case without punctuation or titles, its words in alphabetical order (LI Anna, Anna Li)."""
    plain = level(text).re_replace(r"[.,;:/()\-'\"]", " ").re_replace(r"\b(mr|mrs|ms|miss|dr|prof)\b", " ")
    words = plain.re_replace(r"\s+", " ").strip().split(" ").sort()
    return words.join(" ").strip().nullif("")


def normalise(identities: ir.Table) -> ir.Table:
    """One row an identity of `identities`, its values levelled; same columns less country, plus `is_self`.

    A parcel's name and address are the buyer's own where the buyer gave no other name, or this very name.
    """
    codes = ibis.memtable(_calling_codes())
    known = identities.mutate(country_name=level(_.country)).left_join(codes, "country_name")
    rows = known.select(
        "customer_id", "is_recipient", "orders", "first_on",
        name=whole_name(known.name),
        email=mailbox(known.email),
        phone=telephone(known.phone, known.calling_code, known.trunk),
        payment_token=known.payment_token.strip().nullif(""),
        device_id=known.device_id.strip().nullif(""),
        address=street(known.address),
        postcode=postcode(known.postcode),
        city=level(known.city),
    )  # fmt: skip
    return rows


def with_own_names(rows: ir.Table) -> ir.Table:
    """`rows` with `is_self`: the identity is the customer's own, not only that of somebody a parcel went to."""
    given = rows.filter(~_.is_recipient.fill_null(False), _.name.notnull())
    own = given.select("customer_id", own_name=_.name).distinct()
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
    return marked.select(*rows.columns, is_self=is_self)


def keys(rows: ir.Table) -> ir.Table:
    """One row a customer, key kind and value: `key_kind, value, place, customer_id, name, first_on`.

    `rows` is `normalise` + `with_own_names`. A telephone of a recipient is the recipient's; cards and devices
    are always the buyer's.
    """
    own = rows.filter(rows.is_self)
    sent = rows.filter(~rows.is_self)
    words = own.mutate(word=own.name.split(" ").unnest()).filter(_.word.length() > 1)
    every = ibis.union(
        _part(own, "email", own.email),
        _part(own, "phone", own.phone),
        _part(rows, "payment_token", rows.payment_token),
        _part(rows, "device_id", rows.device_id),
        _part(own, "address", door(own), place=door(own)),
        _part(words, "address_name", door(words) + "|" + words.word, place=door(words)),
        _part(own, "door_name", door(own) + "|" + own.name, place=door(own)),
        _part(sent, "recipient", door(sent) + "|" + sent.name, place=door(sent)).mutate(
            name=ibis.null("string")
        ),
    )
    once = every.group_by("key_kind", "value", "place", "customer_id")
    return once.aggregate(name=_.name.min(), first_on=_.first_on.min())


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
