"""What the room hands on: sentences with the numbers of the tables, abstentions, and what cannot be told."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import ibis
import pytest

from entrepot import actors as resolving
from entrepot.discovery import discover, excess
from entrepot.discovery.findings import _facts
from entrepot.discovery.looking_back import month_ends_before
from entrepot.discovery.sentences import Spoken, _page, _sentence
from entrepot.discovery.signals import SIGNALS
from entrepot.orders import read

from .conftest import ENDS_ON, open_town

ONLINE_RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.csv.gz"


def settings(**changes):
    usual = {"fdr": 0.1, "as_of": ENDS_ON, "personal_use": None, "hindsight_months": 0, "seed": 0}
    return SimpleNamespace(**(usual | changes))


@pytest.fixture(scope="module")
def found(engine, town):
    return discover(engine, town.orders, town.actors, settings())


@pytest.fixture(scope="module")
def findings(engine, found):
    return engine.fetch(found.findings.order_by("place")).to_pylist()


def test_every_actor_with_a_purchase_has_one_row(engine, town, findings):
    buyers = town.orders.lines.filter(town.orders.lines.quantity_net > 0).join(
        town.actors.actors, "customer_id"
    )
    assert len(findings) == len({row["actor_id"] for row in findings})
    assert {row["actor_id"] for row in findings} == set(
        engine.fetch(buyers.select("actor_id").distinct())["actor_id"].to_pylist()
    )


def test_flagged_are_those_whose_q_value_is_within_the_rate(findings):
    assert [row["flagged"] for row in findings] == [row["q_value"] <= 0.1 for row in findings]
    assert any(row["flagged"] for row in findings)


def test_excess_units_lie_within_their_interval_and_what_was_bought(findings):
    for row in findings:
        assert 0 <= row["excess_units_low"] <= row["excess_units"] <= row["excess_units_high"] <= row["units"]


def test_sentences_hold_the_numbers_of_the_tables(engine, found, findings):
    lines = engine.fetch(found.tables["evidence"]).to_pylist()
    first = {row["actor_id"]: row["sentence"] for row in lines if row["place"] == 0}
    listed = [row for row in findings if row["flagged"]]
    assert set(first) == {row["actor_id"] for row in listed}
    for row in listed:
        numbers = [
            int(text.replace(",", "")) for text in re.findall(r"(?<!\w)\d[\d,]*", first[row["actor_id"]])
        ]
        expected = [row[name] for name in ("units", "excess_units", "excess_units_low", "excess_units_high")]
        assert [numbers[0], *numbers[3:6]] == pytest.approx(expected, abs=0.51)


@pytest.mark.parametrize(("spoken", "for_it", "against_it"), [
    ([Spoken(-0.5, "depth", "Few.", above=False, beyond=False)], [], ["As households: Few."]),
    ([Spoken(0.2, "depth", "Below.", above=False, beyond=False)], [], []),
    ([Spoken(0.2, "depth", "Below.", above=False, beyond=False),
      Spoken(0.1, "pace", "Above.", above=True, beyond=False)], ["Above."], []),
])  # fmt: skip
def test_where_little_speaks_no_sentence_stands_under_the_contrary(monkeypatch, spoken, for_it, against_it):
    monkeypatch.setattr("entrepot.discovery.sentences.explained", lambda *_given: [])
    fact = {"actor_id": "a", "units": 9, "first_on": date(2024, 1, 1), "persons": 1} | dict.fromkeys(
        ("excess_units", "excess_units_low", "excess_units_high"), 1
    )
    lines = _page(fact, spoken, {}, {})
    assert [line["sentence"] for line in lines if line["stance"] == "for"][1:] == for_it
    assert [line["sentence"] for line in lines if line["stance"] == "against"] == against_it


def test_a_page_has_at_most_six_sentences_and_names_innocent_explanations(engine, found):
    pages = {}
    for row in engine.fetch(found.tables["evidence"]).to_pylist():
        pages.setdefault(row["actor_id"], []).append(row["stance"])
    for stances in pages.values():
        assert 2 <= stances.count("for") <= 6
        assert stances.count("innocent") >= 1


def test_no_sentence_says_the_contrary_of_what_it_stands_under(engine, found):
    """More than expected speaks for resale; what nearly no household reaches is not 'as households'."""
    told = re.compile(r"([\d,]+) .*about ([\d,.]+).*at most ([\d,]+)\.")
    seen = set()
    for row in engine.fetch(found.tables["evidence"]).to_pylist():
        if row["stance"] != "innocent" and (numbers := told.search(row["sentence"])):
            count, expected, most = (float(text.replace(",", "")) for text in numbers.groups())
            assert count > expected - 0.5 if row["stance"] == "for" else count <= most, row["sentence"]
            seen.add(row["stance"])
    assert seen == {"for", "against"}


@pytest.mark.parametrize(
    ("number", "said"), [(1.0, "1 delivery address beyond"), (2.0, "2 delivery addresses beyond")]
)
def test_one_is_told_as_one(number, said):
    signal = next(signal for signal in SIGNALS if signal.name == "many hands")
    count = signal.counts[0]
    assert said in _sentence(count, {"count": number, "expected": 0.5, "most": 3.0})


def test_signals_that_abstain_name_the_table_or_column_that_opens_them(engine, town):
    bare = town.known(engine, events=None, offers=None, columns=frozenset())
    opened = {
        "pace": "events",
        "channel move": "channel, events",
        "market gap": "offers",
        "many hands": "ship_address",
    }
    said = {name: text for name, text in bare.evidence.abstained.items() if name in opened}
    assert said == {name: f"needs {columns}" for name, columns in opened.items()}


def test_hostile_product_names_do_no_harm(engine, town, findings):
    lines = town.orders.lines
    names = ibis.literal("'; drop table bought; -- {0} %s \" </script> ") + lines.product_id
    hostile = engine.keep(lines.mutate(product_id=names, category=ibis.literal("{count} ' or 1=1 --")))
    found = discover(engine, replace(town.orders, lines=hostile, events=None), town.actors, settings())
    names = engine.fetch(found.findings.select("actor_id"))["actor_id"].to_pylist()
    assert sorted(names) == sorted(row["actor_id"] for row in findings)
    assert found.notes["cannot_tell"] == []


@pytest.mark.parametrize(("seed", "share"), [(40, 0.0), (41, 0.06)])
def test_a_town_of_households_alone_lists_nobody(engine, tmp_path, seed, share):
    town = open_town(engine, tmp_path, seed=seed, customer_entrepreneurs=0.0, trap_share=share)
    placed = town.known(engine).placed
    assert len(engine.fetch(placed.filter(placed.q_value <= 0.05))) == 0  # 200 draws stand in the benchmarks


def test_month_ends_go_backwards_from_the_as_of_date_to_the_first_order():
    ends = month_ends_before(date(2026, 3, 15), date(2025, 12, 31))
    assert ends == [date(2026, 2, 28), date(2026, 1, 31)]


@pytest.mark.skipif(not ONLINE_RETAIL.exists(), reason="Online Retail is not there")
def test_online_retail_is_mostly_businesses_so_nothing_can_be_told(engine):
    orders = read(engine, str(ONLINE_RETAIL), preset="online-retail", max_bad=1.0)
    who = resolving.resolve(engine, orders, as_of=date(2011, 12, 9), fuzzy=False)
    found = discover(engine, orders, who, settings(as_of=date(2011, 12, 9)))
    assert found.notes["cannot_tell"] == ["all"]
    assert found.headline["flagged"] == 0


def test_where_no_product_can_be_judged_nobody_is_told_to_be_an_organisation(engine, town):
    view = town.known(engine).view
    facts = engine.fetch(_facts(replace(view, traits=view.traits.limit(0)), town.actors))
    assert set(facts["dear_ratio"].to_pylist()) == {1.0}


def test_stated_personal_use_is_taken_off_beside_what_the_orders_show(engine, town):
    known = town.known(engine)
    view, weighed = known.view, known.evidence.weighed

    def mean(*stated):
        own = excess.personal_use(
            view, weighed, known.placed.mutate(resale_probability=0.0, flagged=False), stated
        )
        return engine.fetch(own.aggregate(m=ibis._.own_mean.sum()))["m"][0].as_py()

    trips = engine.fetch(excess._of(view, weighed, "trips", 0.01).aggregate(m=ibis._["mean"].sum()))["m"][
        0
    ].as_py()
    assert mean("no such count") == pytest.approx(mean())
    assert mean("trips") == pytest.approx(mean() + trips)
