"""Records: chained, append-only, checkable without a database, and still whole when a person is erased."""

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.db.utils import DatabaseError

from entrepot.web.records import chain
from entrepot.web.records.models import Body, Record, append, erase, rows, verify

pytestmark = pytest.mark.django_db


def some(number: int = 3, about: str = ""):
    with transaction.atomic():
        return [append("tried", by="terminal", body={"n": n}, about=about) for n in range(number)]


def test_a_chain_holds_from_the_first_record_to_the_last():
    last = some()[-1]
    assert verify() == chain.Checked(records=3, erased=0, head=last.digest)


@pytest.mark.parametrize("sql", [
    "UPDATE records_record SET kind = 'other' WHERE number = 2",
    "DELETE FROM records_record WHERE number = 3",
    "UPDATE records_body SET text = '{}' WHERE record_id = 2",
    "DELETE FROM records_body WHERE record_id = 2",
])  # fmt: skip
def test_the_database_refuses_to_change_a_record(sql):
    some()
    with (
        pytest.raises((IntegrityError, InternalError, DatabaseError), match="never changed"),
        transaction.atomic(),
    ):
        connection.cursor().execute(sql)
    assert verify().broken == ()


@pytest.mark.parametrize(("field", "value", "why"), [
    ("kind", "other", "it was changed"),
    ("by", "somebody", "it was changed"),
    ("text", '{"n": 9}', "its body was changed"),
])  # fmt: skip
def test_a_changed_record_is_found(field, value, why):
    some()
    changed = [{**row, field: value} if row["number"] == 2 else row for row in rows()]
    assert chain.Broken(2, why) in chain.check(changed).broken


def test_a_removed_record_is_found():
    some()
    kept = [row for row in rows() if row["number"] != 2]
    assert chain.check(kept).broken[0] == chain.Broken(3, "record 2 is missing")


def test_records_removed_at_the_end_are_found_by_the_head():
    head = some()[-1].digest
    assert chain.check(list(rows())[:2], head=head).broken


def test_an_erased_body_leaves_the_chain_whole():
    some(about="actor:a1")
    assert erase("actor:a1") == 3
    assert (verify().erased, verify().broken) == (3, ())
    assert set(Body.objects.values_list("text", "about")) == {(None, "")}


def test_a_record_without_its_transaction_is_refused():
    pass_through = transaction.TransactionManagementError
    connection.in_atomic_block, before = False, connection.in_atomic_block
    try:
        with pytest.raises(pass_through):
            append("tried", by="terminal", body={})
    finally:
        connection.in_atomic_block = before
    assert not Record.objects.exists()
