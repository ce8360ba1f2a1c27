"""A run folder of as many actors as one likes, as `discover` would leave it, with the tables that pages read.

It is drawn, not found: two in a hundred are listed, fifteen in a hundred speak at all against personal use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LISTED_0_1, SPEAK_0_1, LINES_AN_ACTOR = 0.02, 0.15, 10
KINDS = ("stockist", "personal shopper", "ring", "wholesaler", "organisation, own use", "unclear")
SIGNALS = (
    "depth",
    "stock",
    "trips",
    "no habit",
    "pace",
    "lockstep",
    "many hands",
    "channel move",
    "market gap",
)
FIRST, MONTHS, PRODUCTS = date(2024, 1, 1), 24, 2_000


def made_run(folder: Path, actors: int, *, seed: int = 1) -> None:
    """A run of `actors` in `folder`, with the tables that pages read."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    ids = np.array([f"a{n:016x}" for n in draw.permutation(actors).astype(np.uint64) * np.uint64(2654435761)])
    listed, speak = int(actors * LISTED_0_1), int(actors * SPEAK_0_1)
    _write(folder, "findings", findings(draw, ids, listed, speak))
    _write(folder, "signals", signals(draw, ids[:speak]))
    _write(
        folder,
        "actors",
        {
            "customer_id": _customers(actors),
            "person_id": [f"p{i[1:]}" for i in ids],
            "actor_id": ids,
            "role": ["sole"] * actors,
            "link_kind": pa.nulls(actors, pa.string()),
            "link_probability": pa.nulls(actors, pa.float64()),
            "link_from": pa.nulls(actors, pa.date32()),
            "why": pa.nulls(actors, pa.string()),
        },
    )
    _write(folder, "links", links(draw, actors))
    _write(folder, "lines", lines(draw, actors))
    told = ids[: min(listed, 5_000)]
    _write(folder, "evidence", evidence(told))
    _write(folder, "purchases_monthly", monthly(draw, ids[:listed]))
    (folder / "run.json").write_text(json.dumps(record(actors, listed)))


def _write(folder: Path, name: str, columns: Mapping[str, Any]) -> None:
    pq.write_table(pa.table(dict(columns)), folder / f"{name}.parquet", row_group_size=122_880)


def _customers(actors: int) -> list[str]:
    return [f"C{n:08d}" for n in range(actors)]


def findings(draw: np.random.Generator, ids: np.ndarray, listed: int, speak: int) -> dict[str, Any]:
    """Columns of findings.parquet: first those listed, then those whose orders speak, then the others."""
    n = len(ids)
    evidence = np.concatenate(
        [draw.gamma(2, 3, listed) + 3.2, draw.uniform(0, 3, speak - listed), draw.uniform(-2, 0, n - speak)]
    )
    excess = np.where(np.arange(n) < listed, draw.lognormal(4.5, 1, n), draw.lognormal(1, 1, n))
    kind = np.where(np.arange(n) < listed, draw.choice(KINDS, n), "household")
    since = [date(2024, 1 + k % 12, 28) if k < listed else None for k in range(n)]
    ends = {
        f"excess_{what}{end}": excess * part * price
        for what, price in (("units", 1), ("revenue", 60))
        for end, part in (("", 1.0), ("_low", 0.8), ("_high", 1.15))
    }
    return {
        "actor_id": ids,
        "customers": np.ones(n, np.int64),
        "persons": np.ones(n, np.int64),
        "resale_evidence": evidence,
        "resale_probability": 1 / (1 + np.exp(-evidence)),
        "q_value": np.where(np.arange(n) < listed, 0.02, 0.9),
        "flagged": np.arange(n) < listed,
        "kind": kind,
        "declared": np.where(draw.random(n) < 0.01, "yes", "no"),
        **ends,
        "revenue": excess * 60 + 900,
        "first_evident_on": pa.array(since, pa.date32()),
        "units": excess * 1.2 + 5,
        "first_on": pa.array([FIRST] * n, pa.date32()),
        "place": np.arange(n),
        "kind_if_business": kind,
    }


def signals(draw: np.random.Generator, ids: np.ndarray) -> dict[str, Any]:
    """Columns of signals.parquet: three answers for each actor whose orders speak."""
    names = np.array(SIGNALS)[draw.integers(0, len(SIGNALS), (len(ids), 3))].ravel()
    return {
        "actor_id": np.repeat(ids, 3),
        "signal": names,
        "log10_e": draw.gamma(2, 1, 3 * len(ids)),
        "detail": ["{}"] * (3 * len(ids)),
    }


def links(draw: np.random.Generator, actors: int) -> dict[str, Any]:
    """Columns of links.parquet: one link for every third customer, to somebody near."""
    at = np.sort(draw.choice(actors - 8, actors // 3, replace=False))
    fields = json.dumps({"phone": {"agreed": "the same telephone", "weight_log2": 9.2}})
    n = len(at)
    return {
        "customer_a": [f"C{k:08d}" for k in at],
        "customer_b": [f"C{k + 1 + k % 7:08d}" for k in at],
        "kind": ["exact"] * n,
        "joins": ["person"] * n,
        "fields": [fields] * n,
        "weight_log2": draw.uniform(5, 30, n),
        "probability": draw.uniform(0.5, 1, n),
        "link_from": pa.array([FIRST] * n, pa.date32()),
        "used": draw.random(n) < 0.5,
        "why": ["the same telephone"] * n,
    }


def lines(draw: np.random.Generator, actors: int) -> dict[str, Any]:
    """Columns of lines.parquet that pages read, in the order of arrival."""
    n = actors * LINES_AN_ACTOR
    who = pa.array(_customers(actors)).take(pa.array(draw.integers(0, actors, n)))
    products = pa.array([f"SKU-{k:05d}" for k in range(PRODUCTS)]).take(
        pa.array((draw.pareto(1.2, n) * 20).astype(np.int64) % PRODUCTS)
    )
    days = np.sort(draw.integers(0, 30 * MONTHS, n)) + np.datetime64(FIRST, "D").astype(np.int64)
    channels = pa.array(["web", "store", "duty-free"]).take(pa.array(draw.integers(0, 3, n)))
    return {
        "customer_id": who,
        "ordered_on": pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32()),
        "product_id": products,
        "channel": channels,
        "quantity_net": draw.integers(1, 9, n).astype(float),
        "revenue_net": draw.uniform(5, 400, n),
    }


def evidence(ids: np.ndarray) -> dict[str, Any]:
    """Columns of evidence.parquet: six sentences and five explanations each."""
    said = "412 units of one product in 30 days; 999 of 1,000 households buy at most 6."
    rows = [("for", said, None, None)] * 4 + [("against", "As households: 16 products.", None, None)] * 2
    rows += [
        ("innocent", None, name, "Everyday items are bought too.")
        for name in ("large family", "office or club", "gift season", "enthusiast or collector", "neighbours")
    ]
    stance, sentence, explanation, told = (list(column) * len(ids) for column in zip(*rows, strict=True))
    return {
        "actor_id": np.repeat(ids, len(rows)),
        "place": list(range(len(rows))) * len(ids),
        "stance": stance,
        "sentence": sentence,
        "explanation": explanation,
        "for_text": told,
        "against_text": pa.nulls(len(stance), pa.string()),
    }


def monthly(draw: np.random.Generator, ids: np.ndarray) -> dict[str, Any]:
    """Columns of purchases_monthly.parquet: every month of those listed."""
    months = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(MONTHS)]
    n = len(ids) * MONTHS
    return {
        "actor_id": np.repeat(ids, MONTHS),
        "month": pa.array(months * len(ids), pa.date32()),
        "units": draw.poisson(12, n).astype(float),
        "personal_use_low": np.zeros(n),
        "personal_use_high": np.full(n, 7.0),
        "revenue": draw.uniform(10, 900, n),
    }


def record(actors: int, listed: int) -> dict[str, Any]:
    """What run.json says, as much as pages read."""
    return {
        "settings": {"fdr": 0.05},
        "currency": "USD",
        "window_from": str(FIRST),
        "as_of": "2025-12-31",
        "created_at": "2026-01-05T08:00:00+00:00",
        "purpose": "benchmark",
        "pseudonym_key": "bench",
        "headline": {},
        "discovery": {"categories": {"all": {"seen": True}}},
        "counts": {"lines": actors * 10},
        "window_until": "2025-12-31",
        "retain_until": "2028-01-01",
        "note": f"{listed} listed",
    }
