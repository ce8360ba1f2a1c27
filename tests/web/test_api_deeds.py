"""What a program does leaves the same rows, records and refusals as the page; and what it sends twice is done once."""

import gzip
import io
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from PIL import Image

from entrepot.web.actors.models import Correction
from entrepot.web.discovery import appeals, labels, queueing, reviewing
from entrepot.web.discovery.models import (
    Appeal,
    Finding,
    ImportedLabel,
    LabelImport,
    Observation,
    Review,
    Turn,
)
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import Body, Record, verify
from entrepot.web.runs.models import Run, Upload
from tests.web.api_fixtures import fresh_counts as fresh_counts
from tests.web.api_fixtures import is_problem
from tests.web.api_fixtures import program as program
from tests.web.review_fixtures import anna, bo, customers, rings, run, run_folder
from tests.web.runs_fixtures import FIELDS, bomb, file, orders
from tests.web.runs_fixtures import clean_home as clean_home
from tests.web.runs_fixtures import said as server_says

pytestmark = pytest.mark.django_db
OBSERVATION = {
    "step": "sell", "caption": "boxes behind a counter", "source_type": "press", "seen_on": "2026-01-02",
    "place": "Seoul", "lawful_source": "public street", "need": "to know the step",
    "expires_on": (timezone.localdate() + timedelta(days=90)).isoformat(),
}  # fmt: skip
ONCE = {"Idempotency-Key": "one"}


def told(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:600]
    return answer.json()


def places(answer):
    """Where the mistakes are."""
    assert is_problem(answer, 422)
    return {each["where"].removeprefix("body.given.") for each in answer.json()["mistakes"]}


def kinds():
    return list(Record.objects.order_by("number").values_list("kind", flat=True))


# Files and runs


def test_a_file_that_is_sent_in_is_kept_as_the_form_keeps_it(program, signed_in, clean_home):
    signed_in("analyst").post("/runs/new", {**FIELDS, "send_orders": file(orders())})
    sent = told(program("start runs").send("tables/orders/files?name=orders.csv", orders()), 201)
    by_page, by_program = Upload.objects.order_by("pk").values(
        "name", "table", "size_bytes", "sha256", "columns"
    )
    assert by_page == by_program
    assert sent["columns"][:2] == ["order_id", "ordered_at"]
    assert kinds().count("file sent in") == 2


def test_a_file_sent_twice_under_one_key_is_kept_once(program, clean_home, settings):
    asks = program("start runs")
    first, second = (told(asks.send("tables/orders/files", orders(), **ONCE), 201) for _ in range(2))
    assert first == second
    assert len(list(settings.ENTREPOT.uploads.iterdir())) == 1
    assert is_problem(asks.send("tables/orders/files", orders(9), **ONCE), 409)
    assert len(list(settings.ENTREPOT.uploads.iterdir())) == 1


@pytest.mark.parametrize(
    "raw", [bomb(), b"\x1f\x8b broken", gzip.compress(orders())[:-20], b"no,columns", b"<html>"],
    ids=["bomb", "broken", "cut", "columns", "html"],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_and_nothing_of_it_stays(program, clean_home, settings, raw):
    answer = program("start runs").send("tables/orders/files", raw)
    if answer.status_code == 201:  # as by the form: columns are looked at when a run is asked for
        assert is_problem(program("start runs").post("runs", {"uploads": [answer.json()["number"]]}), 422)
    else:
        assert is_problem(answer, 422)
        assert list(settings.ENTREPOT.uploads.iterdir()) == []
        assert str(settings.ENTREPOT.folder) not in answer.content.decode()


def test_more_than_the_server_takes_is_refused_before_a_byte_is_read(program, clean_home, server_says):
    server_says(most_upload_gib=2**-20)
    assert is_problem(program("start runs").send("tables/orders/files", orders(2000)), 413)
    assert is_problem(program("start runs").send("tables/orders/files", b""), 411)
    assert not Upload.objects.exists()


def test_a_file_that_is_forgotten_is_gone_and_not_while_a_run_waits_for_it(program, clean_home, settings):
    asks = program("start runs")
    sent = told(asks.send("tables/orders/files", orders()), 201)["number"]
    name = told(asks.post("runs", {"uploads": [sent]}), 201)["name"]
    assert is_problem(asks.delete(f"files/{sent}"), 422)
    asks.post(f"runs/{name}/cancellation")
    assert asks.delete(f"files/{sent}").status_code == 204
    assert list(settings.ENTREPOT.uploads.iterdir()) == []


def test_a_document_of_somebody_is_no_file_for_a_run(program, colleague, tmp_path):
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-")
    kept = Upload.objects.create(
        name="letter.pdf", table="appeal", path=str(path), size_bytes=5, sha256="0", by=colleague("analyst")
    )
    asks = program("start runs")
    assert told(asks.get("files"))["items"] == []
    assert is_problem(asks.delete(f"files/{kept.pk}"), 404)
    assert is_problem(asks.post("runs", {"uploads": [kept.pk]}), 422)


def test_a_run_is_asked_for_as_by_the_form(program, signed_in, clean_home):
    asks = program("start runs")
    sent = told(asks.send("tables/orders/files", orders()), 201)["number"]
    settings = {"fdr": 0.05, "max_bad": 0.01, "hindsight_months": 0, "purpose": "a test", "fuzzy": False}
    made = told(asks.post("runs", {"uploads": [sent], "settings": settings}), 201)
    signed_in("analyst").post("/runs/new", {**FIELDS, "orders_files": [sent]})
    by_page, by_program = Run.objects.exclude(name=made["name"]).get(), Run.objects.get(name=made["name"])
    assert (by_page.asked, by_page.inputs) == (by_program.asked, by_program.inputs)
    assert kinds().count("run asked for") == 2


def test_a_run_asked_for_twice_under_one_key_is_one_run(program, clean_home):
    asks = program("start runs")
    sent = told(asks.send("tables/orders/files", orders()), 201)["number"]
    first, second = (told(asks.post("runs", {"uploads": [sent]}, **ONCE), 201) for _ in range(2))
    assert first == second
    assert Run.objects.count() == 1


def test_every_mistake_of_a_run_is_told_at_once(program, clean_home):
    settings = {
        "timezone": "Nowhere",
        "encoding": "none",
        "retain_until": "2001-01-01",
        "mapping": {"price": "x"},
    }
    answer = program("start runs").post("runs", {"settings": settings, "previous": "9999"})
    assert {"settings.timezone", "settings.encoding", "settings.retain_until", "previous"} <= places(answer)
    assert not Run.objects.exists()


def test_a_path_is_read_only_below_the_folders_of_the_server(program, clean_home, server_says, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "o.csv").write_bytes(orders())
    (tmp_path / "o.csv").write_bytes(orders())
    asks = program("start runs")
    assert is_problem(asks.post("runs", {"paths": {"orders": str(tmp_path / "o.csv")}}), 422)
    server_says(data_folders=[str(tmp_path / "data")])
    assert places(asks.post("runs", {"paths": {"orders": str(tmp_path / "o.csv")}})) == {"paths.orders"}
    assert told(asks.post("runs", {"paths": {"orders": str(tmp_path / "data" / "o.csv")}}), 201)


def test_a_cancelled_run_waits_again_and_a_waiting_one_does_not(program, clean_home):
    asks = program("start runs")
    sent = told(asks.send("tables/orders/files", orders()), 201)["number"]
    name = told(asks.post("runs", {"uploads": [sent]}), 201)["name"]
    assert is_problem(asks.post(f"runs/{name}/repetition"), 409)
    asks.post(f"runs/{name}/cancellation")
    assert told(asks.post(f"runs/{name}/repetition"))["state"] == "waiting"
    assert kinds()[-2:] == ["run cancelled", "run asked for again"]


def test_a_run_that_was_brought_cannot_be_repeated_here(program, run):
    assert is_problem(program("start runs").post(f"runs/{run.name}/relearning"), 409)


# Reviews


@pytest.fixture
def turn(program, run):
    """The next turn, held by a program."""
    return told(program("review").post("reviews/next", {"queue": "listed"}))["turn"]


def test_a_review_by_a_program_is_the_review_of_the_page(program, turn, anna):
    given = {"turn": turn["turn"], "verdict": "confirmed", "kind": "stockist", "reason": "amount and depth"}
    made = told(program("review").post("reviews", given), 201)
    other = queueing.take_next(anna, "listed")
    reviewing.conclude(other, anna, reviewing.Said("confirmed", "f", "stockist", "amount and depth"))
    first, second = Review.objects.order_by("pk").values(
        "verdict", "kind", "reason", "shown_because", "is_blind"
    )
    assert first == second
    assert Finding.objects.get(actor_id=made["actor_id"]).state == "confirmed"
    assert Record.objects.filter(kind="review").count() == 2


def test_a_review_sent_twice_under_one_key_is_one_review(program, turn):
    asks, given = program("review"), {"turn": turn["turn"], "verdict": "rejected", "reason": "other"}
    first, second = (told(asks.post("reviews", given, **ONCE), 201) for _ in range(2))
    assert first == second
    assert Review.objects.count() == 1
    assert is_problem(asks.post("reviews", given), 409)


def test_two_programs_may_use_the_same_key(program, run):
    made = []
    for email in ("one@firm.example", "two@firm.example"):
        asks = program("review", email=email)
        turn = told(asks.post("reviews/next", {}))["turn"]["turn"]
        given = {"turn": turn, "verdict": "rejected", "reason": "other"}
        made.append(told(asks.post("reviews", given, **ONCE), 201)["number"])
    assert len(set(made)) == 2


def test_nothing_is_concluded_of_what_one_does_not_hold(program, run):
    free = Turn.objects.filter(done_at=None).first()
    given = {"turn": free.pk, "verdict": "confirmed", "reason": "other"}
    assert is_problem(program("review").post("reviews", given), 409)
    assert not Review.objects.exists()


def test_a_verdict_needs_a_reason_that_is_one(program, turn):
    given = {"turn": turn["turn"], "verdict": "confirmed", "reason": "because", "kind": "fraudster"}
    assert places(program("review").post("reviews", given)) == {"reason", "kind"}


def test_a_hold_is_given_back_taken_and_put_off(program, turn, bo):
    asks, number = program("review"), turn["turn"]
    assert turn["shown"]["sentences"]
    assert asks.delete(f"turns/{number}/hold").status_code == 204
    assert is_problem(asks.delete(f"turns/{number}/hold"), 409)
    assert told(asks.put(f"turns/{number}/hold"))["turn"] == number
    assert asks.post(f"turns/{number}/postponement").status_code == 204
    assert queueing.take(Turn.objects.get(pk=number), bo)
    assert is_problem(asks.put(f"turns/{number}/hold"), 409)
    assert "review put off" in kinds()


def test_a_finding_is_handed_over_and_escalated(program, turn, bo, colleague):
    asks, number = program("hand over"), turn["turn"]
    auditor = colleague("auditor").pk
    assert is_problem(asks.put(f"turns/{number}/reviewer", {"colleague": auditor}), 409)
    assert asks.put(f"turns/{number}/reviewer", {"colleague": bo.pk}).status_code == 204
    assert asks.post(f"turns/{number}/escalation").status_code == 204
    assert Turn.objects.get(pk=number).handed_to == bo
    assert kinds()[-2:] == ["review handed over", "review escalated"]


def test_a_finding_that_was_not_due_can_be_asked_for(program, run):
    unlisted = Finding.objects.filter(run=run, turns=None).first() or Finding.objects.filter(run=run).last()
    turn = told(program("review").post(f"findings/{unlisted.actor_id}/turn"))
    assert turn["finding"]["actor_id"] == unlisted.actor_id


def test_the_queues_say_how_they_stand(program, run):
    said = {queue["name"]: queue for queue in told(program("read findings").get("queues"))}
    assert said["listed"]["waiting"] == Turn.objects.filter(queue="listed", done_at=None).count()


def test_an_appeal_is_offered_said_and_decided_by_another(program, run, anna, bo):
    finding = Finding.objects.filter(run=run, flagged=True).first()
    answer = told(program("take appeals").post("appeals", {"code": finding.code}), 201)
    appeals.speak(appeals.open_by(answer["address"].rpartition("/")[2]), "For the choir.", None)
    asks = program("review")
    turn = told(asks.post("reviews/next", {"queue": "appeal"}))["turn"]
    assert turn["appeal"] == "For the choir."
    given = {"turn": turn["turn"], "verdict": "rejected", "reason": "gifts or event"}
    assert places(asks.post("reviews", given)) == {"answer"}
    told(asks.post("reviews", {**given, "answer": "You were right."}), 201)
    listed = told(program("take appeals").get("appeals"))["items"][0]
    assert (listed["upheld"], listed["answer"], "address" in listed) == (True, "You were right.", False)


# Labels, corrections, observations

CSV = (
    b"customer_id,verdict,reviewed_at\nC1,confirmed,2026-01-01T00:00:00Z\nC2,rejected,2026-01-02T00:00:00Z\n"
)


def test_labels_are_brought_once_under_one_key_and_withdrawn(program, run):
    asks = program("bring labels")
    first, second = (told(asks.send("labels/imports?source=block+list", CSV, **ONCE), 201) for _ in range(2))
    assert first == second
    assert ImportedLabel.objects.count() == 2
    assert told(asks.post(f"labels/imports/{first['number']}/withdrawal"))["withdrawn_at"]
    assert is_problem(asks.post(f"labels/imports/{first['number']}/withdrawal"), 409)
    assert [k for k in kinds() if k.startswith("labels")] == ["labels brought", "labels withdrawn"]


def test_labels_that_are_none_are_told_and_not_kept(program, run):
    answer = program("bring labels").send("labels/imports?source=x", b"customer_id,verdict\nC1,guilty\n")
    assert is_problem(answer, 422)
    assert answer.json()["mistakes"]
    assert not LabelImport.objects.exists()


def test_actors_are_joined_by_a_program_as_by_the_page(program, signed_in, rings):
    one, other = rings[:2]
    given = {"kind": "together", "actor_id": one.actor_id, "other": other.code, "reason": "same hand"}
    made = told(program("correct actors").post("corrections", given, **ONCE), 201)
    assert made["groups"] is None  # ids of customers are for who may see names
    signed_in("reviewer").post(
        f"/corrections/join/{one.pk}", {"other": other.code, "joins": "actor", "reason": "same hand"}
    )
    first, second = Correction.objects.values("kind", "joins", "groups", "actors", "reason")
    assert first == second


def test_a_record_of_a_correction_is_about_every_actor_of_it(program, rings):
    from entrepot.web.records import models as records

    one, other = rings[:2]
    given = {"kind": "together", "actor_id": one.actor_id, "other": other.code, "reason": "same hand"}
    made = told(program("correct actors").post("corrections", given), 201)
    told(program("correct actors").post(f"corrections/{made['number']}/withdrawal"))
    for actor in (one, other):
        bodies = records.concerning([f"actor:{actor.actor_id}"])
        assert {b.record.kind for b in bodies} == {"actors corrected", "correction withdrawn"}
    assert records.erase(f"actor:{other.actor_id}") == 2
    assert verify().broken == ()


def test_customers_are_parted_by_a_program_and_not_all_of_them(program, rings):
    own = customers(rings[0])
    given = {"kind": "apart", "actor_id": rings[0].actor_id, "reason": "two families"}
    asks = program("correct actors")
    assert places(asks.post("corrections", {**given, "customers": own})) == {"customers"}
    told(asks.post("corrections", {**given, "customers": own[:1]}), 201)
    assert sorted(map(len, Correction.objects.get().groups)) == [1, len(own) - 1]


def test_an_observation_is_refused_for_what_the_form_refuses(program, run):
    bad = {**OBSERVATION, "seen_on": "2999-01-01", "expires_on": "2001-01-01", "actors": ["NOBODY"]}
    assert places(program("observe").post("observations", bad)) == {"seen_on", "expires_on", "actors"}


def test_an_observation_is_changed_only_by_who_has_read_it_last(program, run):
    asks = program("observe", "see sensitive observations")
    made = told(asks.post("observations", {**OBSERVATION, "legitimacy": {"firm": "contested"}}), 201)
    change = {**OBSERVATION, "caption": "twelve boxes", "version": made["version"]}
    changed = told(asks.put(f"observations/{made['number']}", change))
    assert changed["caption"] == "twelve boxes"
    assert is_problem(asks.put(f"observations/{made['number']}", change), 409)
    assert Record.objects.filter(kind="observation changed").count() == 1


def picture():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def test_a_file_is_attached_after_somebody_looked_and_erased_with_the_observation(program, run):
    asks = program("observe")
    made = told(asks.post("observations", OBSERVATION), 201)
    path = f"observations/{made['number']}/file?version={made['version'].replace('+', '%2B')}"
    assert places(asks.send(path, picture(), method="PUT")) == {"no_faces"}
    assert places(asks.send(f"{path}&no_faces=true", b"<svg>", method="PUT")) == {"file"}
    assert told(asks.send(f"{path}&no_faces=true", picture(), method="PUT"))["has_file"]
    assert asks.delete(f"observations/{made['number']}").status_code == 204
    assert (Observation.objects.count(), Upload.objects.filter(table="observation").count()) == (0, 0)


def test_what_is_concealed_stays_so_for_a_key_without_the_vault(program, run):
    made = told(program("observe").post("observations", {**OBSERVATION, "is_source_concealed": True}), 201)
    assert (made["source_type"], made["place"], made["lawful_source"]) == (None, None, None)
    listed = told(program("read findings").get("observations"))["items"][0]
    assert (listed["caption"], listed["place"]) == ("boxes behind a counter", None)
    seen = told(program("read findings", "see sensitive observations").get("observations"))["items"][0]
    assert seen["place"] == "Seoul"


def test_nobody_else_changes_an_observation(program, run):
    made = told(program("observe").post("observations", OBSERVATION), 201)
    Observation.objects.update(by=Colleague.objects.add("other@firm.example"))
    assert is_problem(program("observe").delete(f"observations/{made['number']}"), 404)
    change = {**OBSERVATION, "version": made["version"]}
    assert is_problem(program("observe").put(f"observations/{made['number']}", change), 404)


# The people in the data


def customer_of(run):
    return pq.read_table(run.path / "actors.parquet")["customer_id"][0].as_py()


def test_a_request_is_taken_down_once_and_carried_out_once(program, run):
    asks, given = (
        program("protect data"),
        {"kind": "export", "customer_id": customer_of(run), "is_checked": True},
    )
    first, second = (told(asks.post("subjects", given, **ONCE), 201) for _ in range(2))
    assert (first, first["customer_id"]) == (second, "")
    done = told(asks.post(f"subjects/{first['number']}/completion"))
    assert done["export"]["customer_id"] == given["customer_id"]
    assert told(asks.post(f"subjects/{first['number']}/completion"))["export"] is None
    assert [k for k in kinds() if k.startswith("subject")] == [
        "subject request received",
        "subject request done",
    ]


def test_somebody_whom_nothing_knows_is_told_without_a_path(program, run, settings):
    given = {"kind": "erase", "customer_id": "nobody", "is_checked": True}
    answer = program("protect data").post("subjects", given)
    assert is_problem(answer, 422)
    assert str(settings.ENTREPOT.folder) not in answer.content.decode()


def test_an_objection_is_lifted_by_a_program_with_a_reason_on_record(program, run):
    asks, who = program("protect data"), customer_of(run)
    made = told(asks.post("subjects", {"kind": "object", "customer_id": who, "is_checked": True}), 201)
    told(asks.post(f"subjects/{made['number']}/completion"))
    assert is_problem(asks.post("objections/lifting", {"customer_id": "nobody", "why": "x"}), 422)
    assert told(asks.post("objections/lifting", {"customer_id": who, "why": "looked into"}))["customers"] >= 1
    assert told(asks.get("subjects"))["items"][0]["lifted_at"]
    assert "looked into" in Body.objects.get(record__kind="objection lifted").text
    assert is_problem(asks.post("objections/lifting", {"customer_id": who, "why": "again"}), 422)


def test_a_purge_says_what_went(program, run):
    assert told(program("protect data").post("purges")) == {
        "runs": [],
        "findings": 0,
        "observations": 0,
        "uploads": 0,
        "rounds": 0,
    }
    assert kinds()[-1] == "purged"


# Whatever it does


@pytest.mark.parametrize(
    ("path", "size"), [("labels", 1), ("corrections", 1), ("observations", 1), ("files", 1), ("appeals", 1)]
)
def test_lists_come_in_pages_of_which_the_last_has_no_next(program, run, path, size, colleague):
    by, finding = colleague("reviewer"), Finding.objects.first()
    for n in range(3):
        Correction.objects.create(kind="together", groups=[["a"], ["b"]], run=run, reason="r", by=by)
        Observation.objects.create(**OBSERVATION, by=by)
        Upload.objects.create(name="o", table="orders", path=f"/p{n}", size_bytes=1, sha256="0", by=by)
        Appeal.objects.create(
            finding=finding, made_by=by, link_digest=str(n), expires_at=timezone.now() + timedelta(days=1)
        )
        done = Turn.objects.create(finding=Finding.objects.all()[n], queue="below", done_at=timezone.now())
        Review.objects.create(finding=done.finding, turn=done, reviewer=by, verdict="confirmed", reason="other",
                              shown_because="listed", form=str(n))  # fmt: skip
    asks = program("bring labels", "correct actors", "read findings", "start runs", "take appeals")
    seen, after = 0, ""
    while after is not None:
        page = told(asks.get(f"{path}?size={size}&after={after}"))
        seen, after = seen + len(page["items"]), page["next"]
    assert seen == 3


def test_a_key_does_nothing_that_its_scopes_do_not_name(program, run):
    asks = program("read findings")
    tried = {
        "POST runs": {"uploads": [1]}, "POST reviews": {"turn": 1, "verdict": "confirmed", "reason": "other"},
        "POST observations": OBSERVATION, "POST appeals": {"code": "x"}, "POST purges": None,
        "POST corrections": {"kind": "apart", "actor_id": "a", "reason": "x"}, "DELETE files/1": None,
        "POST subjects": {"kind": "erase", "customer_id": "c", "is_checked": True}, "PUT turns/1/hold": None,
        "POST objections/lifting": {"customer_id": "c", "why": "x"}, "POST labels/imports?source=x": None,
        "POST tables/orders/files": None, "PUT observations/1/file?version=x": None,
    }  # fmt: skip
    before = Record.objects.count()
    for what, body in tried.items():
        method, _space, path = what.partition(" ")
        assert is_problem(asks.ask(method, path, body), 403), what
    assert Record.objects.count() == before
