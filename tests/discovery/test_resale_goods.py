"""What resellers stock is read off suspects, never off the actor that is judged by it."""

from types import SimpleNamespace

import pyarrow as pa
import pytest

from entrepot.discovery.resale_goods import _first_look_for, out_of_proportion

HOUSEHOLDS, SUSPECTS = 60, 8
SERUM, SOAP, BREAD = 1, 2, 3


def buyer(actor, fold, product, units, suspicion):
    return {
        "actor": actor,
        "fold": fold,
        "product": product,
        "units": float(units),
        "suspicion": suspicion,
        "heeded": 1.0,
    }


def town(**changes):
    """Sixty households with soap and bread, and now and then a serum; eight suspects with many serums beside."""
    units = {"serum": 20, "soap_of_the_office": 0} | changes
    rows = []
    for n in range(HOUSEHOLDS):
        rows += [buyer(n, n % 5, SOAP, 10, 0.01), buyer(n, n % 5, BREAD, 30, 0.01)]
        rows += [buyer(n, n % 5, SERUM, 1, 0.01)] if n % 4 == 0 else []
    for n in range(100, 100 + SUSPECTS):
        rows += [buyer(n, n % 5, SOAP, 5, 0.9), buyer(n, n % 5, SERUM, units["serum"], 0.9)]
    rows += [buyer(900, 0, SOAP, units["soap_of_the_office"], 0.95)]
    return rows


def goods(engine, rows):
    found = engine.fetch(out_of_proportion(engine, engine.hold(pa.Table.from_pylist(rows)))).to_pylist()
    return {row["product"]: (row["sought_by_fold"], row["liked"]) for row in found}


def test_what_suspects_buy_out_of_proportion_is_sought_and_the_rest_is_not(engine):
    found = goods(engine, town())
    assert found == {SERUM: (0b11111, True), SOAP: (0, False), BREAD: (0, False)}


@pytest.mark.parametrize("units", [1000, 100_000])
def test_an_actor_never_chooses_the_products_by_which_its_own_fold_is_judged(engine, units):
    bits = goods(engine, town(soap_of_the_office=units))[SOAP][0]
    assert bits & 1 == 0  # the office is of fold 0


def test_one_suspect_alone_makes_no_product_sought_for_anybody(engine):
    assert goods(engine, [*town(), buyer(900, 0, 4, 5000, 0.95), buyer(1, 1, 4, 1, 0.01)])[4][0] == 0


def test_where_nobody_is_a_suspect_nothing_is_sought(engine):
    found = goods(engine, [row | {"suspicion": 0.0} for row in town()])
    assert {sought for sought, _liked in found.values()} == {0}


@pytest.mark.parametrize("units", [100, 1_000_000])
def test_a_huge_buyer_of_bread_does_not_make_soap_sought(engine, units):
    whale = buyer(901, 1, BREAD, units, 0.01) | {"heeded": min(1.0, 800 / units)}
    sought = {product for product, (sought, _liked) in goods(engine, [*town(), whale]).items() if sought}
    assert sought == {SERUM}


def test_a_fold_whose_suspects_seek_too_little_keeps_the_products_of_the_first_look(engine):
    columns = {
        "product": [SERUM, SOAP, BREAD],
        "sought_by_fold": [0b00011, 0, 0],
        "liked": [True, False, False],
    }
    first = {"product": [SERUM, SOAP, BREAD], "sought_by_fold": [0b11111, 0b11000, 0]}
    view = SimpleNamespace(engine=engine, traits=engine.hold(pa.table(first)))
    found = engine.fetch(_first_look_for(view, engine.hold(pa.table(columns)), [2, 3])).to_pylist()
    assert {r["product"]: (r["sought_by_fold"], r["liked"]) for r in found} == {
        SERUM: (0b01111, True), SOAP: (0b01000, False), BREAD: (0, False)
    }  # fmt: skip
