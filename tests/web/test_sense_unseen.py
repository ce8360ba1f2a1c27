"""Who answers blind is not found: not in the database, its order or its past, in records, logs, pages or an export.

Each test plays a reader. Where a reader would guess by order, the test also shows that the guess succeeds once the rows
are no longer shuffled: else it would prove nothing.
"""

import io
import json
import logging
import zipfile
from base64 import urlsafe_b64decode
from itertools import pairwise

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entrepot.web.records.models import Body, Record
from entrepot.web.sensemaking import ballots, box, leading
from entrepot.web.sensemaking.box import Box
from entrepot.web.sensemaking.models import Ballot, Code, Drawn, Reason, SealedBox
from entrepot.web.sensemaking.saying import Said
from tests.web.sense_fixtures import (
    address_of,
    answer_all,
    asked,
    code_of,
    facilitator,
    leads,
    opened,
    put,
    scores,
    staff,
    text,
)

pytestmark = pytest.mark.django_db
BLIND = (Drawn, Code, SealedBox, Ballot, Reason)
MANY = 26  # staff of one unit: so many places, that a lucky guess is not one


def told_apart(place: int) -> Said:
    """Something that only the nth says."""
    first, second = divmod(place, 7)
    return Said("given", {"legitimacy_short": first - 3, "efficiency_short": second - 3})


def unshuffled(monkeypatch):
    monkeypatch.setattr(box, "shuffle", lambda rows: None)
    monkeypatch.setattr(ballots, "shuffle", lambda rows: None)


def in_place(kind) -> list[dict]:
    """All rows as they lie in the database, first to last."""
    order = "rowid" if connection.vendor == "sqlite" else "xmin::text::bigint, ctid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {kind._meta.db_table} ORDER BY {order}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def guessed_by_order(round_) -> int:
    """How often somebody's place among those who answered is the place of their ballot."""
    said = [
        row["said"] if isinstance(row["said"], dict) else json.loads(row["said"]) for row in in_place(Ballot)
    ]
    return sum(each == told_apart(place).as_body() for place, each in enumerate(said))


@pytest.fixture
def many(opened):
    return opened("blind", groups=[("sales", "staff", MANY), ("board", "leader", 1)])


def test_the_place_of_a_ballot_does_not_tell_whose_it_is(many, facilitator):
    answer_all(many, told_apart)
    leading.close(many, by=facilitator)
    assert len(in_place(Ballot)) == MANY
    assert guessed_by_order(many) < 10  # by chance one; ten or more once in ten million


def test_without_the_shuffle_this_reader_would_find_everybody(many, facilitator, monkeypatch):
    unshuffled(monkeypatch)
    answer_all(many, told_apart)
    leading.close(many, by=facilitator)
    assert guessed_by_order(many) == MANY


def drawn_and_coded_together(round_) -> int:
    """How often the row that says who drew lies where the row of their code lies."""
    seats = [row["seat_id"] for row in in_place(Drawn)]
    codes = [row["digest"] for row in in_place(Code)]
    mine = {seat.pk: digest for seat, digest in zip(staff(round_), round_.digests, strict=True)}
    return sum(mine[seat] == code for seat, code in zip(seats, codes, strict=True))


def draw_all(round_):
    round_.digests = []
    for seat in staff(round_):
        code = ballots.new_code()
        ballots.draw(seat, code)
        round_.digests.append(ballots.digest_of(ballots._plain(code)))


def test_the_place_of_a_code_does_not_tell_who_drew_it(many, monkeypatch):
    draw_all(many)
    assert drawn_and_coded_together(many) < 10


def test_without_the_shuffle_codes_would_be_found(many, monkeypatch):
    unshuffled(monkeypatch)
    draw_all(many)
    assert drawn_and_coded_together(many) == MANY


def test_two_backups_differ_from_end_to_end_and_tell_neither_a_ballot_nor_a_time(opened):
    here, backups = opened(), []
    for seat in staff(here):
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(code, Said("given", {"legitimacy_short": 3, "efficiency_short": 3}), "why")
        backups.append(urlsafe_b64decode(in_place(SealedBox)[0]["sealed"]))
    assert len({len(each) for each in backups}) == 1
    for before, after in pairwise(backups):
        assert before[:9] == after[:9] == b"\x80" + bytes(8)  # the seal's version, and no time
        same = sum(a == b for a, b in zip(before[9:], after[9:], strict=True))
        assert same < len(before) / 100  # by chance one byte in 256


def test_a_sealed_ballot_says_nothing_to_who_has_the_database_alone(opened):
    here = opened()
    answer_all(here)
    rows = json.dumps([in_place(kind) for kind in BLIND], default=str)
    assert "legitimacy" not in rows and "reason 3" not in rows
    assert not Ballot.objects.exists() and not Reason.objects.exists()


def test_the_key_is_gone_after_the_close(opened, facilitator, django_capture_on_commit_callbacks):
    here = opened()
    answer_all(here)
    assert Box(here).path.exists() and Box(here).path.stat().st_mode & 0o077 == 0
    with django_capture_on_commit_callbacks(execute=True):
        leading.close(here, by=facilitator)
    assert not Box(here).path.exists()
    assert not Drawn.objects.exists() and not Code.objects.exists()


def test_no_table_of_blind_answers_has_a_time_or_a_number_that_grows():
    for kind in BLIND:
        fields = kind._meta.concrete_fields
        assert not [f for f in fields if isinstance(f, models.DateField | models.AutoField)]
        joined = {f.name for f in fields if f.is_relation}
        assert joined == ({"round", "seat"} if kind is Drawn else {"round"})


def test_neither_draw_nor_ballot_writes_a_record(opened, signed_in):
    here = opened()
    client = signed_in("stakeholder", email=address_of("sales", "staff", 0))
    before = Record.objects.count()
    put(code_of(client, here), scores((1, 1)), client)
    assert len(Box(here).opened()["ballots"]) == 1
    assert Record.objects.count() == before


def test_the_close_is_one_record_that_names_nobody_and_can_be_checked(opened, facilitator):
    here = opened()
    answer_all(here)
    before = Record.objects.count()
    leading.close(here, by=facilitator)
    assert Record.objects.count() == before + 1
    said = json.loads(Body.objects.order_by("-record_id").first().text)
    assert said == {"round": 1, "ballots": 10, "reasons": 10, "digest": ballots.digest(here)}


def test_a_ballot_leaves_no_line_in_the_log_and_a_draw_none_that_names(opened, signed_in, caplog):
    here = opened()
    client = signed_in("stakeholder", email=address_of("sales", "staff", 0))
    with caplog.at_level(logging.DEBUG):
        code = code_of(client, here)
        drawn = len([r for r in caplog.records if r.name == "entrepot.web.requests"])
        put(code, scores((1, 1)), client)
        put("wrong", scores((1, 1)), client)
    lines = [r for r in caplog.records if r.name == "entrepot.web.requests"]
    assert len(lines) == drawn == 2
    everything = " ".join(str(vars(r)) for r in caplog.records if not r.name.startswith("django.db"))
    assert "sales-staff" not in everything and code not in everything and "ballot" not in everything


def test_the_page_of_ballots_reads_no_session_and_sets_no_cookie(opened, signed_in):
    here = opened()
    client = signed_in("stakeholder", email=address_of("sales", "staff", 0))
    code = code_of(client, here)
    before = list(Session.objects.values_list("session_key", "session_data", "expire_date"))
    with CaptureQueriesContext(connection) as asked_of_it:
        told = put(code, scores((1, 1)), client)
    statements = " ".join(each["sql"] for each in asked_of_it)
    assert told.status_code == 200 and not told.cookies
    assert "django_session" not in statements and "people_colleague" not in statements
    assert list(Session.objects.values_list("session_key", "session_data", "expire_date")) == before
    assert (told["Cache-Control"], told["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_who_leads_sees_neither_who_drew_nor_what_is_in_the_box(opened, leads):
    here = opened()
    answer_all(here, fewer=3)
    seen = text(leads.get(f"/rounds/{here.pk}/")) + text(leads.get(f"/questions/{here.question_id}/people"))
    again = opened("blind")
    other = text(leads.get(f"/rounds/{again.pk}/"))
    assert "Ballots in the box</dt><dd>5 or more" in seen and "fewer than five" in other
    assert "reason 3" not in seen and leads.get(f"/rounds/{here.pk}/results").status_code == 404


def test_results_name_nobody_who_answered_blind(opened, facilitator, leads):
    here = opened()
    answer_all(here)
    leading.close(here, by=facilitator)
    seen = text(leads.get(f"/rounds/{here.pk}/results"))
    assert "reason 3" in seen and "-staff-" not in seen
    assert all("sales" not in str(row) for row in in_place(Reason))


def test_a_reminder_goes_to_everybody_whether_they_answered_or_not(opened, leads, mailoutbox):
    here = opened()
    answer_all(here, fewer=4)
    leads.post(f"/rounds/{here.pk}/letters", {"again": "yes"})
    assert len(mailoutbox) == 12
    assert len({each.body.split("\n", 2)[2] for each in mailoutbox}) == 1


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_an_export_holds_no_testimony_for_who_does_not_lead(opened, facilitator, signed_in, role):
    here = opened()
    seat = here.seats.filter(cell="").first()
    signed_in("stakeholder", email=seat.stakeholder.colleague.email).post(
        f"/rounds/{here.pk}/answer", scores((-3, 3), reason="said by name")
    )
    answer_all(here)
    leading.close(here, by=facilitator)
    answer = signed_in(role).post("/records/everything")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    content = b"".join(archive.read(name) for name in archive.namelist() if name.startswith("sensemaking."))
    assert (
        b"said by name" not in content and b"reason 3" not in content and b"legitimacy_short" not in content
    )


def test_no_role_but_those_of_the_round_opens_a_page_of_it(opened, signed_in):
    here = opened()
    for role in ("administrator", "viewer", "analyst", "auditor"):
        assert signed_in(role).get(f"/rounds/{here.pk}/results").status_code == 403
    outsider = signed_in("stakeholder", email="outside@firm.example")
    for page in (
        f"/questions/{here.question_id}/",
        f"/rounds/{here.pk}/answer",
        f"/rounds/{here.pk}/results",
    ):
        assert outsider.get(page).status_code == 404
