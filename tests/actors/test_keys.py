"""One thing is written one way."""

from __future__ import annotations

from datetime import date

import ibis
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from entrepot.actors import keys, resolve


def written(engine, function, *texts):
    """What `function` makes of each text, in order."""
    rows = engine.hold(ibis.memtable({"number": list(range(len(texts))), "text": list(texts)}).to_pyarrow())
    return engine.fetch(rows.select("number", out=function(rows.text)).order_by("number"))["out"].to_pylist()


def test_mailboxes_lose_what_their_provider_ignores(engine):
    texts = [
        "Anna.Li+gift@Gmail.com",
        "annali@googlemail.com",
        "a.b+c@outlook.com",
        "a.b+c@firm.example",
        "@x",
        "x",
    ]
    expected = ["annali@gmail.com", "annali@gmail.com", "a.b@outlook.com", "a.b+c@firm.example", None, None]
    assert written(engine, lambda text: keys.mailbox(keys.level(text)), *texts) == expected


def test_widths_and_accents_are_levelled_and_scripts_are_kept(engine):
    texts = ["Ａnna　Ｌi", "José  Müller", "Jose\u0301", "王小明", "가나다", " ", "ガ"]
    expected = ["anna li", "jose muller", "jose", "王小明", "가나다", None, "ガ"]
    assert written(engine, keys.level, *texts) == expected


def test_addresses_shorten_their_words_and_keep_their_unit(engine):
    texts = ["12 High Street, Flat 3", "12 high st. #3", "12 HIGH ST unit 3", "12 High Street, Flat 4"]
    found = written(engine, lambda text: keys.street(keys.level(text)), *texts)
    assert found == ["12 high st unit 3"] * 3 + ["12 high st unit 4"]


def test_names_are_the_same_in_either_order_and_without_titles(engine):
    assert (
        written(engine, lambda t: keys.whole_name(keys.level(t)), "Ms. Anna LI", "Li, Anna")
        == ["anna li"] * 2
    )


def test_made_up_numbers_are_nobodys(engine):
    null = ibis.null("string")
    texts = ["+82 10-0000-0000", "999999999", "123", "+82 10-1234-5670"]
    found = written(engine, lambda text: keys.telephone(keys.level(text), null, null), *texts)
    assert found == [None, None, None, "821012345670"]


def test_telephones_agree_with_the_package_phonenumbers(engine):
    """A second opinion: the national writing of each country's example mobile, completed to E.164."""
    right, all_of_them = [], []
    codes = {row["country_name"]: row for row in keys._calling_codes().to_pylist()}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if number is None or region.lower() not in codes:
            continue
        national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        plain = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
        all_of_them.append((national, codes[region.lower()], plain))
    rows = engine.hold(
        ibis.memtable({
            "text": [n for n, _c, _p in all_of_them], "expected": [p for _n, _c, p in all_of_them],
            "code": [c["calling_code"] for _n, c, _p in all_of_them],
            "trunk": [c["trunk"] for _n, c, _p in all_of_them],
        }).to_pyarrow()
    )  # fmt: skip
    found = engine.fetch(rows.mutate(got=keys.telephone(keys.level(rows.text), rows.code, rows.trunk)))
    known = [
        (e, g)
        for e, g in zip(found["expected"].to_pylist(), found["got"].to_pylist(), strict=True)
        if g is not None
    ]
    right = [e == g for e, g in known]
    assert sum(right) / len(right) > 0.95, [pair for pair in known if pair[0] != pair[1]]


def test_a_parcel_to_somebody_else_does_not_join_its_senders(engine, make_orders):
    gift = {"name": "Grandma Kim", "address": "9 Hill Road", "postcode": "X1", "is_recipient": True}
    people = [{"customer_id": c, "name": f"{c} own", "email": f"{c}@x.example"} for c in ("a", "b")]
    orders = make_orders([*people, *[gift | {"customer_id": c} for c in ("a", "b")]])
    found = resolve(engine, orders, as_of=date(2026, 6, 30), fuzzy=False)
    assert engine.fetch(found.actors.actor_id.nunique()).as_py() == 2
