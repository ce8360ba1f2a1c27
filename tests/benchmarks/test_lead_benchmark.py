"""The lead over a fixed rule, on lines that one can count by hand."""

from datetime import date

import pandas as pd

from benchmarks import lead, pages

ACTORS = pd.DataFrame({"customer_id": ["r1", "r2", "h", "g"], "actor_id": ["ring", "ring", "home", "gift"]})
TRUTH = pd.DataFrame(
    {
        "customer_id": ["r1", "r2", "h", "g"],
        "units": [10, 10, 5, 8],
        "units_to_resell": [4, 8, 0, 3],
        "started_on": [date(2025, 3, 1), date(2025, 2, 1), None, date(2025, 1, 1)],
    }
)


def test_an_actor_is_true_from_half_of_its_units_and_starts_with_its_first_customer():
    true, starts = lead._truth(ACTORS, TRUTH)
    assert true.to_dict() == {"ring": True, "home": False, "gift": False}
    assert starts["ring"] == pd.Timestamp(2025, 2, 1)
    assert pd.isna(starts["home"])


def test_the_rule_is_the_tightest_with_as_many_false_alarms():
    days = pd.to_datetime(
        ["2025-01-01", "2025-01-20", "2025-03-01", "2025-01-05", "2025-01-06", "2025-04-01"]
    )
    lines = pd.DataFrame(
        {
            "actor_id": ["ring", "ring", "ring", "home", "gift", "ring"],
            "product_id": ["p"] * 6,
            "day": days,
            "quantity": [4, 4, 2, 5, 7, 9],
        }
    )
    true, _ = lead._truth(ACTORS, TRUTH)
    rolled = lead._rolling(lines, ["actor_id"])
    none_false, one_false = lead._rule(rolled, true, 0), lead._rule(rolled, true, 1)
    assert none_false[0] == 7
    assert none_false[1].to_dict() == {"ring": pd.Timestamp(2025, 1, 20)}  # 4 + 4 within 30 days
    assert one_false[0] == 5
    assert set(one_false[1].index) == {"ring", "gift"}


def test_the_page_says_how_long_after_critical_mass_the_share_was_knowable():
    dates = {"critical_mass_until": {"on": "2024-12-01"}, "knowable": {"on": "2025-02-28"}}
    rules = {name: {"k": 3, "tripped": 1, "never": 0, "gain_days": [40]} for name in lead.RULES}
    listed = {"listed": {"ever": 1, "false": 0, "days": [50]}}
    text = pages.led([{"seed": 1, "customers": 100, "true": 2, **listed, **rules, "dates": dates}])
    assert "on 1 of them, 2 to 2 months after" in text
    none = {"critical_mass_until": {"on": "None"}, "knowable": {"on": "None"}}
    assert "knowable on none" in pages.led(
        [{"seed": 1, "customers": 100, "true": 2, **listed, **rules, "dates": none}]
    )
