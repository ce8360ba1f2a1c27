"""The appeal of the person concerned: without signing in, once, decided by another, answered on the same link."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from entrepot.web.discovery import appeals, queueing, reviewing
from entrepot.web.discovery.models import Appeal, Review, Turn
from entrepot.web.records.models import Body
from tests.web.review_fixtures import anna, bo, run, run_folder
from web.review_fixtures import said

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a receipt of the club"


@pytest.fixture
def finding(run, anna):
    """A listed finding that anna confirmed."""
    turn = Turn.objects.filter(queue="listed").first()
    queueing.take(turn, anna)
    reviewing.conclude(turn, anna, reviewing.Said("confirmed", "first", note="forty boxes"))
    turn.finding.refresh_from_db()
    return turn.finding


@pytest.fixture
def link(finding, anna):
    return f"/appeal/{appeals.offer(finding, anna)[1]}"


def document(content=PDF, name="receipt.pdf"):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_the_link_opens_without_signing_in_and_keeps_no_cookie(link):
    answer = Client(enforce_csrf_checks=True).get(link)
    assert answer.status_code == 200
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"


def test_the_page_names_no_evidence_and_accuses_nobody(link, finding):
    text = Client().get(link).content.decode().lower()
    for word in (
        finding.code.lower(),
        finding.actor_id,
        finding.kind,
        "resale",
        "evidence",
        "suspic",
        "fraud",
        "forty boxes",
    ):
        assert word not in text, word


def test_only_the_digest_of_a_link_is_kept(link):
    code = link.rpartition("/")[2]
    assert not Appeal.objects.filter(link_digest__contains=code).exists()
    assert not Body.objects.filter(text__contains=code).exists()


def test_an_unknown_link_is_not_there(run):
    assert Client().get("/appeal/nobody").status_code == 404


def test_what_the_person_says_is_kept_once_and_queued_for_another_reviewer(link, finding, anna, bo):
    client = Client(enforce_csrf_checks=True)
    assert (
        "we have your answer"
        in client.post(link, {"said": "For my choir.", "file": document()}).content.decode()
    )
    client.post(link, {"said": "Something else."})
    appeal = Appeal.objects.get()
    assert (appeal.said, appeal.file.name) == ("For my choir.", "receipt.pdf")
    assert appeal.answer_by - appeal.said_at == timedelta(days=5)
    turn = Turn.objects.get(queue="appeal")
    assert not queueing.take(turn, anna)
    assert queueing.take(turn, bo)


@pytest.mark.parametrize(("sent", "why"), [
    ({"said": ""}, "Write a sentence or two"),
    ({"said": "x" * 4001}, "at most 4,000 letters"),
    ({"said": "Choir.", "file": document(b"MZ a program", "receipt.pdf")}, "no PDF, PNG or JPEG"),
    ({"said": "Choir.", "file": document(b"", "receipt.pdf")}, "empty"),
])  # fmt: skip
def test_what_cannot_be_taken_is_said_and_nothing_is_kept(link, sent, why):
    answer = Client().post(link, sent)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert Appeal.objects.get().said_at is None


def test_a_document_that_is_too_large_is_refused(link):
    answer = Client().post(link, {"said": "Choir.", "file": document(PDF + b" " * appeals.MOST_BYTES)})
    assert answer.status_code == 422
    assert "at most 5 are taken" in answer.content.decode()


def test_a_body_of_two_gigabytes_is_refused_before_it_is_read(link):
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            raise AssertionError("read")

    large = {"CONTENT_LENGTH": str(2**31), "wsgi.input": Endless()}
    answer = Client().generic("POST", link, content_type="multipart/form-data; boundary=x", **large)
    assert answer.status_code == 413


def test_a_link_runs_out(link):
    Appeal.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert "run out" in Client().get(link).content.decode()
    Client().post(link, {"said": "Too late."})
    assert Appeal.objects.get().said == ""


def decide(signed_in, bo, link, **more):
    Client().post(link, {"said": "For my choir."})
    turn = Turn.objects.get(queue="appeal")
    queueing.take(turn, bo)
    client = signed_in("reviewer", email=bo.email)
    return client.post(f"/review/turns/{turn.pk}/verdict", said(form="2", answer="You were right.", **more))


def test_an_appeal_that_is_right_becomes_a_review_and_the_finding_is_rejected(signed_in, bo, link, finding):
    assert decide(signed_in, bo, link, verdict="rejected").status_code == 302
    review = Review.objects.latest("pk")
    assert (review.verdict, review.shown_because, review.reviewer) == ("rejected", "appeal", bo)
    finding.refresh_from_db()
    assert finding.state == "rejected"
    assert Appeal.objects.get().upheld


def test_the_answer_stands_on_the_same_link(signed_in, bo, link):
    decide(signed_in, bo, link, verdict="rejected")
    assert "You were right." in Client().get(link).content.decode()


def test_the_reviewer_reads_what_the_person_says(signed_in, bo, link):
    Client().post(link, {"said": "For <b>my</b> choir."})
    turn = Turn.objects.get(queue="appeal")
    queueing.take(turn, bo)
    text = signed_in("reviewer", email=bo.email).get(f"/review/turns/{turn.pk}").content.decode()
    assert "For &lt;b&gt;my&lt;/b&gt; choir." in text


def test_no_answer_is_given_without_words_for_the_person(signed_in, bo, link):
    Client().post(link, {"said": "For my choir."})
    turn = Turn.objects.get(queue="appeal")
    queueing.take(turn, bo)
    client = signed_in("reviewer", email=bo.email)
    assert client.post(f"/review/turns/{turn.pk}/verdict", said(answer=" ")).status_code == 422
    assert Appeal.objects.get().decided_at is None


def test_the_share_overturned_is_shown(signed_in, bo, link):
    decide(signed_in, bo, link, verdict="rejected")
    assert "right in 1 of 1 appeals" in signed_in("reviewer", email=bo.email).get("/appeals").content.decode()


def test_the_document_is_the_persons_and_not_the_colleagues_who_made_the_link(signed_in, bo, link):
    Client().post(link, {"said": "For my choir.", "file": document()})
    kept = Appeal.objects.get().file
    assert (kept.by, kept.sender) == (None, "person concerned")
    client = signed_in("reviewer", email=bo.email)
    turn = Turn.objects.get(queue="appeal")
    client.post(f"/review/turns/{turn.pk}/take")
    assert "sent by the person concerned" in client.get(f"/review/turns/{turn.pk}").content.decode()


def test_documents_that_were_kept_as_a_colleagues_are_given_back_to_the_person(link, anna):
    from importlib import import_module

    from django.apps import apps

    from entrepot.web.runs.models import Upload

    Client().post(link, {"said": "For my choir.", "file": document()})
    Upload.objects.create(name="o.csv", table="orders", path="o.csv", size_bytes=1, sha256="0", by=anna)
    Upload.objects.update(by=anna)
    import_module("entrepot.web.runs.migrations.0003_who_sent_it").by_nobody_of_us(apps, None)
    assert dict(Upload.objects.values_list("table", "by")) == {"appeal": None, "orders": anna.pk}


def test_the_document_is_saved_and_never_shown(signed_in, bo, link):
    Client().post(link, {"said": "For my choir.", "file": document()})
    answer = signed_in("reviewer", email=bo.email).get(f"/appeals/{Appeal.objects.get().pk}/document")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("role", "status"), [("service", 200), ("data protection officer", 200), ("viewer", 403)]
)
def test_who_may_take_appeals_makes_a_link_that_is_shown_once(signed_in, finding, role, status):
    client = signed_in(role)
    answer = client.post(f"/appeals/link/{finding.pk}")
    assert answer.status_code == status
    if status == 200:
        assert "/appeal/" in answer.content.decode()
        assert "testserver/appeal/" not in client.get(f"/appeals/link/{finding.pk}").content.decode()


def test_a_finding_is_found_by_its_code(signed_in, finding):
    answer = signed_in("service").get("/appeals", {"code": finding.code.lower()})
    assert answer["Location"] == f"/appeals/link/{finding.pk}"
    assert signed_in("service").get("/appeals", {"code": "A-NOBODY"}).status_code == 404


def test_a_second_appeal_opens_the_turn_again(signed_in, bo, link, finding, anna):
    decide(signed_in, bo, link, verdict="confirmed")
    second = f"/appeal/{appeals.offer(finding, anna)[1]}"
    Client().post(second, {"said": "Please look again."})
    turn = Turn.objects.get(queue="appeal")
    assert (turn.done_at, turn.not_by) == (None, bo)
