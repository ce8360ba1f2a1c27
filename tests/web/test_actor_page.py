"""The page of an actor: evidence beside innocent explanations, everybody opens, names only on demand and on record."""

import json
import re
import shutil

import pytest

from entrepot.web.discovery import actor, pictures
from entrepot.web.discovery.actor import shown
from entrepot.web.discovery.indexing import taken_in
from entrepot.web.discovery.models import CONFIRMED, LISTED, SECOND, Detail, Finding, Picture, Review, Turn
from entrepot.web.records.models import Record
from tests.web.findings_fixtures import HOSTILE, folder, household_of, made_folder, ring, run, strongest

pytestmark = pytest.mark.django_db


def text(answer) -> str:
    return answer.content.decode()


def address(finding) -> str:
    return f"/findings/{finding.run.name}/{finding.actor_id}"


def reviewed(finding, by, **more) -> Review:
    turn = Turn.objects.create(finding=finding, queue=LISTED)
    return Review.objects.create(finding=finding, turn=turn, reviewer=by, verdict=CONFIRMED, reason="seen in a shop",
                                 shown_because="listed", form=f"{finding.pk}", **more)  # fmt: skip


def test_evidence_and_innocent_explanations_stand_beside_each_other(strongest, signed_in):
    page = text(signed_in("viewer").get(address(strongest)))
    assert page.index("What speaks for resale") < page.index("What else could explain it")
    assert "Large family" in page and "For it:" in page and "Against it:" in page


def test_the_page_opens_with_units_beyond_personal_use_and_their_interval(strongest, signed_in):
    sentence = signed_in("viewer").get(address(strongest)).context["page"].sentence
    for name in ("excess_units", "excess_units_low", "excess_units_high"):
        assert f"{round(getattr(strongest, name)):,}" in sentence


def picture_of(client, place, width="wide"):
    return client.get(f"{place}/purchases?width={width}", headers={"HX-Request": "true"})


def test_the_page_does_not_wait_for_its_picture(strongest, signed_in, monkeypatch):
    monkeypatch.setattr(pictures, "svg", None)  # drawing now would fail
    page = text(signed_in("viewer").get(address(strongest)))
    assert "Large family" in page and "The same as a table" in page
    assert f'hx-get="{address(strongest)}/purchases?width=wide"' in page
    assert 'role="status"' in page and "Drawing the picture" in page
    assert f'href="{address(strongest)}?pictures=now"' in page  # the way without scripts


def test_a_picture_is_drawn_once_and_kept(strongest, signed_in):
    client = signed_in("viewer")
    assert "<svg role=" in text(picture_of(client, address(strongest)))
    assert [name.split("/")[1] for name in Picture.objects.values_list("name", flat=True)] == ["purchases"]
    Picture.objects.update(svg="<svg>kept</svg>")
    assert "<svg>kept</svg>" in text(picture_of(client, address(strongest)))
    assert "<svg>kept</svg>" in text(client.get(address(strongest)))


def test_a_picture_that_comes_is_that_picture_alone(strongest, signed_in):
    part = text(picture_of(signed_in("viewer"), address(strongest), "narrow"))
    assert part.startswith('<div class="drawing narrow"><svg')
    assert part.strip().endswith("</svg></div>") and part.count("<svg") == 1


def test_without_scripts_the_page_comes_with_its_pictures(strongest, signed_in):
    page = text(signed_in("viewer").get(f"{address(strongest)}?pictures=now"))
    assert "waiting" not in page and "Drawing the picture" not in page
    assert page.count('class="drawing ') == 2 == Picture.objects.count()


def test_a_picture_asked_for_as_a_page_is_the_page_with_its_pictures(strongest, signed_in):
    answer = signed_in("viewer").get(f"{address(strongest)}/purchases?width=wide")
    assert answer.status_code == 302 and answer["Location"] == f"{address(strongest)}?pictures=now"


def test_a_width_that_is_not_drawn_is_not_there(strongest, signed_in):
    client = signed_in("viewer")
    assert picture_of(client, address(strongest), "huge").status_code == 404
    assert picture_of(client, f"/findings/{strongest.run.name}/nobody").status_code == 404
    assert not Picture.objects.exists()


def test_the_place_of_a_picture_is_as_large_as_the_picture(strongest, ring):
    for finding in (strongest, ring):
        for drawing in shown(finding, draw=pictures.NAMES).purchases.drawings:
            width, height = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawing.svg).groups()
            assert float(width) == pytest.approx(drawing.width, abs=8)
            assert float(height) == drawing.height


def test_the_picture_of_a_household_comes_and_is_not_kept(run, signed_in):
    run.findings.filter(flagged=True).update(persons=1)  # whose band the household is drawn on
    place = f"/findings/{run.name}/{household_of(run)}"
    client = signed_in("viewer")
    assert f'hx-get="{place}/purchases?width=wide"' in text(client.get(place))
    assert "<svg role=" in text(picture_of(client, place))
    assert not Picture.objects.exists()


def test_the_page_with_names_asks_for_pictures_at_the_same_address(strongest, signed_in, monkeypatch):
    monkeypatch.setattr("entrepot.identities.of_actor", lambda run, actor_id: [])
    page = text(signed_in("reviewer").post(f"{address(strongest)}/names"))
    assert f'hx-get="{address(strongest)}/purchases?width=wide"' in page


def test_the_panel_asks_for_the_narrow_picture_alone(strongest, signed_in):
    part = text(signed_in("viewer").get(address(strongest), headers={"HX-Request": "true"}))
    assert part.count("hx-get=") == 1 and "purchases?width=narrow" in part


def test_excess_by_product_adds_up_to_that_of_the_actor(strongest):
    detail = strongest.detail.said
    units = sum(row["units"] for row in detail["products"])
    excess = sum(row["excess_units"] for row in detail["products"])
    assert [row["value"] for row in detail["products"]] == ["SERUM", HOSTILE[0]]
    assert excess == pytest.approx(units * min(1, strongest.excess_units / max(strongest.units or 0, 1e-9)))


def test_what_is_kept_of_an_actor_holds_no_customer_id(run):
    kept = json.dumps(list(Detail.objects.values_list("said", flat=True)))
    assert "CUST-" not in kept.replace("_p", "")
    assert "secret" not in kept


def test_one_walks_through_a_neighbourhood_by_links_alone(ring, signed_in):
    client = signed_in("viewer")
    walk = client.get(address(ring)).context["page"].walk
    (node, there), *_ = [step for step in walk.steps if step[0].step == 1]
    assert there in str(walk.picture)
    after = client.get(there).context["page"]
    assert after.around.centre.key == node.key
    assert any(
        edge.b.key == walk.around.centre.key or edge.a.key == walk.around.centre.key
        for edge in after.around.edges
    )


def test_an_unknown_place_in_a_neighbourhood_is_no_error(ring, signed_in):
    assert signed_in("viewer").get(f"{address(ring)}/around?at=%3Cb%3E").status_code == 200


def test_the_timeline_has_the_day_of_evidence_and_reviews(strongest, signed_in, colleague):
    reviewed(strongest, colleague("reviewer"))
    moments = signed_in("viewer").get(address(strongest)).context["page"].moments
    assert [moment.kind for moment in moments][-1] == "review"
    assert strongest.first_evident_on in [moment.on for moment in moments]


def test_similar_actors_are_of_the_same_run_and_not_the_actor_itself(run, strongest, signed_in):
    likes = signed_in("viewer").get(address(strongest)).context["page"].likes
    assert all(like.finding.run_id == run.pk and like.finding != strongest for like in likes)


def test_reviews_of_an_earlier_run_are_shown_by_actor(strongest, folder, tmp_path, signed_in, colleague):
    from entrepot.web.runs.bringing import bring

    reviewed(strongest, colleague("reviewer"), note="<script>alert(1)</script>")
    later = bring(folder.rename(tmp_path / "0002"))
    shutil.rmtree(strongest.run.path)
    page = text(signed_in("reviewer").get(f"/findings/{later.name}/{strongest.actor_id}"))
    assert "seen in a shop" in page
    assert "<script>alert(1)" not in page


def test_a_second_reviewer_does_not_see_what_the_first_concluded(strongest, signed_in, colleague):
    first = colleague("reviewer", email="first@firm.example")
    reviewed(strongest, first)
    Turn.objects.create(finding=strongest, queue=SECOND, not_by=first)
    assert "seen in a shop" not in text(
        signed_in("reviewer", email="second@firm.example").get(address(strongest))
    )
    assert "seen in a shop" in text(signed_in("reviewer", email="first@firm.example").get(address(strongest)))


def test_a_household_is_taken_in_when_somebody_must_judge_it(run):
    made = taken_in(run, household_of(run))
    assert made.pk and not made.flagged
    assert taken_in(run, household_of(run)) == made
    assert taken_in(run, "nobody") is None


def test_an_unknown_actor_or_run_is_not_there(run, signed_in):
    client = signed_in("viewer")
    assert client.get(f"/findings/{run.name}/nobody").status_code == 404
    assert client.get("/findings/none/nobody").status_code == 404
    assert client.get(f"/findings/{run.name}/%00").status_code == 404


def test_a_page_below_which_the_folder_was_deleted_shows_what_was_copied(strongest, signed_in):
    shutil.rmtree(strongest.run.path)
    answer = signed_in("reviewer").get(address(strongest))
    assert answer.status_code == 200
    assert "folder of this run is gone" in text(answer)
    assert "Large family" in text(answer)
    assert signed_in("reviewer").post(f"{address(strongest)}/names").status_code == 409


def test_a_broken_table_leaves_the_finding_itself(strongest, signed_in):
    strongest.detail.delete()
    for table in strongest.run.path.rglob("evidence.parquet"):
        table.write_bytes(b"PAR1 cut off")
    answer = signed_in("viewer").get(address(strongest))
    assert answer.status_code == 200
    assert "tables of this run cannot be read" in text(answer)
    assert not Detail.objects.filter(finding=strongest).exists()


def test_what_was_not_kept_is_read_at_the_first_view_and_kept_with_the_picture(strongest, signed_in):
    said = strongest.detail.said
    strongest.detail.delete()
    client = signed_in("viewer")
    assert "Large family" in text(client.get(address(strongest)))
    assert not Detail.objects.filter(finding=strongest).exists()  # a page waits for no write
    picture_of(client, address(strongest))
    again = Detail.objects.get(finding=strongest).said
    assert again == {name: value for name, value in said.items() if name != "alike"}


def test_hostile_product_names_and_sentences_are_text(run, signed_in):
    client = signed_in("viewer")
    for finding in run.findings.filter(flagged=True)[:8]:
        page = text(client.get(address(finding)))
        assert not any(hostile in page for hostile in (HOSTILE[0], HOSTILE[2]))


def test_the_panel_of_the_list_is_a_part_of_a_page(strongest, signed_in):
    part = text(signed_in("viewer").get(address(strongest), headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert "What else could explain it" in part


def test_names_are_for_who_may_see_them(strongest, signed_in):
    client = signed_in("viewer")
    assert "Show who it is" not in text(client.get(address(strongest)))
    assert client.post(f"{address(strongest)}/names").status_code == 403
    assert signed_in("reviewer").get(f"{address(strongest)}/names").status_code == 405


def test_a_name_that_was_seen_is_on_record_and_not_in_it(strongest, signed_in, monkeypatch):
    rows = [{"customer_id": "C1", "role": "sole", "name": "Anna <b>Bo</b>", "email": "a@x.example"}]
    monkeypatch.setattr("entrepot.identities.of_actor", lambda run, actor_id: rows)
    answer = signed_in("reviewer").post(f"{address(strongest)}/names")
    assert "Anna &lt;b&gt;Bo" in text(answer)
    assert answer["Cache-Control"] == "no-store"
    record = Record.objects.get(kind="names seen")
    assert record.body.about == f"actor:{strongest.actor_id}"
    assert "Anna" not in record.body.text and "C1" not in record.body.text


def test_every_picture_has_a_table_beside_it(ring, signed_in):
    page = text(signed_in("viewer").get(address(ring)))
    assert page.count("The same as a table") == page.count("<figure>")


def test_no_page_carries_inline_code_or_style(ring, signed_in):
    page = text(signed_in("viewer").get(address(ring)))
    assert "<style" not in page and ' style="' not in page and "onclick" not in page


def test_the_links_of_a_ring_are_told_with_their_weights_and_no_contact_data(ring, signed_in):
    page = text(signed_in("viewer").get(address(ring)))
    assert "Why these records are one" in page
    assert "the same telephone" in page
    assert "+1 555 0100" not in page and "secret" not in page and "CUST-" not in page


def test_a_household_opens_from_the_tables_of_the_run_and_is_not_copied(run, signed_in):
    before = Finding.objects.count()
    page = text(signed_in("viewer").get(f"/findings/{run.name}/{household_of(run)}"))
    assert "Not on the list" in page
    assert "SERUM" in page
    assert Finding.objects.count() == before


def test_the_band_of_a_household_is_read_once(run, monkeypatch):
    run.findings.filter(flagged=True).update(persons=1)
    read = []
    band = actor._band
    monkeypatch.setattr(actor, "_band", lambda *given: read.append(1) or band(*given))
    months = actor.told(actor.find(run, household_of(run)))["months"]
    assert len(months) > 1 == len(read)
    assert all("personal_use_high" in month for month in months)
