"""Home: the headline, what is new, and what waits for whoever looks."""

import shutil

import pytest

from entrepot.web.discovery.models import LISTED, Turn
from entrepot.web.runs.bringing import bring
from entrepot.web.runs.models import RUNNING, Run
from tests.web.findings_fixtures import folder, made_folder, made_run, run, strongest

pytestmark = pytest.mark.django_db


def home(client):
    return client.get("/").context["page"]


def waits(client) -> dict[str, int]:
    return {one.what: one.number for one in home(client).waiting}


def test_what_waits_is_by_role(strongest, signed_in):
    Turn.objects.create(finding=strongest, queue=LISTED)
    Run.objects.create(name="at work", state=RUNNING)
    assert waits(signed_in("reviewer")) == {"finding waits for a review": 1}
    assert waits(signed_in("analyst")) == {"run is at work": 1}
    assert waits(signed_in("viewer")) == {}


def test_what_another_holds_or_judged_before_does_not_wait_for_me(strongest, signed_in, colleague):
    from datetime import timedelta

    from django.utils import timezone

    other = colleague("reviewer", email="other@firm.example")
    turn = Turn.objects.create(finding=strongest, queue=LISTED, holder=other,
                               held_until=timezone.now() + timedelta(minutes=5))  # fmt: skip
    me = signed_in("reviewer", email="me@firm.example")
    assert waits(me) == {}
    Turn.objects.filter(pk=turn.pk).update(held_until=timezone.now() - timedelta(minutes=1))
    assert waits(me) == {"finding waits for a review": 1}


def test_who_came_to_the_list_and_who_left_since_the_run_before(run, tmp_path, signed_in):
    gone = run.findings.filter(flagged=True, declared="no").first()
    later = bring(made_run(tmp_path / "0002"))
    run.findings.filter(pk=gone.pk).update(actor_id="somebody else")
    new = home(signed_in("viewer")).new
    assert (new.before, new.number, new.gone) == (run, 1, 1)
    assert new.strongest[0].address == f"/findings/{later.name}/{gone.actor_id}"


def test_the_share_over_time_stands_at_home_with_its_table(run, signed_in):
    page = home(signed_in("viewer"))
    assert "revenue" in page.hangs.sentence
    assert page.hangs.share.drawings and not page.hangs.share.waits
    assert page.hangs.share.table.rows


def test_without_measures_home_says_how_they_come(folder, signed_in):
    shutil.rmtree(folder / "interdependence")
    bring(folder)
    page = signed_in("viewer").get("/").content.decode()
    assert "once interdependence is measured" in page


def test_who_may_not_read_findings_sees_no_actor(run, signed_in):
    page = home(signed_in("store"))
    assert page.new is None and page.hangs is None
