"""Rounds have an end: told before the first answer, shown to who protects data, and kept by the purge."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from entrepot.web.protection import holding, purging
from entrepot.web.records.models import Record, verify
from entrepot.web.sensemaking import acting, ballots, leading, retaining, telling
from entrepot.web.sensemaking.answering import keep
from entrepot.web.sensemaking.box import Box
from entrepot.web.sensemaking.leading import Asking
from entrepot.web.sensemaking.models import (
    Ballot,
    Question,
    Reason,
    Round,
    SealedBox,
    Seat,
    Stakeholder,
    Version,
)
from entrepot.web.sensemaking.results import sense_of
from entrepot.web.sensemaking.saying import Said
from tests.web.sense_fixtures import asked as asked
from tests.web.sense_fixtures import facilitator as facilitator
from tests.web.sense_fixtures import leads as leads
from tests.web.sense_fixtures import opened as opened

pytestmark = pytest.mark.django_db
WORDS = "the grey heron counts our boxes"
SCORES = {"legitimacy_short": 2, "efficiency_short": 1}


@pytest.fixture
def officer(colleague):
    return colleague("data protection officer")


def everything():
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names()
        return "\n".join(str(cursor.execute(f'SELECT * FROM "{t}"').fetchall()) for t in tables)


def answered(here):
    """Everybody answers: leaders by name, staff blind, each with the words."""
    for seat in here.seats.select_related("stakeholder__colleague"):
        if not seat.cell:
            assert keep(seat, Said("given", SCORES), WORDS, seat.stakeholder.colleague)
            continue
        code = ballots.new_code()
        ballots.draw(seat, code)
        ballots.cast(code, Said("given", SCORES), WORDS)


@pytest.fixture
def closed(opened, facilitator):
    here = opened()
    answered(here)
    leading.close(here, by=facilitator)
    return Round.objects.get(pk=here.pk)


def test_the_day_is_told_before_the_first_answer_in_each_language(opened):
    from django.utils.translation import override

    here = opened()
    assert here.retain_until == retaining.until(here.ends_at.date(), 24)
    for language in ("en", "ko", "zh-hans"):
        with override(language):
            *_rest, last = telling.promise(here)
        assert here.retain_until.isoformat() in last
        assert ("deleted" in last) == (language == "en")


def test_a_round_is_opened_with_another_time_and_no_extension_moves_it(asked, leads, facilitator):
    question = asked()
    leads.post(f"/questions/{question.pk}/rounds/new",
               {"mode": "attributed", "feedback": "none", "days": 7, "keep_months": 3})  # fmt: skip
    here = Round.objects.get()
    day = here.retain_until
    assert day == retaining.until(here.ends_at.date(), 3)
    leading.extend(here, here.ends_at + timedelta(days=60), by=facilitator)
    assert Round.objects.get().retain_until == day


def test_nothing_goes_a_day_too_early():
    assert retaining.until(date(2026, 1, 31), 1) == date(2026, 3, 1)
    assert retaining.until(date(2026, 12, 1), 24) == date(2029, 1, 1)


def test_a_purge_leaves_no_answer_and_nobody_who_sat_there(closed, officer, facilitator):
    acting.write(
        closed.question,
        {"summary": "We serve them.", "verdict": "compatible"},
        base=0,
        why="",
        by=facilitator,
    )
    assert Ballot.objects.count() == 10
    assert Reason.objects.exists()
    assert "heron" in everything()
    assert purging.purge(on=closed.retain_until - timedelta(days=1), by=officer)["rounds"] == 0
    assert purging.purge(on=closed.retain_until, by=officer)["rounds"] == 1
    for kind in (Ballot, Reason, Seat, SealedBox):
        assert not kind.objects.exists(), kind
    assert "heron" not in everything()
    left = Round.objects.get()
    assert (left.state, left.kept["sentence"].split()[0]) == ("purged", "12")
    assert left.counts["kept"]
    assert not any(sign in str(left.kept) for sign in ("@", "mean", "0."))
    assert Version.objects.exists()
    assert Stakeholder.objects.count() == 12  # the question still asks them
    assert sense_of(closed.question) is None
    assert verify().broken == ()
    assert Record.objects.filter(kind="round purged").count() == 1
    assert purging.purge(on=closed.retain_until, by=officer)["rounds"] == 0


def test_who_left_and_sits_nowhere_goes_with_the_last_round(closed, officer, facilitator):
    somebody = Stakeholder.objects.first()
    leading.leave(somebody, by=facilitator)
    assert Stakeholder.objects.filter(pk=somebody.pk).exists()
    purging.purge(on=closed.retain_until, by=officer)
    assert not Stakeholder.objects.filter(pk=somebody.pk).exists()


def test_an_open_round_past_its_day_goes_with_its_box_and_key(
    opened, officer, django_capture_on_commit_callbacks
):
    here = opened()
    answered(here)
    assert Box(here).path.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        purging.purge(on=here.retain_until, by=officer)
    assert not Box(here).path.exists()
    assert not SealedBox.objects.exists()
    left = Round.objects.get()
    assert (left.state, left.kept) == ("purged", {})


def test_another_round_may_be_opened_after_the_purge(closed, officer, facilitator):
    purging.purge(on=closed.retain_until, by=officer)
    how = Asking("blind_by_unit", "distribution", timezone.now() + timedelta(days=7))
    assert leading.open_round(closed.question, how, by=facilitator).number == 2


def test_who_protects_data_sees_rounds_with_their_day_and_purges_them(closed, signed_in):
    Round.objects.update(retain_until=timezone.localdate())
    client = signed_in("data protection officer")
    page = client.get("/protection/").content.decode()
    assert "Views in rounds" in page
    assert "1 round, 2 answers by name" in page
    [store] = [s for s in holding.held(on=timezone.localdate()).stores if s.title == "Views in rounds"]
    assert store.over == 1
    assert "rounds: 1." in client.post("/protection/purge/", follow=True).content.decode()
    assert holding.held(on=timezone.localdate()).over == 0


def test_pages_of_a_purged_round_say_so_and_break_nowhere(closed, officer, leads):
    purging.purge(on=closed.retain_until, by=officer)
    question = Question.objects.get()
    page = leads.get(f"/questions/{question.pk}/").content.decode()
    assert "its answers were deleted" in page
    assert "12 people see" in page
    assert leads.get(f"/rounds/{closed.pk}/")["Location"] == f"/questions/{question.pk}/"
    assert leads.get(f"/rounds/{closed.pk}/results").status_code == 404
    for path in ("acts", "account", "people", "rounds/new"):
        assert leads.get(f"/questions/{question.pk}/{path}").status_code == 200
    assert leads.get("/questions/").status_code == 200
