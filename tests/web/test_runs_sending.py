"""Files come in and runs are asked for: what is good is kept with its hash, what is not is refused with a reason."""

import gzip
import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.test import Client

from entrepot.web.records.models import Record
from entrepot.web.runs.models import Run, Upload

from .runs_fixtures import FIELDS, HEADER, bomb, file, orders
from .runs_fixtures import analyst as analyst
from .runs_fixtures import clean_home as clean_home
from .runs_fixtures import said as said

pytestmark = pytest.mark.django_db


def parquet() -> bytes:
    raw = BytesIO()
    names = HEADER.strip().split(",")
    pq.write_table(pa.table({name: ["1"] for name in names}), raw)
    return raw.getvalue()


def zipped() -> bytes:
    raw = BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("orders.csv", orders())
    return raw.getvalue()


def left() -> list[str]:
    return [path.name for path in settings.ENTREPOT.uploads.iterdir()]


def send(client, **more):
    return client.post("/runs/new", {**FIELDS, **more})


def words(answer) -> str:
    return answer.content.decode()


def test_a_file_becomes_a_run_that_waits(analyst):
    answer = send(analyst, send_orders=file(orders()))
    run, upload = Run.objects.get(), Upload.objects.get()
    assert answer["Location"] == f"/runs/run/{run.name}"
    assert (run.state, run.inputs) == ("waiting", {"orders": [upload.path]})


def test_a_file_is_kept_under_a_name_of_ours_with_its_hash(analyst):
    send(analyst, send_orders=file(orders(), "../../etc/<b>passwd.csv"))
    upload = Upload.objects.get()
    path = Path(upload.path)
    assert path.parent == settings.ENTREPOT.uploads
    assert "passwd" not in path.name
    assert (
        upload.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == hashlib.sha256(orders()).hexdigest()
    )
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("raw", [orders(), orders().replace(b",", b";"), parquet(), gzip.compress(orders())],
                         ids=["csv", "semicolons", "parquet", "gzip"])  # fmt: skip
def test_every_kind_of_table_is_taken(analyst, raw):
    assert send(analyst, send_orders=file(raw)).status_code == 302


@pytest.mark.parametrize(("raw", "said_of_it"), [
    (b"<!DOCTYPE html><html><body>hello</body></html>", "a web page"),
    (b"\n <html><body>hello</body></html>", "one column of text"),
    (zipped(), "a zip archive"),
    (b"#!/bin/sh\nrm -rf /\n", "a program"),
    (b"\x7fELF\x02\x01\x01" + b"\0" * 60, "a program"),
    (b"MZ\x90\0\x03" + b"\0" * 60, "a program"),
    (b"", "empty"),
    (b'{"orders": []}', "JSON"),
    (b"PAR1 and then nothing of it PAR1", "broken"),
    (b"\x1f\x8b\x08\x00 and then nothing of it", "broken"),
    (b"%PDF-1.7 and so on", "a PDF"),
    (b"just words in lines\nand no table\n", "no table"),
    (gzip.compress(b"#!/bin/sh\n"), "a program"),
    (bomb(), "holds too much"),
], ids=lambda v: v if isinstance(v, str) else "")  # fmt: skip
def test_what_is_no_table_is_refused_with_its_name_and_removed(analyst, raw, said_of_it):
    answer = send(analyst, send_orders=file(raw, "their name.csv"))
    assert answer.status_code == 422
    assert said_of_it in words(answer)
    assert "their name.csv" in words(answer) or not raw
    assert str(settings.ENTREPOT.folder) not in words(answer)
    assert (left(), Run.objects.count(), Upload.objects.count()) == ([], 0, 0)


def test_a_packed_file_may_not_hold_more_than_the_server_allows(analyst, said):
    said(most_unpacked_gib=1e-6)
    answer = send(analyst, send_orders=file(gzip.compress(orders(200))))
    assert "holds too much" in words(answer)


def test_a_form_that_is_too_large_is_refused_before_a_byte_is_read(analyst, said):
    said(most_upload_gib=1e-6)
    answer = send(analyst, send_orders=file(orders(200)))
    assert (answer.status_code, left()) == (413, [])


def test_a_full_disk_is_told_before_a_byte_is_read(analyst, monkeypatch):
    monkeypatch.setattr("entrepot.web.runs.sending.has_room", lambda folder, size: False)
    answer = send(analyst, send_orders=file(orders()))
    assert (answer.status_code, left()) == (507, [])


def test_a_disk_that_fills_while_a_file_comes_leaves_nothing(analyst, monkeypatch):
    def full(self, raw, most):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("entrepot.web.runs.receiving.Coming.take", full)
    answer = send(analyst, send_orders=file(orders()))
    assert "The disk is full" in words(answer) or "the disk is full" in words(answer)
    assert left() == []


def test_a_mistake_elsewhere_costs_no_second_upload(analyst):
    answer = send(analyst, send_orders=file(orders()), fdr="0")
    upload = Upload.objects.get()
    assert answer.status_code == 422
    assert f'value="{upload.pk}"' in words(answer)
    assert send(analyst, orders_files=str(upload.pk)).status_code == 302


def test_all_mistakes_are_told_at_once(analyst):
    answer = send(
        analyst, timezone="Mars/Base", mapping="quantity", encoding="none", time_format="%d.%m.",
        send_orders=file(orders())
    )  # fmt: skip
    for mistake in ("each of %d %m %Y", "Mars/Base", "ours=theirs", "an encoding is unknown"):
        assert mistake in words(answer)


@pytest.mark.parametrize(("field", "value"), [
    ("fdr", "0"), ("fdr", "nan"), ("fdr", "99"), ("max_bad", "101"), ("placeholder_share", "0"),
    ("decimal", "both"), ("as_of", "yesterday"),
    ("retain_until", "2001-01-01"),
    ("hindsight_months", "-1"), ("preset", "other"), ("previous", "9999"), ("orders_files", "99"), ("purpose", ""),
])  # fmt: skip
def test_a_wrong_value_is_told_beside_its_field(analyst, field, value):
    answer = send(analyst, send_orders=file(orders()), **{field: value})
    assert answer.status_code == 422
    assert "errorlist" in words(answer)
    assert not Run.objects.exists()


def test_orders_are_needed(analyst):
    assert "Give the orders" in words(send(analyst))


def test_missing_columns_are_told_before_the_run_starts(analyst):
    answer = send(
        analyst, send_orders=file(b"Invoice,ordered_at,product_id,quantity,unit_price\n1,2026-01-01,p,1,2\n")
    )
    assert "columns are missing" in words(answer)
    upload = Upload.objects.get()
    assert send(analyst, orders_files=str(upload.pk), mapping="order_id=Invoice").status_code == 302


def test_every_table_has_its_place_and_the_shares_are_of_one(analyst):
    send(analyst, send_orders=file(orders()), fdr="2.5", send_customers=file(b"customer_id\nc1\n"),
         send_products=file(b"product_id,name\np1,One\n"), send_targets=file(b"store_id,month,amount,currency\n"),
         recognised_on="2026-01-05", anonymous="0, GUEST", send_of_nothing=file(orders()))  # fmt: skip
    run = Run.objects.get()
    assert set(run.inputs) == {"orders", "customers", "products", "targets"}
    assert (run.asked["fdr"], run.asked["max_bad"]) == (0.025, 0.01)
    assert (run.asked["recognised_on"], run.asked["anonymous"]) == ("2026-01-05", ["0", "GUEST"])


def test_dates_and_numbers_are_read_as_the_form_says(analyst):
    said = {"time_format": "%d.%m.%Y", "decimal": "comma", "placeholder_share": "80"}
    send(analyst, send_orders=file(orders()), **said)
    asked = Run.objects.get().asked
    assert (asked["time_format"], asked["decimal"], asked["placeholder_share"]) == ("%d.%m.%Y", "comma", 0.8)
    again = words(analyst.get(f"/runs/new?like={Run.objects.get().name}"))
    assert 'value="%d.%m.%Y"' in again and 'value="80' in again


def test_several_files_of_orders_are_one_table(analyst):
    analyst.post("/runs/new", {**FIELDS, "send_orders": [file(orders()), file(orders(5), "later.csv")]})
    assert len(Run.objects.get().inputs["orders"]) == 2


def test_a_form_sent_twice_is_one_run(analyst):
    for _ in range(2):
        answer = send(analyst, send_orders=file(orders()), ticket="t" * 32)
    assert Run.objects.count() == 1
    assert answer["Location"].endswith(Run.objects.get().name)


def test_markup_in_every_field_is_text(analyst):
    hostile = '"><script>alert(1)</script>'
    answer = send(analyst, send_orders=file(orders(), hostile + ".csv"), **dict.fromkeys(
        ("purpose", "timezone", "mapping", "encoding", "anonymous", "fdr"), hostile))  # fmt: skip
    assert "<script>alert" not in words(answer)


def test_files_and_runs_stand_in_the_records_without_the_name_of_a_file(analyst):
    send(analyst, send_orders=file(orders(), "orders of Anna.csv"))
    kinds = {record.kind: record.body.text for record in Record.objects.select_related("body")}
    assert {"file sent in", "run asked for"} <= kinds.keys()
    assert not any("Anna" in text for text in kinds.values())


@pytest.mark.parametrize("role", ["viewer", "reviewer", "auditor", "administrator", "stakeholder"])
def test_only_an_analyst_sends(signed_in, role):
    client = signed_in(role)
    assert send(client, send_orders=file(orders())).status_code == 403
    assert client.get("/runs/files").status_code == 403
    assert left() == []


def test_a_form_without_its_token_is_refused_and_leaves_no_file(colleague):
    client = Client(enforce_csrf_checks=True)
    client.force_login(colleague("analyst"), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert send(client, send_orders=file(orders())).status_code == 403
    assert left() == []


@pytest.fixture
def folder(tmp_path, said):
    inside = tmp_path / "data"
    inside.mkdir()
    (inside / "orders.csv").write_bytes(orders())
    (tmp_path / "secret.csv").write_bytes(orders())
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    said(data_folders=[str(inside)])
    return inside


def test_a_path_below_an_allowed_folder_is_read(analyst, folder):
    assert send(analyst, orders_path=str(folder / "ord*.csv")).status_code == 302
    assert Run.objects.get().inputs == {"orders": [str(folder / "ord*.csv")]}


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "{}/../secret.csv", "{}/link.csv", "{}/l*.csv", "orders.csv", "/", "{}{}"]
)
def test_a_path_elsewhere_is_refused_alike_whether_it_exists_or_not(analyst, folder, path):
    answer = send(analyst, orders_path=path.format(folder, "x" * 300))
    assert "a path may not be read" in words(answer)
    assert not Run.objects.exists()


def test_without_allowed_folders_there_is_no_field_for_a_path(analyst):
    assert "a path on the server" not in words(analyst.get("/runs/new"))
    assert "Give the orders" in words(send(analyst, orders_path="/etc/passwd"))


def test_a_file_is_deleted_when_no_run_needs_it(analyst):
    send(analyst, send_orders=file(orders()))
    upload = Upload.objects.get()
    address = f"/runs/files/{upload.pk}/forget"
    assert "is being read" in words(analyst.post(address, follow=True))
    Run.objects.update(state="cancelled")
    analyst.post(address)
    assert (left(), Upload.objects.count()) == ([], 0)


@pytest.mark.parametrize("table", ["appeal", "observation"])
def test_a_document_of_another_place_is_no_file_that_an_analyst_sees_or_deletes(analyst, colleague, table):
    path = settings.ENTREPOT.uploads / "document.png"
    path.write_bytes(b"for the reviewer")
    kept = Upload.objects.create(name="choir.png", table=table, path=str(path), size_bytes=1, sha256="0",
                                 by=colleague("service"))  # fmt: skip
    assert "choir.png" not in words(analyst.get("/runs/files"))
    assert analyst.post(f"/runs/files/{kept.pk}/forget").status_code == 404
    assert path.is_file() and Upload.objects.filter(pk=kept.pk).exists()


def test_a_run_like_another_begins_with_its_answers(analyst):
    send(analyst, send_orders=file(orders()), fdr="2", mapping="quantity=quantity", timezone="Asia/Seoul")
    form = words(analyst.get(f"/runs/new?like={Run.objects.get().name}"))
    assert 'value="2.0"' in form or 'value="2"' in form
    assert "quantity=quantity" in form
    assert f'value="{Upload.objects.get().pk}"' in form
