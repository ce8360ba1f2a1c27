"""What the report says of interdependence: sentences computed from the tables, and "cannot tell" where they cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from made_measures import LIMIT, add_to, tables
from made_run import made_run

from entrepot import report
from entrepot.report import depend_figures as drawn
from entrepot.report import depend_words as words
from entrepot.report.depend import Depend, depend
from entrepot.report.figures import pictures
from entrepot.report.reading import read_run

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)


@pytest.fixture
def said() -> Depend:
    return Depend(tables(), "USD", FIRST, LAST, evident=7, events=[LIMIT])


def without(said: Depend, *names: str, **rows) -> Depend:
    """`said` with some tables gone and others replaced."""
    left = {name: value for name, value in said.tables.items() if name not in names}
    return replace(said, tables={**left, **rows})


def test_the_first_sentence_is_the_share_of_what_can_be_seen_and_when_it_was_knowable(said):
    assert words.share_sentence(said) == (
        "Between 15 % and 25 % of the revenue that we can see (80 % of all) came from customer-entrepreneurs; "
        "it was knowable in Jun 2024."
    )


def test_all_sentences_stand_in_the_order_of_the_report(said):
    assert words.sentences(said)[1:] == [
        "7 buyers are evident and bring at least 10 %; of the rest we say how probable, and cannot tell who.",
        "20 % of revenue names no buyer; if none or all of it were theirs, their share of all is 12 % to 40 %.",
        "Their share rose: 11 % in Jan 2024 to Mar 2024, 29 % in the last three months.",
        "Revenue grew by $60,000; customer-entrepreneurs brought between $30,000 and $50,000.",
        "If all of them stopped for 30 days, $15,000 to $25,000 would be missing; at the pace at which households "
        "grow, they make up for it in 5 months.",
        "A critical mass was reached between Mar 2024 and May 2024; it could have been known in Jun 2024; "
        "it was recognised in Jul 2025, 13 months later.",
        "The 10 largest bring 8.0 % to 12 % of all revenue.",
        "After the restriction in store on 1 Sep 2025, 24 of 100 units more went through web than before, "
        "beyond what households changed.",
        "By these assumptions conforming costs $40,000 to $160,000 a year.",
    ]


def test_the_first_screen_has_four_figures_with_their_intervals(said):
    assert [(n.name, n.value) for n in words.numbers(said)] == [
        ("Their share", "15 % to 25 %"),
        ("Growth that is theirs", "$30,000 to $50,000"),
        ("If they stop for 30 days", "$15,000–$25,000"),
        ("Knowable since", "Jun 2024"),
    ]


def test_an_interval_across_zero_says_that_growth_cannot_be_told(said):
    unsure = [
        r | ({"amount_low": -9e3} if r["part"] == "customer-entrepreneurs" else {})
        for r in tables()["growth"]
    ]
    there = without(said, growth=unsure)
    assert "cannot be told (−$9,000 to $50,000)" in words.growth_sentence(there)
    assert words.numbers(there)[1].value == "cannot tell"


def test_a_level_share_has_no_trend(said):
    level = [
        r | {"share_today": 0.2, "share_today_low": 0.1, "share_today_high": 0.3}
        for r in tables()["hindsight"]
    ]
    assert words.trend_sentence(without(said, hindsight=level)).startswith("Their share shows no clear trend")


def test_a_shift_within_chance_is_no_shift(said):
    small = [tables()["displacement"][0] | {"effect_low": -0.02}]
    there = without(said, displacement=small)
    assert words.displacement_sentence(LIMIT, small) in words.sentences(there)[-2]
    assert "no shift of their buying can be told from chance" in words.sentences(there)[-2]


def test_a_restriction_of_which_nothing_can_be_told_says_why_and_has_no_picture(said):
    row = dict.fromkeys(tables()["displacement"][0]) | {"event_id": "E1", "from_channel": "store"}
    there = without(said, displacement=[row | {"cannot_tell": "the data begin on 1 Sep"}])
    assert drawn.displacement_figures(there) == []
    assert drawn.untold_displacements(there)[0].endswith("cannot be told: the data begin on 1 Sep.")


def test_what_was_knowable_in_the_first_month_asked_says_how_far_the_run_looked(said):
    dates = [r | {"or_before": True} for r in tables()["hindsight_dates"] if r["what"] == "knowable"]
    assert "Jun 2024, as far back as the run looked" in words.share_sentence(
        without(said, hindsight_dates=dates)
    )


def test_without_buyers_nothing_is_claimed(said):
    nobody = [tables()["shares"][0] | {"seen_share": 0.0}]
    assert "cannot be told" in words.share_sentence(without(said, "hindsight_dates", shares=nobody))


def test_nothing_measured_says_so_in_every_sentence():
    empty = Depend({}, "", None, None, evident=0)
    assert all(words.sentences(empty))
    assert [n.value for n in words.numbers(empty)] == ["not yet"]
    assert (
        drawn.figures(empty) == []
        and drawn.share_figure(empty) is None
        and drawn.hindsight_figure(empty) is None
    )


def test_every_picture_can_be_drawn_in_each_width(said):
    made = [drawn.share_figure(said), drawn.hindsight_figure(said), *drawn.figures(said)]
    assert len(made) == 6
    for figure in made:
        assert all(str(svg).startswith("<svg") for _, svg in pictures(figure))


def test_months_that_the_orders_do_not_cover_whole_are_in_no_picture(said):
    partial = replace(said, first_day=date(2024, 1, 20), last_day=date(2025, 12, 11))
    rows = drawn.share_figure(partial).table.rows
    assert (rows[0][0], rows[-1][0]) == ("Feb 2024", "Nov 2025")


def test_measures_are_read_from_the_folder_of_the_run(tmp_path):
    run = read_run(add_to(made_run(tmp_path / "run", listed=12)))
    found = depend(run)
    assert found is not None and found.share["estimate"] == 0.16 and found.evident == 11


def test_a_run_without_measures_has_none(tmp_path):
    assert depend(read_run(made_run(tmp_path / "run", listed=3))) is None


def test_where_no_majority_of_households_can_be_seen_only_the_coverage_is_told(said):
    there = replace(said, can_tell=False)
    assert words.sentences(there) == [
        "How much hangs on customer-entrepreneurs cannot be told: most buyers here may be businesses.",
        "20 % of revenue names no buyer.",
    ]


def test_the_report_then_begins_as_it_did_without_the_measures(tmp_path):
    text = report.write(add_to(made_run(tmp_path / "run", "cannot tell"))).read_text("utf-8")
    assert "<h1>We cannot tell who resells: most buyers here may be businesses.</h1>" in text
    assert "How much hangs on customer-entrepreneurs cannot be told" in text and "Between 15" not in text
