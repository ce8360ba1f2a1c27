"""Actors joined and parted by a person: with a reason, on record, withdrawable, and read by the next run."""

import pytest
from django.utils import timezone

from entrepot.actors import corrections
from entrepot.engines.duckdb import connect
from entrepot.web.actors import correcting
from entrepot.web.actors.models import Correction
from entrepot.web.discovery import labels
from entrepot.web.discovery.models import Finding
from entrepot.web.records.models import Body, Record
from tests.web.review_fixtures import customers, rings, run, run_folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(signed_in):
    return signed_in("reviewer")


def read(tmp_path, ending="parquet"):
    """What the actors' room makes of the table that is written."""
    path = tmp_path / f"corrections.{ending}"
    correcting.write(path, timezone.now())
    engine = connect("256MiB", threads=1)
    try:
        return corrections.read(engine, path)
    finally:
        engine.close()


def join(client, one, other, **more):
    return client.post(
        f"/corrections/join/{one.pk}", {"other": other, "joins": "actor", "reason": "same hand", **more}
    )


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_actors_that_a_person_joins_are_handed_to_the_next_run(reviewer, rings, tmp_path, ending):
    assert join(reviewer, rings[0], rings[1].code.lower()).status_code == 302
    found = read(tmp_path, ending)[0]
    assert (found.kind, found.joins, found.reason) == ("together", "actor", "same hand")
    assert sorted(found.groups[0]) == sorted(customers(rings[0]) + customers(rings[1]))


def test_the_other_actor_may_be_named_by_one_of_its_customers(reviewer, rings):
    join(reviewer, rings[0], customers(rings[1])[0], joins="person")
    assert Correction.objects.get().actors == [rings[0].actor_id, rings[1].actor_id]
    assert Correction.objects.get().joins == "person"


@pytest.mark.parametrize("other", ["A-NOBODY", "<b>", "itself"])
def test_nobody_is_joined_with_nobody_or_with_itself(reviewer, rings, other):
    answer = join(reviewer, rings[0], rings[0].code if other == "itself" else other)
    assert answer.status_code == 422
    assert "knows no other actor" in answer.content.decode()
    assert not Correction.objects.exists()


def part(client, finding, chosen, reason="two families"):
    return client.post(f"/corrections/part/{finding.pk}", {"customer": chosen, "reason": reason})


def test_customers_that_a_person_parts_are_handed_to_the_next_run(reviewer, rings, tmp_path):
    first, *rest = customers(rings[0])
    assert part(reviewer, rings[0], [first]).status_code == 302
    found = read(tmp_path)[0]
    assert (found.kind, sorted(map(list, found.groups))) == ("apart", sorted([rest, [first]]))


@pytest.mark.parametrize("chosen", ["nobody", "everybody", "a stranger"])
def test_a_part_needs_some_of_the_customers(reviewer, rings, chosen):
    named = {"nobody": [], "everybody": customers(rings[0]), "a stranger": ["c-elsewhere"]}[chosen]
    assert part(reviewer, rings[0], named).status_code == 422
    assert not Correction.objects.exists()


def test_nothing_is_corrected_without_a_reason(reviewer, rings):
    assert part(reviewer, rings[0], customers(rings[0])[:1], reason=" ").status_code == 422


def test_a_correction_is_on_record_without_a_customer(reviewer, rings):
    part(reviewer, rings[0], customers(rings[0])[:1])
    body = Body.objects.get(record__kind="actors corrected")
    assert body.about == f"actor:{rings[0].actor_id}"
    assert customers(rings[0])[0] not in body.text


def test_a_withdrawn_correction_is_read_by_no_later_run(reviewer, rings, tmp_path):
    join(reviewer, rings[0], rings[1].code)
    reviewer.post(f"/corrections/{Correction.objects.get().pk}/withdraw")
    assert correcting.write(tmp_path / "corrections.parquet", timezone.now()) == 0
    assert Record.objects.filter(kind="correction withdrawn").count() == 1


def test_the_page_lists_what_was_said_and_who_reads_it(reviewer, rings):
    join(reviewer, rings[0], rings[1].code)
    text = reviewer.get("/corrections").content.decode()
    assert f"{rings[0].code}, {rings[1].code} act together" in text
    assert "the next run" in text


def test_only_a_reviewer_corrects(signed_in, rings):
    assert join(signed_in("analyst"), rings[0], rings[1].code).status_code == 403
    assert part(signed_in("analyst"), rings[0], []).status_code == 403


def test_a_correction_of_which_erasure_left_one_customer_says_nothing(reviewer, rings, tmp_path):
    join(reviewer, rings[0], rings[1].code)
    Correction.objects.update(groups=[[], customers(rings[0])[:1]])
    assert correcting.write(tmp_path / "corrections.parquet", timezone.now()) == 0
