"""Ids last from run to run, and what did not last is on record."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from entrepot.actors import resolve, stability

AT = date(2026, 6, 30)


def customers(engine, groups: dict[str, str]):
    """A table of customers: {"actor": "its customers, a letter each"}."""
    rows = [{"customer_id": c, "actor_id": actor} for actor, letters in groups.items() for c in letters]
    return engine.hold(pa.Table.from_pylist(rows))


def kept_and_changes(engine, now, before):
    names, changes = stability.keep_ids(engine, customers(engine, now), customers(engine, before), at=AT)
    kept = {row["actor_id"]: row["kept"] for row in engine.fetch(names).to_pylist()}
    return kept, sorted(
        (r["actor_id"], r["was"], r["change"])
        for r in engine.fetch(changes.fill_null({"actor_id": "", "was": ""})).to_pylist()
    )


@pytest.mark.parametrize(
    ("now", "before", "kept", "changes"),
    [
        ({"x": "ab"}, {"o": "ab"}, {"x": "o"}, [("o", "o", "same")]),
        ({"x": "abc"}, {"o": "ab", "p": "c"}, {"x": "o"}, [("o", "o", "same"), ("o", "p", "merged")]),
        (
            {"x": "ab", "y": "c"},
            {"o": "abc"},
            {"x": "o", "y": "y"},
            [("o", "o", "same"), ("y", "o", "split")],
        ),
        ({"x": "z"}, {"o": "a"}, {"x": "x"}, [("", "o", "gone"), ("x", "", "new")]),
    ],
    ids=["same", "merged", "split", "new and gone"],
)
def test_ids_follow_the_largest_overlap(engine, now, before, kept, changes):
    assert kept_and_changes(engine, now, before) == (kept, changes)


def test_an_id_is_never_borne_twice(engine):
    kept, _changes = kept_and_changes(engine, {"o": "c", "x": "ab"}, {"o": "abc"})
    assert kept["x"] == "o"
    assert kept["o"] != "o"


def test_a_new_customer_of_an_actor_does_not_rename_it(engine, make_orders):
    two = [{"customer_id": c, "email": "x@y.example"} for c in ("m", "n")]
    before = resolve(engine, make_orders(two), as_of=AT)
    three = [*two, {"customer_id": "a", "email": "x@y.example"}]
    now = resolve(engine, make_orders(three), as_of=AT, previous=before.actors)
    ids = [set(engine.fetch(table.actors)["actor_id"].to_pylist()) for table in (before, now)]
    assert ids[0] == ids[1]
    assert engine.fetch(now.changes)["change"].to_pylist() == ["same"]
