"""The table of findings: answer first, sorted and filtered by the server, searched, kept and taken out."""

import csv
import io

import pytest
from django.db import connection

from entrepot.web.discovery import queries
from entrepot.web.discovery.models import SavedView
from entrepot.web.discovery.queries import Asked
from entrepot.web.records.models import Record
from tests.web.findings_fixtures import (
    HOSTILE,
    LISTED_CUSTOMER,
    folder,
    made_folder,
    made_run,
    ring,
    run,
    strongest,
)

pytestmark = pytest.mark.django_db


def text(answer) -> str:
    return answer.content.decode()


def codes(answer) -> list[str]:
    return [line.finding.code for line in answer.context["page"].lines]


def test_the_page_opens_with_the_answer_and_how_sure_it_is(run, signed_in):
    page = text(signed_in("viewer").get("/findings"))
    assert run.headline["sentence"] in page
    assert run.headline["how_sure"] in page


def test_before_the_first_run_the_page_says_what_will_stand_there(signed_in):
    assert "No run has been finished yet" in text(signed_in("viewer").get("/findings"))


def test_the_strongest_evidence_comes_first_and_the_list_leaves_declared_businesses_out(run, signed_in):
    shown = signed_in("viewer").get("/findings").context["page"].lines
    evidence = [line.finding.resale_evidence for line in shown]
    assert evidence == sorted(evidence, reverse=True)
    assert all(line.finding.flagged and line.finding.declared != "yes" for line in shown)


@pytest.mark.parametrize("column", ["excess_units", "revenue", "first_evident_on"])
def test_a_column_sorts_both_ways(run, signed_in, column):
    name = {"excess_units": "excess", "first_evident_on": "since"}.get(column, column)
    client = signed_in("viewer")
    most, least = (
        [getattr(line.finding, column) for line in client.get(f"/findings?sort={name}{turned}").context["page"].lines]
        for turned in ("", "&least=yes")
    )  # fmt: skip
    assert most == sorted(most, reverse=True)
    assert least == most[::-1]


@pytest.mark.parametrize(
    "query", ["kind=ring", "state=open", "evidence=very-strong", "shown=declared", "shown=below"]
)
def test_a_filter_shows_those_who_fit_and_says_how_many(run, signed_in, query):
    page = signed_in("viewer").get(f"/findings?{query}").context["page"]
    asked = Asked.of(dict(pair.split("=") for pair in [query]))
    assert page.sheet.total == asked.findings(run).count() > 0
    assert len(page.lines) == min(50, page.sheet.total)


def test_a_filter_that_fits_nobody_leads_back_to_the_whole_list(run, signed_in):
    page = text(signed_in("viewer").get("/findings?state=confirmed"))
    assert "Nobody fits these filters" in page
    assert "Show the whole list" in page


def test_what_is_not_known_in_an_address_is_left_out(run, signed_in):
    answer = signed_in("viewer").get("/findings?shown=x&sort=;drop&state=nowhere&evidence=9&page=-3")
    assert answer.status_code == 200
    assert answer.context["page"].asked == Asked()
    assert Asked.of({"state": "\0", "kind": "\0", "q": "a\0"}) == Asked()
    assert signed_in("viewer").get("/findings?kind=%00").status_code == 400  # told before any page is asked


def test_the_last_page_is_shown_where_a_later_one_is_asked_for(run, signed_in):
    assert signed_in("viewer").get("/findings?page=99999").context["page"].sheet.page == 1


def test_pages_together_hold_everybody_once(run, signed_in, monkeypatch):
    monkeypatch.setattr("entrepot.web.discovery.queries.ON_A_PAGE", 5)
    client = signed_in("viewer")
    pages = client.get("/findings").context["page"].sheet.pages
    seen = [code for page in range(1, pages + 1) for code in codes(client.get(f"/findings?page={page}"))]
    assert pages > 2
    assert sorted(seen) == sorted(Asked().findings(run).values_list("code", flat=True))


def test_a_code_is_found_by_its_beginning_in_small_letters_too(run, strongest, signed_in):
    assert strongest.code in codes(signed_in("viewer").get(f"/findings?q={strongest.code.lower()}"))


def test_a_whole_actor_id_leads_to_its_page(run, strongest, signed_in):
    answer = signed_in("viewer").get(f"/findings?q={strongest.actor_id}")
    assert answer["Location"] == f"/findings/{run.name}/{strongest.actor_id}"


def test_only_who_may_see_names_finds_by_customer_and_that_is_recorded(run, strongest, signed_in):
    assert codes(signed_in("viewer").get(f"/findings?q={LISTED_CUSTOMER}")) == []
    answer = signed_in("reviewer").get(f"/findings?q={LISTED_CUSTOMER}")
    assert answer["Location"].endswith(strongest.actor_id)
    record = Record.objects.get(kind="customer looked up")
    assert record.body.about == f"actor:{strongest.actor_id}"
    assert LISTED_CUSTOMER not in record.body.text


def test_the_csv_holds_all_that_is_asked_for_and_no_formula(run, strongest, signed_in):
    run.findings.filter(pk=strongest.pk).update(kind=HOSTILE[1])
    answer = signed_in("viewer").get("/findings.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == Asked().findings(run).count()
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


def test_a_view_is_kept_shown_and_forgotten_by_its_owner_alone(run, signed_in):
    anna, bo = signed_in("viewer", email="anna@firm.example"), signed_in("viewer", email="bo@firm.example")
    anna.post("/findings/views", {"name": "<b>Rings</b>", "kind": "ring", "sort": "revenue"})
    view = SavedView.objects.get()
    assert view.query == "kind=ring&sort=revenue"
    assert "&lt;b&gt;Rings" in text(anna.get("/findings"))
    assert "Rings" not in text(bo.get("/findings"))
    assert bo.post(f"/findings/views/{view.pk}/forget").status_code == 404
    anna.post(f"/findings/views/{view.pk}/forget")
    assert not SavedView.objects.exists()
    said = Record.objects.filter(kind__startswith="view").values_list("kind", flat=True)
    assert list(said) == ["view kept", "view forgotten"]


def test_a_view_without_a_name_is_not_kept(run, signed_in):
    signed_in("viewer").post("/findings/views", {"name": "  "})
    assert not SavedView.objects.exists()


def test_an_older_run_can_be_chosen(run, tmp_path, signed_in):
    from entrepot.web.runs.bringing import bring

    later = bring(made_run(tmp_path / "0002", "empty"))
    client = signed_in("viewer")
    assert client.get("/findings").context["page"].run == later
    assert client.get(f"/findings?run={run.name}").context["page"].run == run
    assert client.get("/findings?run=none").status_code == 404


def test_markup_in_a_kind_is_text(run, strongest, signed_in):
    run.findings.filter(pk=strongest.pk).update(kind=HOSTILE[2])
    page = text(signed_in("viewer").get("/findings"))
    assert HOSTILE[2] not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize("role", ["store", "service", "stakeholder", "administrator"])
def test_who_may_not_read_findings_is_told_so(run, signed_in, role):
    assert signed_in(role).get("/findings").status_code == 403
    assert signed_in(role).get("/findings.csv").status_code == 403


def test_a_page_asks_the_database_a_fixed_number_of_times(run, signed_in, django_assert_max_num_queries):
    client = signed_in("viewer")
    client.get("/findings")
    with django_assert_max_num_queries(8):
        client.get("/findings")


def test_a_copy_that_was_cut_off_goes_on_where_it_ended(run):
    from entrepot.web.discovery.indexing import index
    from entrepot.web.discovery.models import Detail

    kept = set(run.findings.values_list("actor_id", flat=True))
    run.findings.filter(flagged=True).first().delete()
    index(run)
    assert set(run.findings.values_list("actor_id", flat=True)) == kept
    assert Detail.objects.filter(finding__run=run).count() == run.findings.filter(flagged=True).count()


LISTED = {"listed": (True, False), "declared": (True, True), "below": (False, None)}


@pytest.mark.parametrize("shown", LISTED)
def test_a_list_holds_those_whom_it_names(run, strongest, shown):
    run.findings.filter(pk=strongest.pk).update(declared="yes")
    flagged, declared = LISTED[shown]
    wanted = {
        finding.pk
        for finding in run.findings.all()
        if finding.flagged == flagged and declared in (None, finding.declared == "yes")
    }
    assert wanted == {finding.pk for finding in Asked(shown=shown).findings(run)}
    assert len(wanted) == queries.number(Asked(shown=shown), run)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan of the embedded database")
@pytest.mark.parametrize("sort", queries.SORTS)
@pytest.mark.parametrize(
    "more", [{}, {"least": "yes"}, {"shown": "below"}, {"kind": "ring"}, {"state": "open"}]
)
def test_a_page_is_read_off_one_index_and_nothing_is_sorted(run, sort, more):
    plan = Asked(sort=sort, **more).findings(run).values_list("pk")[:50].explain()
    assert f"COVERING INDEX findings_by_{sort} (run_id=? AND flagged=?" in plan
    assert "TEMP B-TREE" not in plan
