"""What a report promises: the answer first, codes and no names, nothing that runs, a table behind each
chart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_run import HOSTILE, NAMELESS, made_run

from entrepot import report
from entrepot.errors import InputError
from entrepot.report.audited import audit_sentence, fairness
from entrepot.report.headline import headline
from entrepot.report.listed import _explanation
from entrepot.report.reading import read_run
from entrepot.report.surroundings import _bins, _distinct_names

Report = Callable[[str], Path]
VARIANTS = ["full", "measured", "empty", "cannot tell", "bare", "unknown", "nobody"]
VOID = {"meta", "link", "img", "br", "input", "hr"}


@pytest.fixture(scope="session")
def report_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The path of the report of a made run, by variant: full, empty, cannot tell, bare."""
    written: dict[str, Path] = {}

    def path_of(variant: str) -> Path:
        if variant not in written:
            listed = 12 if variant in ("full", "measured") else 3
            written[variant] = report.write(
                made_run(tmp_path_factory.mktemp("run") / "run", variant, listed=listed)
            )
        return written[variant]

    return path_of


class Outline(HTMLParser):
    """The tags, attributes and headings of a page, and whether every tag closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_report_is_small_and_well_formed(report_of: Report, variant: str) -> None:
    path = report_of(variant)
    assert path.name == "report.html"
    assert path.stat().st_size < 3_000_000
    assert Outline(path.read_text()).open == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_headings_go_down_one_step_at_a_time(report_of: Report, variant: str) -> None:
    levels = [
        int(tag[1]) for tag, _ in Outline(report_of(variant).read_text()).tags if re.fullmatch("h[1-6]", tag)
    ]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_is_fetched_from_outside(report_of: Report, variant: str) -> None:
    outline = Outline(report_of(variant).read_text())
    addresses = [
        value
        for _, attrs in outline.tags
        for name, value in attrs.items()
        if name in ("src", "href", "srcset")
    ]
    assert [address for address in addresses if not str(address).startswith("#")] == []
    assert [tag for tag, _ in outline.tags if tag in ("link", "img", "iframe", "object", "embed")] == []


def test_style_and_script_are_the_ones_that_the_policy_names(report_of: Report) -> None:
    tags = Outline(report_of("full").read_text()).tags
    policy = next(
        attrs["content"] for _, attrs in tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert str(policy).startswith("default-src 'none'; style-src 'sha256-")
    assert [name for _, attrs in tags for name in attrs if name.startswith("on") or name == "style"] == []
    assert [tag for tag, _ in tags if tag == "script"] == ["script"]


def test_hostile_words_are_shown_and_do_nothing(report_of: Report) -> None:
    text = report_of("full").read_text()
    assert [word for word in HOSTILE if word in text] == []
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_no_customer_person_or_actor_id_is_in_the_report(report_of: Report) -> None:
    path = report_of("full")
    text, columns = path.read_text(), {"customer_id", "person_id", "actor_id", "customer_a", "why"}
    for name in ("findings", "actors", "links", "ring_members"):
        table = pq.read_table(path.parent / f"{name}.parquet")
        values = {str(v) for c in columns & set(table.column_names) for v in table[c].to_pylist()} - {
            "same queue"
        }
        assert [value for value in values if value in text] == []


def test_every_chart_has_a_table_and_a_name(report_of: Report) -> None:
    text = report_of("full").read_text()
    figures = re.findall(r"<figure>.*?</figure>", text, re.DOTALL)
    assert len(figures) > 15
    for figure in figures:
        assert re.search(r'<svg role="img" aria-label="[^"]{20,}"', figure)
        assert re.search(r"<details>.*<caption>[^<]+</caption>.*<td", figure, re.DOTALL)


def test_a_report_is_the_same_each_time(report_of: Report, tmp_path: Path) -> None:
    again = report.write(made_run(tmp_path / "run", "empty", listed=3))
    assert again.read_bytes() == report_of("empty").read_bytes()


def test_the_headline_counts_the_listed_that_declared_nothing(report_of: Report) -> None:
    said = headline(read_run(report_of("full").parent))
    assert said.sentence.startswith("11 of 2,469 buyers bought more than personal use explains: ")
    assert (
        said.how_sure == "At most 5 in 100 of such a list are ordinary customers, here fewer than one of 11."
    )


def test_an_empty_list_is_an_answer(report_of: Report) -> None:
    said = headline(read_run(report_of("empty").parent))
    assert said.sentence == "No buyer stands out: all 2,469 may be buying for personal use."
    assert "--fdr 0.2" in said.next_step


def test_not_being_able_to_tell_is_an_answer_and_says_what_would_tell(report_of: Report) -> None:
    said = headline(read_run(report_of("cannot tell").parent))
    assert said.sentence == "We cannot tell who resells: most buyers here may be businesses."
    assert "--personal-use FILE" in said.next_step


def test_orders_without_buyers_are_an_answer(report_of: Report) -> None:
    said = headline(read_run(report_of("nobody").parent))
    assert said.sentence == "No order names a buyer, so nobody can be judged."


def test_what_is_not_known_is_said_and_never_none_or_nan(report_of: Report) -> None:
    text = re.sub(r"<(style|script)>.*?</\1>", "", report_of("unknown").read_text(), flags=re.DOTALL)
    assert "not known" in text
    assert re.findall(r">[^<]*\b(?:None|nan|NaN|inf)\b[^<]*<", text) == []


def test_a_run_without_controls_says_that_nothing_was_checked(report_of: Report) -> None:
    assert "Not checked: no control products" in report_of("empty").read_text()


def test_a_card_says_which_details_agree_and_never_what_they_are(report_of: Report) -> None:
    text = report_of("full").read_text()
    assert "the same telephone" in text
    assert "555 0100" not in text


def test_settings_are_whole_but_folders_stay_at_home(report_of: Report) -> None:
    text = report_of("full").read_text()
    assert [
        word for word in ("rates.csv", "orders.parquet", "customer_id is Kunde") if word not in text
    ] == []
    assert "/home/anna" not in text


def test_an_explanation_says_what_the_orders_tell_or_that_they_do_not() -> None:
    both = {"explanation": "office", "for_text": "10 of 10 orders.", "against_text": "5 units."}
    assert _explanation(both).said == [("For it:", "10 of 10 orders."), ("Against it:", "5 units.")]
    assert _explanation({"sentence": "The orders do not tell: 3."}).said == [
        ("", "The orders do not tell: 3.")
    ]


def test_products_go_by_their_name_with_the_id_beside_it(report_of: Report) -> None:
    text = report_of("full").read_text()
    assert 'Hero serum 50 ml <span class="id">P00</span>' in text
    assert f'<th scope="row">{NAMELESS}</th>' in text


def test_products_of_one_name_stay_apart_in_a_picture() -> None:
    rows = [{"value": "P1", "name": "Serum"}, {"value": "P2", "name": "Serum"}, {"value": "P3", "name": None}]
    assert _distinct_names(rows) == ["Serum (P1)", "Serum (P2)", "P3"]


def test_the_audited_false_share_stands_with_its_bounds(report_of: Report) -> None:
    assert audit_sentence(read_run(report_of("full").parent)) == (
        "People reviewed 60 of the listed: 3.3 % of the list are ordinary customers by their verdicts, and at most "
        "10 %, 95 times in 100; at most 16 % if the 4 of whom they could not tell are ordinary too."
    )
    assert "People reviewed 60 of the listed" in report_of("full").read_text()


def test_too_few_reviews_state_no_share(report_of: Report) -> None:
    run = read_run(report_of("full").parent)
    about = {"discovery": {"labels": {"false_share": {"audited": 12, "needed": 50, "cannot_tell": 0}}}}
    assert audit_sentence(replace(run, about=about)) == (
        "People reviewed 12 of the listed and reached a verdict; from 50 on, the share of ordinary customers is "
        "stated here."
    )


def test_errors_between_groups_stand_with_intervals_and_caveats(report_of: Report) -> None:
    found = fairness(read_run(report_of("full").parent))
    assert found is not None
    assert found.sentence == (
        "Among buyers of equal amounts the largest gap between 3 groups is 0.4 percentage points: ordinary customers "
        "of “A” are listed more often than all who buy as much. That is within the bound of 2 percentage points."
    )
    interval = "0.9 % (0.4 %–1.8 %)"
    assert found.table.rows[0] == [
        "A",
        "900",
        "8 of 880",
        interval,
        interval,
        "+0.4",
        f"1 of 40, {interval}",
    ]
    assert found.table.rows[2][-2:] == ["−0.4", "none yet"]
    assert any("fewer than 100" in caveat for caveat in found.caveats)


@pytest.mark.parametrize("variant", ["empty", "cannot tell", "bare", "unknown", "nobody"])
def test_without_groups_there_is_no_heading_for_them(report_of: Report, variant: str) -> None:
    assert 'href="#fairness"' in report_of("full").read_text()
    text = report_of(variant).read_text()
    assert 'id="fairness"' not in text and 'href="#fairness"' not in text


def test_a_missing_table_is_named(report_of: Report) -> None:
    assert "This run has no evidence.parquet" in report_of("bare").read_text()


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run\.json is missing"):
        report.write(tmp_path)


def test_no_red_and_no_verdict_on_people(report_of: Report) -> None:
    words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", report_of("full").read_text(), flags=re.DOTALL).lower()
    forbidden = ("fraud", "abuse", "gang", "suspect", "offender", "criminal", "risk score", "alert:")
    assert [word for word in forbidden if word in words] == []


def test_evidence_beyond_the_picture_is_listed_at_its_edge() -> None:
    values = np.array([-1.0, 0.2, 11.5, 11.9, 12.0])
    bins = _bins(values, 11.5)
    assert [b["actors"] for b in bins if b["listed"]] == [3]
    assert sum(b["actors"] for b in bins) == len(values)
