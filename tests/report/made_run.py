"""A run folder with everything in it, made for the tests of the report: seeded, with rings, CJK and hostile
text.

`python tests/report/made_run.py FOLDER [full|empty|cannot tell|bare|unknown|nobody]` writes one to look at.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from made_measures import add_to

HOSTILE = (
    "</script><script>alert('x')</script>",
    '=HYPERLINK("http://example.invalid","x")',
    "<img src=x onerror=alert(1)>",
)
PRODUCTS = [
    "Hero serum 50 ml",
    "雪花秀 滋阴水 125 ml",
    "설화 자음생 크림",
    "Cleansing foam, box of three",
    *HOSTILE,
]
NAMELESS = "P02"
CHANNELS = ["duty-free", "web", "store", HOSTILE[0]]
KINDS = ["stockist", "personal shopper", "ring", "wholesaler", "organisation, own use", "unclear"]
FINDINGS = pa.schema(
    [
        ("actor_id", pa.string()),
        ("customers", pa.int64()),
        ("persons", pa.int64()),
        ("resale_evidence", pa.float64()),
        ("resale_probability", pa.float64()),
        ("q_value", pa.float64()),
        ("flagged", pa.bool_()),
        ("kind", pa.string()),
        ("declared", pa.string()),
        *((f"excess_units{end}", pa.float64()) for end in ("", "_low", "_high")),
        *((f"excess_revenue{end}", pa.float64()) for end in ("", "_low", "_high")),
        ("revenue", pa.float64()),
        ("first_evident_on", pa.date32()),
    ]
)
FALSE_SHARE = {
    "audited": 60,
    "needed": 50,
    "cannot_tell": 4,
    "estimate": 1 / 30,
    "upper_95": 0.1015,
    "upper_95_at_worst": 0.16,
}
MONTHS = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(24)]
INNOCENT = (
    ("large family", "Everyday items are bought too.", "No family in 1,000 buys this much of one serum."),
    (
        "office or clinic",
        "Delivered to a street of offices.",
        "Bought on Saturdays as often as on other days.",
    ),
    (
        "gift season",
        "A third was bought in the six weeks before New Year.",
        "The other months exceed personal use as well.",
    ),
)


def _write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")


def _findings(draw: np.random.Generator, actors: int, listed: int) -> list[dict[str, Any]]:
    rows = []
    for place in range(actors):
        flagged = place < listed
        kind = KINDS[place % len(KINDS)] if flagged else "household"
        evidence = float(draw.gamma(2, 3) + 3.2) if flagged else float(draw.normal(-0.6, 0.5))
        excess = float(draw.lognormal(4.5, 1)) if flagged else 0.0
        revenue = excess * 60 + 900 if flagged else float(draw.lognormal(5, 0.9))
        rows.append(
            {
                "actor_id": f"act_{place * 7919:08x}",
                "customers": 21 if place == 2 else 2 + place % 5 if kind == "ring" else 1 + place % 2,
                "persons": 20 if place == 2 else 2 + place % 5 if kind == "ring" else 1,
                "resale_evidence": evidence,
                "resale_probability": 0.97 if flagged else 0.01,
                "q_value": 0.01 + 0.001 * place if flagged else 0.9,
                "flagged": flagged,
                "kind": kind,
                "declared": "yes" if flagged and place % 11 == 5 else "in part" if place % 11 == 4 else "no",
                "excess_units": excess,
                "excess_units_low": excess * 0.8,
                "excess_units_high": excess * 1.15,
                "excess_revenue": excess * 60,
                "excess_revenue_low": excess * 48,
                "excess_revenue_high": excess * 62,
                "revenue": revenue,
                "first_evident_on": date(2025, 1 + place % 12, 28) if flagged else None,
            }
        )
    return rows


def _evidence(actor_id: str, place: int) -> list[dict[str, Any]]:
    product = PRODUCTS[place % len(PRODUCTS)]
    sentences = [
        (f"412 units of {product} in 30 days; 999 of 1,000 households buy at most 6.", "for"),
        ("Bought on 61 days; households with this mix buy on 4 to 19.", "for"),
        ("Restocks every 7 days, within a day, for 5 months.", "for"),
        ("Never bought at a launch or a discount.", "against"),
    ]
    empty = {"explanation": None, "for_text": None, "against_text": None}
    rows = [
        {"actor_id": actor_id, "place": i, "sentence": s, "stance": stance, **empty}
        for i, (s, stance) in enumerate(sentences)
    ]
    for i, (explanation, speaks_for, speaks_against) in enumerate(INNOCENT):
        rows.append(
            {
                "actor_id": actor_id,
                "place": 10 + i,
                "sentence": None,
                "stance": "innocent",
                "explanation": explanation,
                "for_text": speaks_for,
                "against_text": speaks_against,
            }
        )
    return rows


def _purchases(draw: np.random.Generator, actor_id: str, start: int, rate: float) -> list[dict[str, Any]]:
    return [
        {
            "actor_id": actor_id,
            "month": month,
            "units": float(draw.poisson(rate * (i >= start) + 2)),
            "personal_use_low": 0.0,
            "personal_use_high": 7.0 + (month.month in (1, 12)) * 4,
            "revenue": 100.0 * i,
        }
        for i, month in enumerate(MONTHS)
    ]


def _exposure(draw: np.random.Generator) -> list[dict[str, Any]]:
    values = {
        "channel": CHANNELS,
        "product": [f"P{n:02d}" for n in range(len(PRODUCTS))],
        "store": [f"Store {n:02d}" for n in range(14)],
        "category": ["skin care", "make-up"],
    }
    rows = []
    for by, names in values.items():
        for place, value in enumerate(names):
            total, part = float(draw.uniform(2e4, 4e5)), float(draw.uniform(0.4, 0.6) / (place + 1))
            units = total / 60
            rows.append(
                {
                    "by": by,
                    "value": value,
                    "name": PRODUCTS[place] if by == "product" and value != NAMELESS else None,
                    "revenue_total": total,
                    "revenue_flagged": total * part,
                    "units_total": units,
                    "units_flagged": units * part,
                    "excess_units": units * part * 0.8,
                    "excess_units_low": units * part * 0.6,
                    "excess_units_high": units * part * 0.95,
                }
            )
    return rows


def _fairness() -> list[dict[str, Any]]:
    """Three groups: one with an audit, one whose name is hostile, and the small ones together."""
    rows = []
    for n, group in enumerate(("A", HOSTILE[2], "smaller groups")):
        audited = {"audited": 40, "audited_listed": 1} if n == 0 else {"audited": 0, "audited_listed": 0}
        row = {"group": group, "customers": 900 - 300 * n, "customers_listed": 9, "actors": 880 - 300 * n}
        row |= {"listed": 8 - n, "gap": 0.004 - 0.004 * n, **audited}
        for name in ("listed_share", "equal_purchases_share", "audited_share"):
            known = name != "audited_share" or n == 0
            ends = zip(("", "_low", "_high"), (0.009, 0.004, 0.018), strict=True)
            row |= {name + end: value if known else None for end, value in ends}
        rows.append(row)
    return rows


def _ring(folder: Path, findings: list[dict[str, Any]]) -> None:
    members, customers, links = [], [], []
    for ring in (row for row in findings if row["flagged"] and row["persons"] > 1):
        people = [f"{ring['actor_id']}_p{n}" for n in range(ring["persons"])]
        for n, person in enumerate(people):
            role = "principal" if n == 0 else "runner"
            members.append(
                {
                    "actor_id": ring["actor_id"],
                    "person_id": person,
                    "role": role,
                    "units": 220.0 if n == 0 else 30.0 + n,
                }
            )
            customers.append(
                {
                    "customer_id": f"CUST-{person}",
                    "person_id": person,
                    "actor_id": ring["actor_id"],
                    "role": role,
                    "link_kind": "behaviour",
                    "link_probability": 0.98,
                    "link_from": date(2025, 2, 3),
                    "why": "same queue",
                }
            )
        for n in range(1, len(people)):
            other = people[0] if n % 3 else people[n - 1]
            links.append(
                {
                    "customer_a": f"CUST-{other}",
                    "customer_b": f"CUST-{people[n]}",
                    "kind": "exact" if n % 4 == 0 else "behaviour",
                    "used": True,
                    "fields": json.dumps({} if n % 4 else {"phone": {"agreed": "+1 555 0100"}}),
                    "link_from": date(2025, 2, n),
                    "probability": 0.97,
                    "why": f"mail secret{n}@example.invalid",
                }
            )
    _write(folder, "ring_members", members)
    _write(folder, "actors", customers)
    _write(folder, "links", links)


def _about(listed: int, actors: int, cannot_tell: list[str]) -> dict[str, Any]:
    return {
        "entrepot_version": "0.1.0",
        "purpose": "find resale among loyalty members",
        "retain_until": "2999-02-28",
        "created_at": "2026-03-03T08:15:00+00:00",
        "parent": None,
        "seed": 0,
        "currency": "KRW" if cannot_tell else "USD",
        "as_of": "2025-12-31",
        "window_from": "2024-01-01",
        "gamma": 0.87 if listed else None,
        "inputs": [
            {"name": "orders", "path": "/home/anna/orders.parquet", "bytes": 123456789, "sha256": "ab" * 32}
        ],
        "settings": {
            "fdr": 0.05,
            "timezone": "Asia/Seoul",
            "rates": "/home/anna/rates.csv",
            "mapping": {"customer_id": "Kunde"},
            "note": HOSTILE[0],
        },
        "versions": {"entrepot": "0.1.0", "duckdb": "2.0", "python": "3.11.2"},
        "timings": {"orders": 1.2, "actors": 8.5, "discovery": 4.2},
        "counts": {
            "read": 120_000,
            "usable": 118_400,
            "lines": 115_060,
            "set_aside": 12,
            "quarantined": 600,
            "replaced": 1_000,
            "unattributed": 28_700,
            "returns_matched": 3_100,
            "returns_unmatched": 240,
        },
        "columns_present": ["channel", "store_id", "customer_id"],
        "actors": {"fuzzy": {"expected_precision": 0.991}, "threshold": 0.93, "hubs": 17},
        "discovery": {
            "nulls": {
                "depth": {"heavy_share_0_1": 0.06, "heavy_factor": 3.1, "business_share_0_1": 0.02},
                "trips": {"heavy_share_0_1": 0.09, "heavy_factor": 2.4, "business_share_0_1": 0.01},
            },
            "weights": {"depth": 0.4, "trips": 0.45},
            "categories": {
                name: {"persons": 1800, "household_share_0_1": 0.93, "seen": not cannot_tell}
                for name in ("skin care", "make-up")
            },
            "abstained": {"market gap": "needs offers"},
            "controls": {"products": 12.0, "persons": 2000.0, "mean_e": 1.31} if listed else {},
            "sensitivity": {"1": listed, "2": max(0, listed - 7), "4": max(0, listed - 19)},
            "cannot_tell": cannot_tell,
            "labels": {"false_share": FALSE_SHARE if listed else {"audited": 0, "needed": 50}},
            "fairness": {"basis": "audit order", "bound_0_1": 0.02, "gap_beyond_bound": False},
        },
        "headline": {"revenue_of_all": 1.5e6},
    }


def made_run(
    folder: Path, variant: str = "full", *, actors: int = 2469, listed: int = 40, seed: int = 0
) -> Path:
    """Write a run of one `variant`: full, measured (full, with interdependence), empty (nobody listed), cannot tell,
    bare (only what must be there), unknown (every number is null), or nobody (no buyers).
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    listed = listed if variant in ("full", "measured", "bare", "unknown") else 0
    actors = 0 if variant == "nobody" else actors
    findings = _findings(draw, actors, listed)
    cannot_tell = ["skin care", "make-up"] if variant == "cannot tell" else []
    if variant == "unknown":
        findings = [dict.fromkeys(row) | {k: row[k] for k in ("actor_id", "flagged")} for row in findings]
    pq.write_table(pa.Table.from_pylist(findings, schema=FINDINGS), folder / "findings.parquet")
    (folder / "run.json").write_text(json.dumps(_about(listed, actors, cannot_tell)), encoding="utf-8")
    if variant not in ("bare", "unknown"):
        _write_details(folder, findings, draw)
    if variant == "measured":
        add_to(folder)
    return folder


def _write_details(folder: Path, findings: list[dict[str, Any]], draw: np.random.Generator) -> None:
    flagged = [row for row in findings if row["flagged"]]
    _write(folder, "exposure", _exposure(draw))
    _write(
        folder,
        "quarantine",
        [
            {"file": "orders.csv", "line": n, "column": "quantity", "value": HOSTILE[1], "reason": r}
            for n, r in enumerate(["not a number", "not a number", "in the future"])
        ],
    )
    _write(
        folder,
        "unmatched_returns",
        [{"order_id": f"O{n}", "quantity": 1.0, "revenue": 12.0} for n in range(9)],
    )
    if not flagged:
        return
    _write(folder, "fairness", _fairness())
    _write(
        folder,
        "evidence",
        [line for place, row in enumerate(flagged) for line in _evidence(row["actor_id"], place)],
    )
    _write(
        folder,
        "purchases_monthly",
        [
            line
            for place, row in enumerate(flagged)
            for line in _purchases(draw, row["actor_id"], place % 12, 8 + 3 * place)
        ],
    )
    _write(
        folder,
        "kinds",
        [
            {
                "kind": kind,
                "actors": 30 - 3 * n,
                "flagged": sum(r["kind"] == kind for r in flagged),
                "revenue": 9e5 / (n + 1),
                "revenue_low": 8e5 / (n + 1),
                "revenue_high": 11e5 / (n + 1),
            }
            for n, kind in enumerate(KINDS)
        ],
    )
    _write(
        folder,
        "signals",
        [
            {
                "actor_id": row["actor_id"],
                "signal": signal,
                "log10_e": float(draw.gamma(2, 1)),
                "detail": "{}",
            }
            for row in flagged
            for signal in ("depth", "trips", "stock", "lockstep")
        ],
    )
    _ring(folder, findings)


if __name__ == "__main__":
    print(made_run(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "full"))
