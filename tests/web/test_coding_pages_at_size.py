"""Pages of a large study: as many queries as those of a small one, and nothing computed twice of the same state."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entrepot.sensemaking.coding import Code, Coder, Group, Informant, Reading, Segment, Source, coders
from entrepot.sensemaking.coding.study import Study as Coded
from entrepot.web.coding import acting, log_views, remembering, storing
from entrepot.web.coding.models import Row, Study

pytestmark = pytest.mark.django_db
SENTENCE = "They do not listen to us. "
PAGES = ("", "/texts/{text}", "/texts/{text}?whose=all", "/structure", "/evidence", "/tables")


def made(segments, *, me, texts=4):
    """So many segments of two coders in a few texts, under ten concepts."""
    who = (me, "kim")
    sources = tuple(
        Source(f"t{n}", group="g", informants=(f"P{n}",), kind=("interview", "meeting")[n % 2])
        for n in range(texts)
    )
    coded = tuple(
        Segment(f"s{n}", f"t{n % texts}", n % 900, n % 900 + 20, f"C{n % 10}", who[n % 2], quoted=n % 9 == 0)
        for n in range(segments)
    )
    return Coded(
        groups=(Group("g"),), informants=tuple(Informant(f"P{n}", "g") for n in range(texts)), sources=sources,
        coders=tuple(map(Coder, who)), segments=coded, texts={s.source: SENTENCE * 40 for s in sources},
        codes=(Code("D", "d", "dimension"), Code("T", "t", "theme", "D"),
               *(Code(f"C{n}", f"c {n}", "concept", "T") for n in range(10))),
        readings=tuple(Reading(s.source, each) for s in sources for each in who),
    )  # fmt: skip


@pytest.fixture
def analyst(colleague):
    return colleague("analyst")


@pytest.fixture
def brought(analyst):
    def bring(segments):
        return acting.found_study(made(segments, me=analyst.mark), name=f"{segments}", by=analyst)

    return bring


def address(row, page):
    text = Row.objects.get(study=row, table="sources", key="t0").pk
    return f"/coding/{row.pk}{page.format(text=text)}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_as_often_for_a_thousand_segments_as_for_ten(page, brought, signed_in):
    client, asked = signed_in("analyst"), []
    client.get("/coding")  # what a first request asks besides
    for row in (brought(10), brought(1000)):
        remembering.forget(row.pk)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(row, page)).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12


def test_the_list_of_studies_asks_once_for_all(brought, signed_in):
    client, asked = signed_in("analyst"), []
    client.get("/coding")
    for _ in "abc":
        brought(30)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/coding").content.decode()
        asked.append(len(queries))
    assert len(set(asked)) == 1
    assert ">30<" in page


def test_rows_are_read_and_coders_compared_once_for_each_state(brought, signed_in, monkeypatch):
    row, client, done = brought(60), signed_in("analyst"), []

    def counted(name, real):
        return lambda *given, **more: (done.append(name), real(*given, **more))[1]

    monkeypatch.setattr(log_views, "reliability", counted("compared", coders.reliability))
    monkeypatch.setattr(storing, "rows_of", counted("read", storing.rows_of))
    for _ in "ab":
        client.get(f"/coding/{row.pk}/evidence")
    assert done.count("compared") == 1
    once = done.count("read")
    here = Row.objects.filter(study=row, table="segments").first()
    for deed in (f"segments/{here.pk}/quote", f"segments/{here.pk}/away"):
        before = done.count("compared")
        client.post(f"/coding/{row.pk}/{deed}")
        client.get(f"/coding/{row.pk}/evidence")
        assert done.count("compared") == before + 1, deed
    assert done.count("read") > once


@pytest.mark.parametrize("deed", ["quote", "away"])
def test_what_is_done_to_a_segment_is_on_the_next_page(deed, brought, signed_in, analyst):
    row, client = brought(20), signed_in("analyst")
    mine = [each for each in storing.load(row).study.segments if each.coder == analyst.mark]
    number = storing.load(row).number("segments", mine[0].segment)
    client.get(f"/coding/{row.pk}/structure")
    client.post(f"/coding/{row.pk}/segments/{number}/{deed}")
    left = {each.segment: each for each in storing.load(row).study.segments}
    if deed == "away":
        assert mine[0].segment not in left
    else:
        assert left[mine[0].segment].quoted is not mine[0].quoted


def test_a_change_that_is_rolled_back_is_remembered_by_nobody(brought, analyst):
    from django.db import transaction

    row = brought(20)
    before = storing.load(row).study.codes
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        acting.add_code(row.pk, Code("X", "x", "theme"), by=analyst)
        assert len(storing.load(row).study.codes) == len(before) + 1
        raise ZeroDivisionError
    assert storing.load(Study.objects.get(pk=row.pk)).study.codes == before


def test_a_withdrawal_forgets_what_was_read(brought, analyst, django_capture_on_commit_callbacks):
    row = brought(20)
    stamp = Study.objects.get(pk=row.pk).stamp
    storing.load(row)
    assert remembering.kept(row.pk, stamp) is not None
    with django_capture_on_commit_callbacks(execute=True):
        acting.withdraw_consent(row.pk, "P0", by=analyst)
    now = Study.objects.get(pk=row.pk).stamp
    assert now != stamp
    assert remembering.kept(row.pk, now) is None


def test_only_the_last_few_studies_are_kept():
    for number in range(remembering.MOST_STUDIES + 1):
        remembering.keep(-number - 1, remembering.Kept("s", {}, {}))
    assert remembering.kept(-1, "s") is None
    assert remembering.kept(-2, "s") is not None
    assert remembering.kept(-2, "another") is None
    for number in range(remembering.MOST_STUDIES + 1):
        remembering.forget(-number - 1)


def test_agreement_differs_between_who_reads_a_text_and_who_does_not(brought, signed_in, colleague):
    """What is kept is kept by what whoever asks may read: a restricted text is in nobody else's figures."""
    row = brought(60)
    source = Row.objects.get(study=row, table="sources", key="t0")
    source.columns["sensitivity"] = "restricted"
    source.save()
    row.changed()
    seen = [
        signed_in("analyst", email=email).get(f"/coding/{row.pk}/evidence").content
        for email in ("analyst@firm.example", "else@firm.example")
    ]
    signs = [f">{len(SENTENCE) * 40 * number}<".encode() for number in (4, 3)]
    assert signs[0] in seen[0]
    assert signs[1] in seen[1]
    assert signs[0] not in seen[1]
