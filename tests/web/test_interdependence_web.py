"""The dashboard: what the report says, of all and of a part; each number with its interval, each picture as a file."""

import csv
import io
import re
import shutil
from datetime import date

import pytest

from entrepot.interdependence import Period, growth, shares
from entrepot.measuring import ground
from entrepot.report.depend import depend
from entrepot.report.depend_words import share_sentence
from entrepot.report.reading import read_run
from entrepot.report.words import about, share
from entrepot.web.interdependence import asking
from entrepot.web.interdependence.answers import Measures
from entrepot.web.interdependence.models import Answer
from entrepot.web.interdependence.questions import Question, Stop
from tests.web.api_fixtures import program as program

from .small_run import brought, discovered, emptied

pytestmark = pytest.mark.django_db
HOME = "/interdependence/"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def get(signed_in):
    client = signed_in("viewer")
    return lambda query="", where=HOME: client.get(f"{where}{query}")


def test_before_the_first_run_the_page_teaches(get, clean_home):
    assert "Nothing has been analysed yet" in text(get())


def test_the_page_opens_with_the_sentence_of_the_report(get, run):
    assert share_sentence(depend(read_run(run.path))) in text(get())


def test_each_picture_has_its_sentence_and_its_table(get, run):
    page = text(get())
    for name in ("share", "growth", "stress", "concentration", "hindsight", "by"):
        assert re.search(rf'id="{name}".*?<h2 class="said">.+?</h2>.*?<svg .*?<table>', page), name


def test_a_run_that_was_not_measured_says_how(get, run):
    shutil.rmtree(run.path / "interdependence")
    assert f"entrepot interdependence runs/{run.name}" in text(get())


def test_a_channel_is_added_up_anew_from_the_order_lines(get, run):
    with ground(run.path) as it:
        rows = shares(it, ("channel",)).to_pylist()
    row = next(r for r in rows if r["value"] == "web" and r["basis"] == "revenue")
    page = text(get("?channel=web"))
    assert "channel web" in page
    assert share(min(1.0, row["estimate_low"] / row["seen_share"])) in page.split("</h1>")[0]


def test_growth_between_two_periods_is_that_of_the_room(get, run):
    year = int(str(run.folder.record["as_of"])[:4])
    now = Period(date(year, 4, 1), date(year, 6, 30))
    then = Period(date(year, 1, 1), date(year, 3, 31))
    with ground(run.path) as it:
        total = sum(r["amount"] for r in growth(it, now, then).to_pylist())
    query = f"?since={now.start}&until={now.end}&against_since={then.start}&against_until={then.end}"
    said = f"Revenue {'grew' if total >= 0 else 'fell'} by {about(abs(total), run.folder.record['currency'])}"
    assert said in text(get(query))


def test_one_kind_is_never_called_all_and_its_growth_is_a_proper_cannot_tell(get, run):
    rows = depend(read_run(run.path)).rows("shares")
    name = next(r["value"] for r in rows if r["by"] == "kind")
    page = text(get(f"?kind={name}"))
    assert f"those who look like: {name}" in page
    assert "Growth is not split by kind" in page
    assert "came from customer-entrepreneurs" not in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?who=all&days=30", "If all of them stopped for 30 days"),
        ("?who=top&top=2&days=7", "If the 2 largest stopped for 7 days"),
        ("?who=top&top=1&days=", "If the largest stopped for good, in a year"),
    ],
)
def test_a_stop_answers_with_an_interval(get, run, query, words):
    assert re.search(rf"{words}, .+ to .+ would be missing", text(get(query)))


@pytest.mark.parametrize(
    "query",
    [
        "?channel=nowhere", "?since=2026-13-40", "?since=2026-01-01", "?since=2026-05-01&until=2026-04-01",
        "?since=1999-01-01&until=1999-12-31", "?who=top&top=-3", "?who=kind", "?days=never&who=all", "?by=race",
        "?product=%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_beside_the_whole_answer(get, run, query):
    answer = get(query)
    assert answer.status_code == 200
    assert share_sentence(depend(read_run(run.path))) in text(answer)
    assert "<script>alert" not in text(answer)


def test_a_run_too_large_for_a_page_is_asked_on_the_command_line(get, run, monkeypatch):
    monkeypatch.setattr(asking, "MOST_LINES", 10)
    page = text(get("?channel=web"))
    assert "this run is too large to be asked on a page" in page
    assert str(run.path) not in page


def test_an_answer_is_drawn_once_and_again_when_the_measures_are_new(get, run):
    get("?channel=web")
    known = dict(Answer.objects.values_list("question", "version"))
    get("?channel=web")
    assert dict(Answer.objects.values_list("question", "version")) == known
    path = run.path / "interdependence" / "growth.parquet"
    path.write_bytes(path.read_bytes())
    get("?channel=web")
    anew = dict(Answer.objects.values_list("question", "version"))
    assert anew.keys() == known.keys()
    assert set(anew.values()) - set(known.values())


def test_a_picture_is_saved_as_table_drawing_and_image(get, run):
    rows = list(csv.DictReader(io.StringIO(get(where=f"{HOME}growth.csv").content.decode("utf-8-sig"))))
    assert {"part", "amount", "amount_low", "amount_high"} <= set(rows[0])
    assert get(where=f"{HOME}share.svg").content.startswith(b"<svg xmlns=")
    assert get(where=f"{HOME}by.png", query="?by=store").content.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["nothing.csv", "share.exe", "growth.pdf"])
def test_a_picture_that_there_is_not_is_a_clear_404(get, run, name):
    assert get(where=f"{HOME}{name}").status_code == 404


def test_a_run_that_was_deleted_below_the_app_is_said_to_be_gone(get, run):
    path = run.path
    shutil.rmtree(path)
    answer = get()
    assert answer.status_code == 410
    assert str(path) not in text(answer)


def test_only_readers_come_in(signed_in, clean_home):
    assert signed_in("store").get(HOME).status_code == 403
    assert signed_in("store").get(f"{HOME}share.csv").status_code == 403


# By program


def asked_by_program(program, query):
    return program("read findings").get(f"interdependence/questions/{query}")


def test_a_program_reads_what_the_page_says_of_everything_and_of_a_part(program, run):
    measures = Measures(run)
    for query, question in (("", Question()), ("?channel=web", Question(channel="web"))):
        found, page = asked_by_program(program, f"part{query}").json(), measures.dashboard(question)
        assert (found["sentence"], found["detail"]) == (page["sentence"], page["detail"])
        assert [f["title"] for f in found["figures"]] == [f["title"] for f in page["figures"]]
        assert found["figures"][0]["rows"] == page["figures"][0]["rows"]
        assert [t["title"] for t in found["tables"]] == [t["title"] for t in page["tables"]]
        assert found["untold"] == list(page["untold"])
    assert found["about"] == "channel web"


def test_a_program_is_told_what_it_can_ask_for_and_splits_and_stops_as_the_page_does(program, run):
    measures = Measures(run)
    found, options = asked_by_program(program, "choices").json(), measures.options()
    assert found["channels"] == options["values"]["channel"]
    assert found["names"] == options["products"]
    split = asked_by_program(program, "split?by=kind&basis=units").json()["figure"]
    assert split["rows"] == measures.split("kind", "units")["figure"]["rows"]
    said = asked_by_program(program, "stop?who=top&top=2&days=7").json()["sentence"]
    assert said == measures.stop(Question(), Stop("top", 2, "", 7))
    assert "If the 2 largest stopped for 7 days" in said


UNASKABLE = (
    ("part?channel=nowhere", "query.channel"), ("part?since=2026-01-01", "query.until"),
    ("part?since=2026-05-01&until=2026-04-01", "query.until"), ("stop?who=kind", "query.stop_kind"),
    ("split?by=race", "query.by"), ("stop?days=0", "query.days"),
)  # fmt: skip


def test_what_cannot_be_asked_is_refused_by_its_place(program, run):
    for query, place in UNASKABLE:
        answer = asked_by_program(program, query)
        assert answer.status_code == 422
        assert [each["where"] for each in answer.json()["mistakes"]] == [place]


def test_a_run_too_large_or_gone_is_a_problem_for_a_program(program, run, monkeypatch):
    monkeypatch.setattr(asking, "MOST_LINES", 10)
    answer = asked_by_program(program, "part?channel=web")
    assert (answer.status_code, "too large" in answer.content.decode()) == (422, True)
    shutil.rmtree(run.path / "interdependence")
    assert asked_by_program(program, "part").status_code == 404
    shutil.rmtree(run.path)
    assert asked_by_program(program, "choices").status_code == 410
