"""What the run did not see, could not use, or reports apart: said before anybody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.report.figures import Table
from entrepot.report.reading import RunFolder
from entrepot.report.words import count, listing, plural, share


@dataclass(frozen=True)
class BlindSpots:
    """What the run did not see, could not use, or reports apart."""

    sentences: Sequence[str]
    counts: Table
    reasons: Table | None


COUNTED = {
    "read": "rows read",
    "replaced": "of them replaced by a later delivery of the same order",
    "quarantined": "of them in quarantine because they cannot be used",
    "set_aside": "of them sound, but no sale of a product",
    "usable": "of them usable",
    "lines": "order lines",
    "unattributed": "of them without a buyer (unattributed)",
    "customers": "customer records",
    "returned_rows": "rows that are returns or cancellations",
    "returns_matched": "of them matched to a purchase",
    "returns_unmatched": "of them without a purchase",
    "returned_parts": "purchases that they reduced",
}


def blind_spots(run: RunFolder) -> BlindSpots:
    """The limits of what the run could see, in sentences and counts."""
    counts = dict(run.about.get("counts") or {})
    order = [key for key in COUNTED if key in counts] + sorted(set(counts) - set(COUNTED))
    rows = [
        [COUNTED.get(key, key.replace("_", " ")), count(counts[key])]
        for key in order
        if isinstance(counts[key], int | float)
    ]
    return BlindSpots(
        _blind_sentences(run, counts), Table(["What", "Number"], rows, frozenset({1})), _reasons(run)
    )


def _blind_sentences(run: RunFolder, counts: dict[str, float]) -> list[str]:
    returns = _lost_returns(run.length("unmatched_returns"))
    notes = [str(note) for note in run.about.get("notes") or ()]
    return [
        _hidden_lines(counts.get("unattributed") or 0, counts.get("lines") or 0),
        "Sales to businesses (sell-in) end at the partner's door: who buys there is not in these orders.",
        _set_aside(run.length("quarantine")),
        *_no_sales(counts.get("set_aside") or 0),
        returns,
        *_silent_categories(run),
        *_unasked(run),
        *(note for note in notes if "returns match" not in note),  # told above, with what it means
    ]


def _hidden_lines(hidden: float, lines: float) -> str:
    if not hidden:
        return "Every order line names a buyer."
    return (
        f"{plural(hidden, 'order line')} of {count(lines)} "
        f"({share(hidden / lines if lines else None)}) name "
        "no buyer. They count in the firm's totals and nowhere else: who resells from them, we cannot see. "
        "Walk-in and duty-free sales are often of this kind."
    )


def _set_aside(rows: int | None) -> str:
    if rows is None:
        return "The run does not say what was quarantined."
    lie = "lies" if rows == 1 else "lie"
    return (
        f"{plural(rows, 'row')} could not be used and {lie} in quarantine.parquet with a reason each."
        if rows
        else "No row was unusable."
    )


def _no_sales(rows: float) -> list[str]:
    if not rows:
        return []
    return [
        f"{plural(rows, 'row')} are sound but no sale of a product (tests, fees, free of charge): set_aside.parquet."
    ]


def _lost_returns(rows: int | None) -> str:
    if rows is None:
        return "The run does not say which returns found no purchase."
    change = "it changes" if rows == 1 else "they change"
    return (
        f"{plural(rows, 'return')} found no earlier purchase of that buyer and product; {change} "
        "nothing above."
        if rows
        else "Every return found its purchase."
    )


def _unasked(run: RunFolder) -> list[str]:
    """Questions to the orders that abstained, with what would open them."""
    abstained = run.discovery.get("abstained") or {}
    parts = [f"{name} ({reason})" for name, reason in abstained.items()]
    return [f"Questions that could not be asked of these orders: {listing(parts)}."] if parts else []


def _silent_categories(run: RunFolder) -> list[str]:
    silent = [str(name) for name in run.discovery.get("cannot_tell") or ()]
    if not silent or silent == ["all"]:
        return []
    some = ", ".join(silent[:6]) + (" and others" if len(silent) > 6 else "")
    return [
        f"In {plural(len(silent), 'category', 'categories')} ({some}) no majority of households can be seen; "
        "there we cannot tell, and `--personal-use FILE` would open it."
    ]


def _reasons(run: RunFolder) -> Table | None:
    rows = run.table("quarantine")
    if not rows:
        return None
    reasons = Counter((str(row.get("column") or ""), str(row.get("reason") or "")) for row in rows)
    body = [[column, reason, count(number)] for (column, reason), number in reasons.most_common(10)]
    return Table(
        ["Column", "Reason", "Rows"],
        body,
        frozenset({2}),
        "" if len(reasons) <= 10 else "More in quarantine.parquet.",
    )
