"""What was seen outside the orders: the gallery of Figure 2, its vault, its files, its end."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from entrepot.web.discovery import observing_acts as acts
from entrepot.web.discovery.models import Finding, Observation
from entrepot.web.discovery.observing_files import where
from entrepot.web.records.models import Body, Record, verify
from entrepot.web.runs.models import DONE, Run, Upload

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def actor():
    run = Run.objects.create(name="0001", state=DONE)
    values = dict.fromkeys(("customers", "persons"), 1) | dict.fromkeys(
        ("resale_evidence", "resale_probability", "q_value"), 0.5
    )
    return Finding.objects.create(
        run=run, actor_id="a_1", code="A-BCDF", flagged=True, kind="stockist", declared="no", **values
    )


def in_days(days):
    """Counted when a test runs: a run of all tests may begin on one day and end on the next."""
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def said(**other):
    """A form that is whole; each test spoils or adds what it is about."""
    usual = {
        "step": "advertise", "caption": "630 RMB, limited edition, 130 ml", "source_type": "social-media post",
        "seen_on": "2019-09-10", "place": "WeChat", "pseudonym": "Gullim", "actors": "A-BCDF",
        "sensitivity": "internal", "lawful_source": "public post", "need": "price is not in the orders",
        "expires_on": in_days(90), "form_number": "f1",
    }  # fmt: skip
    return {name: value for name, value in {**usual, **other}.items() if value is not None}


def picture(size=(40, 30), kind="JPEG", name="photo.jpg", **how):
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **how)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def add(signed_in, actor):
    def send(*roles, **other):
        return signed_in(*(roles or ("analyst",))).post("/observations/new/", said(**other))

    return send


def test_an_observation_hangs_in_its_column_with_source_date_place_and_pseudonym(add, signed_in):
    assert add().status_code == 302
    page = text(signed_in("viewer").get("/observations/"))
    for shown in ("630 RMB", "social-media post", "Gullim", "10 Sep 2019", "WeChat", "A-BCDF"):
        assert shown in page
    assert re.search(r'id="step-B">.*630 RMB.*id="step-C"', page)


def test_before_the_first_the_page_teaches(signed_in):
    assert "Orders do not say everything" in text(signed_in("viewer").get("/observations/"))


@pytest.mark.parametrize(
    "name", ["lawful_source", "need", "expires_on", "source_type", "seen_on", "step", "caption"]
)
def test_without_what_the_law_or_the_figure_asks_nothing_is_kept(add, name):
    assert add(**{name: None}).status_code == 422
    assert not Observation.objects.exists()
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires_on", 0),
        ("expires_on", 1000),
        ("expires_on", "soon"),
        ("seen_on", 1),
        ("step", "steal"),
        ("source_type", "rumour"),
        ("sensitivity", "secret"),
        ("rules_touched", "piracy"),
        ("legitimacy_end_consumers", "yes"),
        ("actors", "A-ZZZZ"),
        ("actors", ",".join(f"A-{n}" for n in range(60))),
        ("caption", "x" * 501),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_kept(add, name, value):
    answer = add(**{name: in_days(value) if isinstance(value, int) else value})
    assert answer.status_code == 422
    assert "errorlist" in text(answer)
    assert not Observation.objects.exists()


def test_an_actor_is_found_by_code_in_any_case_and_by_id_and_linked_once(add):
    add(actors="a-bcdf, a_1")
    assert list(Observation.objects.get().actors.values_list("actor_id", flat=True)) == ["a_1"]


def test_markup_in_every_field_is_shown_as_text(add, signed_in):
    bad = "<script>alert(1)</script>"
    add(caption=bad, place=bad, pseudonym=bad, lawful_source=bad, need=bad, role=bad)
    number = Observation.objects.get().pk
    for address in ("/observations/", f"/observations/{number}/", f"/observations/{number}/change/"):
        page = text(signed_in("reviewer").get(address))
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_the_same_form_sent_twice_is_one_observation_and_one_record(add):
    add()
    add()
    assert Observation.objects.count() == 1
    assert Record.objects.filter(kind="observation added").count() == 1


# -- files


def test_a_picture_keeps_its_pixels_and_loses_place_and_device(add, signed_in):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Secret Phone", 6
    exif.get_ifd(0x8825)[1] = "N"
    add(file=picture(exif=exif), no_faces="on")
    kept = where(Upload.objects.get())
    assert b"Secret Phone" not in kept.read_bytes()
    with Image.open(kept) as image:
        assert (image.size, len(image.getexif())) == ((30, 40), 0)  # turned upright, as its EXIF said
    answer = signed_in("viewer").get(f"/observations/{Observation.objects.get().pk}/file/")
    assert answer["Content-Type"] == "image/jpeg"


def test_what_stands_behind_the_end_of_a_picture_is_not_kept(add):
    file = picture(kind="PNG", name="a.png")
    file = SimpleUploadedFile("a.png", file.read() + b"<html>PK\x03\x04 a program", "image/png")
    add(file=file, no_faces="on")
    assert b"a program" not in where(Upload.objects.get()).read_bytes()


def test_a_file_waits_until_somebody_looked_for_faces(add):
    answer = add(file=picture())
    assert answer.status_code == 422
    assert "faces of others and of children are not stored" in text(answer)
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01 a program",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(40),
        b"\xff\xd8\xff\xe0 not a picture",
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/#4aava#53cript>>"),
        PDF.replace(b"/Catalog", b"/Catalog/A<</S/Launch/F(cmd.exe)>>"),
        PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 2 0 R>>"),
        PDF.replace(b"trailer<<", b"trailer<</Encrypt 3 0 R"),
        PDF[:30],
        b"",
    ],
)
def test_a_file_is_judged_by_what_is_in_it(add, content):
    answer = add(file=SimpleUploadedFile("innocent.jpg", content, "image/jpeg"), no_faces="on")
    assert answer.status_code == 422
    assert not Upload.objects.exists()


def test_a_packed_script_in_a_pdf_is_found(add):
    import zlib

    packed = zlib.compress(b"1 0 <</S/JavaScript/JS(x)>>")
    body = (
        b"2 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n" + packed + b"\nendstream endobj\n"
    )
    file = SimpleUploadedFile("a.pdf", PDF.replace(b"trailer", body + b"trailer"))
    assert add(file=file, no_faces="on").status_code == 422


def test_a_picture_that_unpacks_to_too_many_pixels_is_refused_unopened(add):
    answer = add(file=picture(size=(9000, 5000)), no_faces="on")
    assert "40 million pixels" in text(answer)


def test_more_than_ten_megabytes_are_refused_before_they_are_read(signed_in, actor):
    client = signed_in("analyst")
    large = SimpleUploadedFile("a.jpg", bytes(11 * 2**20 + 1))
    assert client.post("/observations/new/", said(file=large)).status_code == 413


def test_a_quiet_pdf_is_handed_out_as_a_file_to_save(add, signed_in):
    add(file=SimpleUploadedFile("post.pdf", PDF), no_faces="on")
    answer = signed_in("viewer").get(f"/observations/{Observation.objects.get().pk}/file/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_form_of_another_page_is_refused(colleague):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(colleague("analyst"), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/observations/new/", said()).status_code == 403


# -- the vault


def test_who_has_no_key_of_the_vault_learns_that_something_is_hidden_and_not_what(add, signed_in):
    add("reviewer", sensitivity="sensitive", caption="the back room")
    number = Observation.objects.get().pk
    page = text(signed_in("viewer").get("/observations/"))
    assert "1 more is hidden from you" in page
    assert "back room" not in page
    assert signed_in("viewer").get(f"/observations/{number}/").status_code == 404
    assert signed_in("viewer").get(f"/observations/{number}/file/").status_code == 404
    assert "the back room" in text(signed_in("data protection officer").get("/observations/"))


def test_no_filter_finds_what_stands_in_the_vault(add, signed_in):
    add("reviewer", sensitivity="sensitive", step="deliver")
    pages = [text(signed_in("viewer").get(f"/observations/?step={step}")) for step in ("deliver", "sell")]
    assert all("1 more is hidden" in page for page in pages)


def test_a_concealed_source_shows_what_was_seen_and_not_where_from(add, signed_in):
    add("reviewer", is_source_concealed="on", place="Myeong-dong", file=picture(), no_faces="on")
    number = Observation.objects.get().pk
    page = text(signed_in("viewer").get("/observations/")) + text(
        signed_in("viewer").get(f"/observations/{number}/")
    )
    assert "630 RMB" in page
    assert "source concealed" in page
    for hidden in ("Myeong-dong", "Gullim", "public post"):
        assert hidden not in page
    assert signed_in("viewer").get(f"/observations/{number}/file/").status_code == 404
    for query in ("source=social-media post", "place=Myeong"):
        assert "630 RMB" not in text(signed_in("viewer").get(f"/observations/?{query}"))
        assert "630 RMB" in text(signed_in("reviewer").get(f"/observations/?{query}"))


@pytest.mark.parametrize(
    ("role", "status"),
    [("viewer", 403), ("auditor", 403), ("service", 403), ("analyst", 200), ("reviewer", 200)],
)
def test_only_who_may_observe_gets_the_form(signed_in, role, status):
    assert signed_in(role).get("/observations/new/").status_code == status


def test_an_analyst_changes_what_is_theirs_and_not_what_another_saw(add, signed_in):
    add("reviewer")
    number = Observation.objects.get().pk
    assert signed_in("analyst").get(f"/observations/{number}/change/").status_code == 404
    assert signed_in("analyst").post(f"/observations/{number}/erase/").status_code == 404
    assert Observation.objects.exists()


# -- history, filters, triangulation


def test_a_change_is_recorded_by_its_fields_and_no_wording_stands_in_a_record(add, signed_in):
    add()
    it = Observation.objects.get()
    version = it.changed_at.isoformat(timespec="microseconds")
    answer = signed_in("analyst").post(
        f"/observations/{it.pk}/change/", said(caption="new words", step="sell", seen_version=version)
    )
    assert answer.status_code == 302
    body = Body.objects.get(record__kind="observation changed").text
    assert '"caption"' in body and "new words" not in body
    assert '"now": {"step": "sell"}' in body
    assert "observation changed" in text(signed_in("viewer").get(f"/observations/{it.pk}/"))


def test_a_stale_form_changes_nothing(add, signed_in):
    add()
    it = Observation.objects.get()
    answer = signed_in("analyst").post(
        f"/observations/{it.pk}/change/", said(caption="late", seen_version="then")
    )
    assert "Somebody else changed this meanwhile" in text(answer)
    assert Observation.objects.get().caption != "late"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("step=advertise", True), ("step=sell", False), ("source=press", False), ("actor=A-BCDF", True),
        ("actor=a_1", True), ("actor=A-QQQQ", False), ("place=wechat", True), ("since=2019-09-10", True),
        ("until=2019-09-09", False), ("since=nonsense", True),
    ],
)  # fmt: skip
def test_a_filter_keeps_what_fits(add, signed_in, query, shown):
    add()
    assert ("630 RMB" in text(signed_in("viewer").get(f"/observations/?{query}"))) is shown


def test_two_kinds_of_source_are_triangulation_and_two_of_one_kind_are_not(add, signed_in):
    add(form_number="f1")
    add(form_number="f2")
    assert "one kind of source only" in text(signed_in("viewer").get("/observations/?actor=A-BCDF"))
    add(form_number="f3", source_type="interview")
    assert "2 kinds of source agree" in text(signed_in("viewer").get("/observations/?actor=A-BCDF"))


def test_informality_is_a_register_of_what_was_seen_and_never_a_verdict(add, signed_in):
    add(rules_touched=["tax", "customs"], legitimacy_end_consumers="legitimate")
    page = text(signed_in("viewer").get("/observations/?actor=A-BCDF"))
    assert "2 of 6 kinds" in page
    assert "ends that consumers hold legitimate" in page
    assert "a person and counsel conclude" in page


# -- the end


def test_what_has_expired_is_seen_by_nobody_and_the_purge_deletes_row_file_and_words(
    add, signed_in, django_capture_on_commit_callbacks
):
    add(file=picture(), no_faces="on")
    it = Observation.objects.get()
    path = where(it.file)
    today = timezone.localdate()
    Observation.objects.update(expires_on=today)
    assert "630 RMB" not in text(signed_in("reviewer").get("/observations/"))
    assert signed_in("reviewer").get(f"/observations/{it.pk}/").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert acts.purge(on=today, by="server") == 1
    assert not path.exists()
    assert not Upload.objects.exists()
    assert Body.objects.get(record__kind="observation added").text is None
    assert verify().broken == ()


def test_what_has_time_left_stays(add):
    add()
    assert acts.purge(on=date(2019, 9, 11), by="server") == 0
    assert Observation.objects.count() == 1
