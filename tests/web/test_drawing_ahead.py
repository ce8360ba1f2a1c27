"""Pictures drawn while the worker has nothing to do: whoever opens one of the strongest does not wait."""

from itertools import count

import pytest

from entrepot.web.discovery import drawing_ahead, pictures
from entrepot.web.discovery.drawing_ahead import Ahead
from entrepot.web.discovery.models import Picture
from entrepot.web.runs.models import WAITING, Run
from entrepot.web.runs.whole import nothing_to_do
from tests.web.findings_fixtures import folder, made_folder, run

pytestmark = pytest.mark.django_db


def drawn(ahead: Ahead) -> int:
    return next(turn for turn in count() if not ahead.draw_next())


@pytest.fixture
def first(run):
    return run.findings.filter(flagged=True).order_by("-resale_evidence", "pk").first()


def test_the_strongest_are_drawn_first_and_the_page_draws_nothing(run, first, signed_in, monkeypatch):
    ahead = Ahead()
    assert ahead.draw_next()
    kept = {name.split("/")[0] for name in Picture.objects.values_list("name", flat=True)}
    assert kept == {first.actor_id}
    listed = run.findings.filter(flagged=True).count()
    assert drawn(ahead) == listed - 1
    monkeypatch.setattr(pictures, "svg", None)  # drawing now would fail
    page = signed_in("viewer").get(f"/findings/{run.name}/{first.actor_id}")
    assert page.status_code == 200 and b"<svg" in page.content


def test_no_more_are_drawn_than_people_look_at(run, monkeypatch):
    monkeypatch.setattr(drawing_ahead, "MOST", 1)
    assert drawn(Ahead()) == 1


def test_who_went_meanwhile_and_a_folder_that_went_stop_nothing(run, first, monkeypatch):
    def away(*_, **__):
        raise FileNotFoundError("findings.parquet")

    monkeypatch.setattr(drawing_ahead, "shown", away)
    ahead = Ahead()
    assert ahead.draw_next()
    listed = run.findings.filter(flagged=True)
    left = listed.count() - 1
    listed.exclude(pk=first.pk).delete()
    assert drawn(ahead) == left


def test_a_run_that_is_not_whole_is_left_alone(run):
    Run.objects.update(state=WAITING)
    assert not Ahead().draw_next()


def test_an_idle_worker_asks(run, monkeypatch):
    from entrepot.web.discovery import receivers

    monkeypatch.setattr(receivers, "ahead", Ahead)
    assert any(did for _, did in nothing_to_do.send(Run))
    assert Picture.objects.exists()
