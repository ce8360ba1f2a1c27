"""Data protection: what is held, what people ask for, and errors compared only on a legal basis."""

import json
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from entrepot.web.discovery.models import Finding
from entrepot.web.protection.models import SubjectRequest
from entrepot.web.records.models import verify
from tests.web.bring_once import bring_once

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
import pyarrow.parquet as pq
from made_run import made_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(signed_in):
    return signed_in("data protection officer")


@pytest.fixture(scope="module")
def made_folder(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("made") / "0001")


@pytest.fixture
def run(made_folder):
    return bring_once(made_folder)


def customer_of(run):
    return pq.read_table(run.path / "actors.parquet").to_pylist()[0]["customer_id"]


def ask(client, kind, customer):
    said = {"customer_id": customer, "kind": kind, "note": "", "is_checked": "on"}
    return client.post("/protection/requests/", said)


def test_what_is_held_stands_with_its_purpose_and_its_day(run, officer):
    page = officer.get("/protection/").content.decode()
    assert run.name in page
    assert "Nothing is past its day" in page


def test_only_the_officer_sees_it(signed_in):
    assert signed_in("reviewer").get("/protection/").status_code == 403


def test_somebody_whom_no_run_knows_is_an_error_in_the_form(run, officer):
    answer = ask(officer, "export", "nobody-at-all")
    assert answer.status_code == 422
    assert SubjectRequest.objects.count() == 0


def test_an_export_is_a_file_about_this_person(run, officer):
    customer = customer_of(run)
    answer = ask(officer, "export", customer)
    assert answer["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.content)["customer_id"] == customer


def test_an_erasure_takes_the_person_out_and_leaves_the_chain_whole(run, officer):
    customer = customer_of(run)
    assert ask(officer, "erase", customer).status_code == 302
    assert customer not in pq.read_table(run.path / "actors.parquet")["customer_id"].to_pylist()
    assert SubjectRequest.objects.get().customer_id == ""
    assert verify().broken == ()
    assert Finding.objects.exists()


NAME, OF_TOOL = "Kim Minji", "C-4711-KIM"


def every_row():
    """All that the database of the server holds, as text; but not who works here."""
    from django.apps import apps

    for model in apps.get_models():
        for row in model._default_manager.values() if model._meta.app_label != "people" else ():
            yield model._meta.label, str(row)


@pytest.fixture
def spoken_of(run, colleague):
    """A customer of a group, spoken of by id and by name wherever somebody can write; and the group's finding."""
    from django.utils import timezone

    from entrepot.web.actors import correcting
    from entrepot.web.api.models import Answer
    from entrepot.web.discovery import appeals, keeping, queueing, reviewing
    from entrepot.web.discovery.models import (
        ImportedLabel,
        LabelImport,
        Observation,
        ObservedActor,
        SavedView,
        Turn,
    )
    from entrepot.web.protection import subjects
    from entrepot.web.runs.models import Upload

    by, other = colleague("reviewer"), colleague("reviewer", email="other@firm.example")
    rows = pq.read_table(run.path / "actors.parquet").to_pylist()
    row = next(r for r in rows if len({o["person_id"] for o in rows if o["actor_id"] == r["actor_id"]}) > 2)
    who, actor = row["customer_id"], row["actor_id"]
    finding = run.findings.filter(actor_id=actor).first()
    said = f"{NAME} ({who})"
    turn = Turn.objects.filter(finding=finding).first() or Turn.objects.create(
        finding=finding, queue="listed"
    )
    Turn.objects.filter(pk=turn.pk).update(shown={"sentences": [{"text": said, "stance": "for"}]})
    queueing.take(turn, by)
    reviewing.conclude(turn, by, reviewing.Said("confirmed", "f", note=f"It is {said}."))
    appeal, _code = appeals.offer(finding, by)
    appeals.speak(appeal, f"I am {said}.", SimpleUploadedFile(f"{NAME}.pdf", b"%PDF-1.7 mine"))
    again = queueing.take_next(other, "appeal")
    appeals.decide(again, other, reviewing.Said("rejected", "g", note=said), f"Dear {NAME}")
    upload = keeping.keep(SimpleUploadedFile("l.csv", b"x"), table="labels", ending="csv", by=by)
    batch = LabelImport.objects.create(source="tool", upload=upload, by=by)
    for customer in (who, OF_TOOL):
        ImportedLabel.objects.create(batch=batch, customer_id=customer, verdict="confirmed", reason=said,
                                     reviewed_at=timezone.now())  # fmt: skip
    seen = Observation.objects.create(step="sell", caption=f"{said} at the door", seen_on="2026-01-01", by=by,
                                      lawful_source="x", need=said, expires_on="2999-01-01")  # fmt: skip
    ObservedActor.objects.create(observation=seen, actor_id=actor)
    SavedView.objects.create(colleague=by, name=NAME, query=f"q={who}")
    Answer.objects.create(by="key:1", key="k", asked="d", status=201, body={"customer_id": who})
    others = [r["customer_id"] for r in rows if r["actor_id"] == actor and r["person_id"] != row["person_id"]]
    correcting.join(
        run, ["a-else", actor], [["x-1", "x-2"], [who, *others]], joins="actor", reason=said, by=by
    )
    subjects.receive("export", who, f"{NAME} asks", by=by)
    run.error = [{"what": "x", "got": said}]
    run.save(update_fields=["error"])
    return who, Upload.objects.get(table="appeal").path


@pytest.fixture
def reports_as_they_are(monkeypatch):
    """Runs are not written up anew: that takes long, and other tests look at it."""
    monkeypatch.setattr("entrepot.privacy.report_room.write", lambda folder: None)


def test_after_an_erasure_no_table_holds_the_id_or_the_name(
    run, officer, spoken_of, monkeypatch, reports_as_they_are, django_capture_on_commit_callbacks
):
    from entrepot.web.discovery.models import Review
    from entrepot.web.protection import naming

    who, document = spoken_of
    called = {"customer_id": who, "name": NAME, "email": "", "phone": None, "address": None}
    monkeypatch.setattr(naming.identities, "of_actor", lambda run, actor: [called])
    held = {label for label, text in every_row() if who in text or NAME in text}
    assert len(held) >= 12, held
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(officer, "erase", who).status_code == 302
    assert [(label, text) for label, text in every_row() if who in text or NAME in text] == []
    assert not Path(document).exists()
    assert verify().broken == ()
    assert verify().erased >= 4
    verdicts = set(Review.objects.values_list("verdict", "note"))  # what is said of the group stays
    assert verdicts == {("confirmed", "(erased)"), ("rejected", "(erased)")}


def test_somebody_whom_only_another_tool_names_is_erased_too(run, officer, spoken_of, reports_as_they_are):
    from entrepot.web.discovery.models import ImportedLabel

    assert ask(officer, "export", OF_TOOL).status_code == 200
    assert ask(officer, "erase", OF_TOOL).status_code == 302
    assert not ImportedLabel.objects.filter(customer_id=OF_TOOL).exists()
    assert [label for label, text in every_row() if OF_TOOL in text] == []


def test_what_a_reviewer_is_still_to_look_at_is_read_anew_after_an_erasure(run, officer, reports_as_they_are):
    from entrepot.web.discovery.models import Turn

    Turn.objects.filter(done_at=None).update(shown={"sentences": "of before"})
    assert ask(officer, "erase", customer_of(run)).status_code == 302
    actor = pq.read_table(run.path / "actors.parquet")["actor_id"][0].as_py()  # others are left of the ring
    shown = [turn.shown for turn in Turn.objects.filter(done_at=None, finding__actor_id=actor)]
    assert shown
    assert all(set(each) == {"sentences", "explanations", "months", "products"} for each in shown)


def test_an_answer_that_an_erasure_emptied_is_not_given_again(run, officer, colleague):
    from django.test import Client

    from entrepot.web.api.models import Answer
    from entrepot.web.people.models import ApiKey

    _key, text = ApiKey.make(colleague("data protection officer"), "k", ["protect data"])
    said = json.dumps({"kind": "object", "customer_id": "c1", "is_checked": True})

    def sent():
        headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": "one"}
        return Client().post("/api/subjects", said, content_type="application/json", headers=headers)

    assert sent().status_code == 201
    Answer.objects.update(body=None)
    assert sent().status_code == 410
    assert SubjectRequest.objects.count() == 1


def test_an_objection_holds_until_a_person_lifts_it_and_says_why(run, officer):
    from entrepot import privacy
    from entrepot.web.records.models import Body

    customer = customer_of(run)
    ask(officer, "object", customer)
    assert customer in privacy.objectors(run.path.parent)
    page = officer.get("/protection/").content.decode()
    assert "Lift an objection" in page
    assert officer.post("/protection/objections/lift/", {"lifted_id": customer, "why": ""}).status_code == 422
    assert (
        officer.post("/protection/objections/lift/", {"lifted_id": "nobody", "why": "x"}).status_code == 422
    )
    lifted = officer.post(
        "/protection/objections/lift/", {"lifted_id": customer, "why": "the club wrote to us"}
    )
    assert lifted.status_code == 302
    assert privacy.objectors(run.path.parent) == frozenset()
    assert "the club wrote to us" in Body.objects.get(record__kind="objection lifted").text
    assert "when it was lifted" in officer.get("/protection/").content.decode()
    assert "Lift an objection" not in officer.get("/protection/").content.decode()


def test_only_the_officer_lifts_an_objection(signed_in):
    answer = signed_in("administrator").post("/protection/objections/lift/", {"lifted_id": "c", "why": "x"})
    assert answer.status_code == 403


def test_without_a_basis_nothing_is_compared(run, officer):
    assert "no legal basis is entered" in officer.get("/protection/fairness/").content.decode()


def test_with_a_basis_the_comparison_is_shown_until_it_is_withdrawn(run, officer, signed_in):
    officer.post(
        "/protection/fairness/basis/", {"text": "Order 12 of the works council", "group_column": "group"}
    )
    page = signed_in("auditor").get("/protection/fairness/").content.decode()
    assert "Order 12 of the works council" in page
    assert "no legal basis is entered" not in page
    officer.post("/protection/fairness/withdraw/")
    assert "no legal basis is entered" in officer.get("/protection/fairness/").content.decode()


def test_an_auditor_enters_no_basis(signed_in):
    answer = signed_in("auditor").post("/protection/fairness/basis/", {"text": "x" * 20, "group_column": "g"})
    assert answer.status_code == 403


def test_a_run_with_customers_compares_errors_once_a_basis_is_entered(officer):
    from entrepot.web.runs.analysing import _settings
    from entrepot.web.runs.models import Run

    alone, together = (
        Run(name="1", inputs={"orders": ["o.csv"]}),
        Run(name="2", inputs={"customers": ["c.csv"]}),
    )
    assert "fairness_basis" not in _settings(together)
    officer.post(
        "/protection/fairness/basis/", {"text": "Order 12 of the works council", "group_column": "group"}
    )
    assert _settings(together)["fairness_group"] == "group"
    assert "fairness_basis" not in _settings(alone)
