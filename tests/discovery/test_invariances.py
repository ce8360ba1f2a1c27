"""What must not matter does not: order of rows, split lines, currency, who the customers are, what came later."""

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pytest

from .conftest import evidence_of

EARLIER = date(2026, 3, 31)


@pytest.fixture(scope="module")
def usual(engine, town):
    """The evidence of the town as it is."""
    return evidence_of(engine, town.known(engine))


def test_order_of_rows_changes_no_evidence(engine, town, usual):
    lines = town.orders.lines
    turned = engine.keep(lines.order_by(lines.line_key.desc()))
    assert evidence_of(engine, town.known(engine, lines=turned)) == pytest.approx(usual, abs=1e-9)


def test_splitting_lines_of_an_order_in_two_changes_no_evidence(engine, town, usual):
    lines = town.orders.lines
    large = lines.filter(lines.quantity_net >= 2)
    rest = lines.filter(lines.quantity_net < 2)
    first = large.mutate(quantity_net=large.quantity_net - 1, revenue_net=large.revenue_net * 0)
    second = large.mutate(quantity_net=ibis.literal(1.0), line_key=-large.line_key)
    parts = [part.select(*lines.columns).cast(dict(lines.schema())) for part in (rest, first, second)]
    split = engine.keep(ibis.union(*parts))
    assert evidence_of(engine, town.known(engine, lines=split)) == pytest.approx(usual, abs=1e-9)


def test_prices_in_a_thousandfold_currency_change_no_evidence(engine, town, usual):
    lines = town.orders.lines
    dear = lines.mutate(unit_price=lines.unit_price * 1000, revenue_net=lines.revenue_net * 1000)
    dear = engine.keep(dear.cast({name: lines.schema()[name] for name in ("unit_price", "revenue_net")}))
    assert evidence_of(engine, town.known(engine, lines=dear)) == pytest.approx(usual, abs=1e-9)


def test_names_places_and_scripts_of_another_group_change_no_signal(engine, town, usual):
    seen = town.orders.identities
    others = seen.mutate(
        name=ibis.literal("田中 ") + seen.name,
        email=ibis.literal("x") + seen.email,
        address=ibis.literal("東京都港区 ")
        + seen.address.translate("abcdeghinorst", "あいうえおかきくけこさしす"),
        postcode=ibis.literal("〒") + seen.postcode,
        city=ibis.literal("東京"),
        country=ibis.literal("JP"),
        payment_token=ibis.literal("jcb-") + seen.payment_token,
        phone=ibis.literal("+81") + seen.phone,
    )
    others = engine.keep(others.select(*seen.columns).cast(dict(seen.schema())))
    assert evidence_of(engine, town.known(engine, identities=others)) == pytest.approx(usual, abs=1e-9)


def test_recipients_count_the_same_in_a_script_without_any_latin_letter(engine, town):
    seen = town.orders.identities
    order = ibis.dense_rank().over(order_by=[seen.address])
    plain = engine.keep(seen.mutate(address=_in(order, "0123456789", "abcdefghij"), name=ibis.null("string")))
    other = engine.keep(
        seen.mutate(address=_in(order, "0123456789", "一二三四五六七八九東"), name=ibis.null("string"))
    )
    known = [town.known(engine, identities=table) for table in (plain, other)]
    assert all("many hands" in one.evidence.counts for one in known)
    found = [evidence_of(engine, one) for one in known]
    assert found[1] == pytest.approx(found[0], abs=1e-9)


def _in(number, digits, letters):
    return number.cast("string").translate(digits, letters)


def test_one_more_household_leaves_the_evidence_of_the_others_nearly_alone(engine, town, usual):
    lines = town.orders.lines
    rows = lines.filter(lines.customer_id == engine.fetch(lines.customer_id.max().as_table())[0][0].as_py())
    twin = rows.mutate(customer_id=ibis.literal("zz-new"), line_key=-rows.line_key)
    who = town.actors.actors
    newcomer = who.limit(1).mutate(
        customer_id=ibis.literal("zz-new"), person_id=ibis.literal("zz-new"), actor_id=ibis.literal("zz-new")
    )
    larger = replace(
        town,
        orders=replace(town.orders, lines=engine.keep(ibis.union(lines, twin.select(*lines.columns)))),
        actors=replace(town.actors, actors=engine.keep(ibis.union(who, newcomer.select(*who.columns)))),
    )
    found = evidence_of(engine, larger.known(engine))
    moved = np.array([abs(found[name] - value) for name, value in usual.items()])
    assert set(found) - set(usual) == {"zz-new"}
    assert np.median(moved) <= 0.05
    assert np.quantile(moved, 0.95) <= 0.2  # four aspects are multiplied,
    assert moved.max() <= 1.5  # and a product may cross the line to being sought


def test_what_was_known_at_a_date_is_what_a_run_on_the_data_up_to_it_finds(engine, town):
    lines = town.orders.lines
    then = engine.keep(lines.filter(lines.ordered_on <= EARLIER))
    truncated = town.known(engine, EARLIER, lines=then)
    asked_later = town.known(engine, EARLIER)
    assert evidence_of(engine, asked_later) == pytest.approx(evidence_of(engine, truncated), abs=1e-9)
    assert asked_later.gamma == pytest.approx(truncated.gamma, abs=1e-9)
    assert _q_values(engine, asked_later) == pytest.approx(_q_values(engine, truncated), abs=1e-9)


def _q_values(engine, known):
    return {row["actor_id"]: row["q_value"] for row in engine.fetch(known.placed).to_pylist()}
