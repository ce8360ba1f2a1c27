"""The API: who may ask, what it answers, and that what is sent twice is done once."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from entrepot.web.discovery.models import Detail, Finding, Review, Turn
from entrepot.web.people.models import ApiKey, Colleague
from entrepot.web.records.models import Record
from entrepot.web.runs.bringing import bring
from entrepot.web.runs.models import RUNNING, Run, Upload
from tests.web.api_fixtures import fresh_counts as fresh_counts
from tests.web.api_fixtures import is_problem
from tests.web.api_fixtures import program as program
from tests.web.bring_once import bring_once

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from made_run import made_run

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made_folder(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("made") / "0001")


@pytest.fixture
def run(made_folder):
    found = bring_once(made_folder)
    Turn.objects.all().delete()  # tests make the turns that they are about
    return found


# Who may


def test_a_key_may_what_its_scopes_name(program):
    asks = program("read records")
    assert asks.get("records").status_code == 200
    assert is_problem(asks.get("runs"), 403)


def test_a_key_may_no_more_than_its_owner_may_today(program, colleague):
    asks = program("read records")
    colleague(email="owner@firm.example").give(["viewer"])
    assert is_problem(asks.get("records"), 403)


@pytest.mark.parametrize("end", [{"revoked_at": timezone.now()}, {"expires_on": timezone.localdate()}])
def test_a_key_that_has_ended_opens_nothing(program, end):
    asks = program("read records")
    ApiKey.objects.update(**end)
    answer = asks.get("records")
    assert is_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_key_of_somebody_suspended_opens_nothing(program):
    asks = program("read records")
    Colleague.objects.update(is_active=False)
    assert is_problem(asks.get("records"), 401)


def test_when_a_key_was_last_used_is_noted(program):
    program("read records").get("records")
    assert timezone.now() - ApiKey.objects.get().used_at < timedelta(minutes=1)


def test_a_session_needs_its_token_to_change_anything(colleague):
    client = Client(enforce_csrf_checks=True)
    client.force_login(colleague("auditor"), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/api/records").status_code == 200
    assert is_problem(client.post("/api/records/verification"), 403)


def test_what_a_key_does_is_on_record_as_the_keys(program):
    made = program("observe").post("observations", OBSERVATION)
    assert made.status_code == 201
    assert Record.objects.get(kind="observation added").by == f"key:{ApiKey.objects.get().pk}"


# What goes wrong


def test_every_error_is_a_problem(program, settings):
    asks = program("observe", "read findings")
    assert is_problem(asks.get("nowhere"), 404)
    assert is_problem(asks.get("runs/9999"), 404)
    assert is_problem(asks.ask("DELETE", "runs"), 405)
    assert is_problem(asks.post("observations", {}), 422)
    assert is_problem(asks.client.post("/api/observations", "{", content_type="application/json",
                                       headers={"Authorization": f"Bearer {asks.text}"}), 400)  # fmt: skip
    assert is_problem(asks.post("observations", {**OBSERVATION, "caption": "x" * 6 * 2**20}), 413)


def test_a_mistake_is_told_by_its_place_and_without_what_was_sent(program):
    told = program("observe").post("observations", {**OBSERVATION, "step": "<script>"})
    assert [each["where"] for each in told.json()["mistakes"]] == ["body.given.step"]
    assert "<script>" not in told.content.decode()


def test_a_program_that_asks_too_often_is_told_when_to_come_back(program, settings):
    settings.REQUESTS_A_MINUTE = 3
    asks = program("read records")
    answers = [asks.get("records") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert is_problem(answers[3], 429)
    assert 0 < int(answers[3]["Retry-After"]) <= 60
    assert program("read records", email="another@firm.example").get("records").status_code == 200


def test_text_that_no_database_can_keep_is_refused(program):
    assert is_problem(program("observe").post("observations", {**OBSERVATION, "caption": "a\x00b"}), 422)


# What it answers


def test_findings_come_in_pages_and_each_once(program, run):
    asks, seen, after = program("read findings"), [], ""
    while after is not None:
        page = asks.get(f"findings?listed=any&size=3&sort=excess&after={after}").json()
        seen, after = seen + [each["actor_id"] for each in page["items"]], page["next"]
    assert sorted(seen) == sorted(Finding.objects.values_list("actor_id", flat=True))


@pytest.mark.parametrize(("sort", "column"), [("evidence", "resale_evidence"), ("revenue", "revenue")])
def test_findings_are_sorted_by_falling_value(program, run, sort, column):
    items = program("read findings").get(f"findings?sort={sort}&size=500").json()["items"]
    values = [each[column] for each in items if each[column] is not None]
    assert values == sorted(values, reverse=True)


def test_a_cursor_that_is_none_is_a_mistake(program, run):
    assert is_problem(program("read findings").get("findings?after=nonsense"), 422)


def test_one_finding_comes_with_its_evidence(program, run):
    finding = Finding.objects.order_by("-resale_evidence").first()
    Detail.objects.update_or_create(finding=finding, defaults={"said": {"sentences": ["bought 40 boxes"]}})
    told = program("read findings").get(f"findings/{finding.actor_id}").json()
    assert told["detail"]["sentences"] == ["bought 40 boxes"]
    assert told["signals"]
    assert {"name", "email", "customer_id"} & set(told) == set()


@pytest.mark.parametrize("table", ["shares", "growth", "concentration", "hindsight"])
def test_measures_are_the_tables_of_the_run(program, tmp_path, table):
    run = bring(made_run(tmp_path / "0002", "measured"))
    told = program("read findings").get(f"interdependence/{table}").json()
    assert (told["run"], set(told["columns"])) == (run.name, set(told["rows"][0]))


def test_a_run_whose_folder_is_gone_has_no_measures(program, run):
    import shutil

    shutil.rmtree(run.path)
    assert is_problem(program("read findings").get("interdependence/shares"), 404)


# What it does


OBSERVATION = {
    "step": "sell", "caption": "boxes behind a counter", "source_type": "personal observation", "seen_on": "2026-01-02",
    "lawful_source": "public street", "need": "to know the step",
    "expires_on": (timezone.localdate() + timedelta(days=90)).isoformat(),
}  # fmt: skip


def test_what_is_sent_twice_under_one_key_is_done_once(program):
    asks, key = program("observe", "read findings"), {"Idempotency-Key": "one"}
    first, second = (
        asks.post("observations", OBSERVATION, **key),
        asks.post("observations", OBSERVATION, **key),
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(asks.get("observations").json()["items"]) == 1


def test_one_key_for_two_questions_is_refused(program):
    asks, key = program("observe"), {"Idempotency-Key": "one"}
    asks.post("observations", OBSERVATION, **key)
    assert is_problem(asks.post("observations", {**OBSERVATION, "step": "deliver"}, **key), 409)


def test_a_sensitive_observation_is_shown_only_to_whom_it_may(program):
    program("observe").post("observations", {**OBSERVATION, "sensitivity": "sensitive"})
    assert program("read findings").get("observations").json()["items"] == []
    sees = program("read findings", "see sensitive observations").get("observations").json()["items"]
    assert [each["sensitivity"] for each in sees] == ["sensitive"]


@pytest.fixture
def orders(colleague, tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("order_id,ordered_at,product_id,quantity,unit_price\n")
    file = {"name": "o.csv", "path": str(path), "size_bytes": 1, "sha256": "0"}
    return Upload.objects.create(table="orders", by=colleague("analyst"), **file)


def test_a_run_is_asked_for_and_cancelled(program, orders):
    asks = program("start runs", "read findings")
    made = asks.post("runs", {"uploads": [orders.pk], "settings": {"fdr": 0.1}})
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    stopped = asks.post(f"runs/{made.json()['name']}/cancellation", None)
    assert stopped.json()["state"] == "cancelled"
    assert is_problem(asks.post(f"runs/{made.json()['name']}/cancellation", None), 409)


def test_a_run_at_work_is_asked_to_stop(program, orders):
    Run.objects.create(name="0007", state=RUNNING)
    program("start runs").post("runs/0007/cancellation", None)
    assert Run.objects.get(name="0007").cancel_asked_at


def test_a_run_without_orders_is_refused(program, orders):
    Upload.objects.update(table="customers")
    assert is_problem(program("start runs").post("runs", {"uploads": [orders.pk]}), 422)


def test_two_reviewers_never_get_the_same_finding(program, run):
    for finding in Finding.objects.filter(flagged=True)[:2]:
        Turn.objects.create(finding=finding, queue="listed")
    one, other = program("review"), program("review", email="other@firm.example")
    first, second = one.post("reviews/next", {}).json()["turn"], other.post("reviews/next", {}).json()["turn"]
    assert first["turn"] != second["turn"]
    assert one.post("reviews/next", {}).json()["turn"]["turn"] == first["turn"]


def test_a_blind_review_says_nothing_of_the_first(program, run, colleague):
    finding = Finding.objects.filter(flagged=True).first()
    done = Turn.objects.create(finding=finding, queue="listed", done_at=timezone.now())
    Review.objects.create(finding=finding, turn=done, reviewer=colleague("reviewer"), verdict="confirmed", reason="x",
                          shown_because="listed", form="f")  # fmt: skip
    Turn.objects.create(finding=finding, queue="second", not_by=colleague("reviewer"))
    asks = program("review")
    assert asks.post("reviews/next", {}).json()["turn"]["finding"]["state"] is None
    assert asks.get("reviews").json()["items"] == []


def test_a_key_made_by_a_key_may_no_more_than_it(program):
    asks = program("keep keys", "read records")
    assert asks.post("keys", {"name": "less", "scopes": ["read records"]}).status_code == 201
    assert is_problem(asks.post("keys", {"name": "more", "scopes": ["see names"]}), 422)


def test_the_last_administrator_stays_by_the_api_too(program):
    asks = program("keep colleagues")
    number = Colleague.objects.get().pk
    assert is_problem(asks.ask("PUT", f"colleagues/{number}/roles", {"roles": ["viewer"]}), 409)
    assert is_problem(asks.ask("PUT", f"colleagues/{number}/state", {"is_active": False}), 409)


def test_the_chain_is_checked_by_the_api(program):
    assert program("read records").post("records/verification", None).json()["broken"] == []


# Those who watch


def test_health_is_open_and_says_yes(client):
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"alive": True, "database": True, "migrations": True})


def test_health_says_when_the_database_is_away(client, monkeypatch):
    from django.db import OperationalError, connection

    monkeypatch.setattr(
        connection, "ensure_connection", lambda: (_ for _ in ()).throw(OperationalError("away"))
    )
    assert client.get("/health").status_code == 503


def test_metrics_count_and_name_nobody(signed_in, run, colleague):
    text = signed_in("auditor").get("/metrics").content.decode()
    assert 'entrepot_runs{state="done"} 1' in text
    assert "firm.example" not in text


def test_metrics_are_for_the_token_of_the_server_too(client, settings):
    settings.METRICS_TOKEN = "a token"
    assert client.get("/metrics", headers={"Authorization": "Bearer a token"}).status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401


def test_the_schema_names_the_scope_of_each_operation(client):
    said = client.get("/api/openapi.json").json()
    operations = [op for methods in said["paths"].values() for op in methods.values()]
    assert len(operations) > 20
    assert all(op["x-scope"] for op in operations)
