"""What people found who looked: how often the list was wrong, and whether it errs more on one group.

Both are shown only where the run holds them; without reviews or without a legal basis there is nothing to say,
and nothing is said. Errors are compared, never people: a group is a row of errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.report.figures import Table
from entrepot.report.reading import Row, RunFolder
from entrepot.report.words import count, known, plural, share

SHARES = ("listed_share", "equal_purchases_share", "audited_share")
CAVEATS = (
    "For the auditor and the data protection officer. Groups were read after the list was made and play no part in it.",
    "Nobody knows who is ordinary: counted are all who neither declared a business nor were confirmed by a review. A "
    "ring is one actor.",
    "Read the column “among equal purchases”: a group that buys more is listed more. A gap is a reason to look, "
    "not yet an error: a group in which more people do resell has one too. “Audited” tells, once enough were reviewed.",
    "Groups of fewer than 100 customers are merged into “smaller groups”, and left out if they are fewer together.",
)


@dataclass(frozen=True)
class Fairness:
    """The comparison of errors between groups: a sentence, the table, and what must be known to read it."""

    sentence: str
    table: Table
    caveats: Sequence[str]


def audit_sentence(run: RunFolder) -> str:
    """How often the list was wrong where people looked, with its upper bound; empty where nobody has looked."""
    labels = run.discovery.get("labels")
    found = labels.get("false_share") if isinstance(labels, Mapping) else None
    if not found or not found.get("audited"):
        return ""
    looked = f"People reviewed {count(found['audited'])} of the listed"
    if not known(found.get("estimate")):
        return (
            f"{looked} and reached a verdict; from {count(found['needed'])} on, "
            "the share of ordinary customers is stated here."
        )
    return f"{looked}: {_found(found)}{_unclear(found)}."


def _found(found: Mapping[str, Any]) -> str:
    return (
        f"{share(found['estimate'])} of the list are ordinary customers by their verdicts, "
        f"and at most {share(found['upper_95'])}, 95 times in 100"
    )


def _unclear(found: Mapping[str, Any]) -> str:
    """What the bound would be if all of whom reviewers could not tell were ordinary."""
    if not found.get("cannot_tell"):
        return ""
    return (
        f"; at most {share(found['upper_95_at_worst'])} if the {count(found['cannot_tell'])} "
        "of whom they could not tell are ordinary too"
    )


def fairness(run: RunFolder) -> Fairness | None:
    """The comparison between groups; None where the run has none."""
    rows = run.table("fairness")
    if not rows:
        return None
    notes = run.discovery.get("fairness")
    notes = notes if isinstance(notes, Mapping) else {}
    return Fairness(_gap_sentence(rows, notes), _fairness_table(rows), _caveats(notes))


def _caveats(notes: Mapping[str, Any]) -> list[str]:
    basis = str(notes.get("basis") or "").strip().rstrip(".")
    return [*CAVEATS, *([f"Legal basis as entered: {basis}."] if basis else [])]


def _gap_sentence(rows: Sequence[Row], notes: Mapping[str, Any]) -> str:
    widest = max(rows, key=lambda row: abs(row["gap"]))
    more = "more" if widest["gap"] > 0 else "less"
    said = (
        f"Among buyers of equal amounts the largest gap between {plural(len(rows), 'group')} is "
        f"{_points(abs(widest['gap']))}: ordinary customers of “{widest['group']}” are listed {more} often "
        "than all who buy as much"
    )
    bound = notes.get("bound_0_1")
    if bound is None:
        return f"{said}."
    beyond = "beyond" if notes.get("gap_beyond_bound") else "within"
    return f"{said}. That is {beyond} the bound of {_points(bound)}."


def _points(part_0_1: float) -> str:
    """A difference of shares.

    >>> [_points(0.012), _points(0.02)]
    ['1.2 percentage points', '2 percentage points']
    """
    return f"{part_0_1 * 100:.2g} percentage points"


def _fairness_table(rows: Sequence[Row]) -> Table:
    body = [
        [
            str(row["group"]),
            count(row["customers"]),
            f"{count(row['listed'])} of {count(row['actors'])}",
            *(_with_interval(row, name) for name in SHARES[:2]),
            _signed(row["gap"]),
            _audited(row),
        ]
        for row in rows
    ]
    head = ["Group", "Customers", "Listed", "Share listed", "among equal purchases", "Gap, points", "Audited"]
    return Table(head, body, frozenset(range(1, 7)))


def _with_interval(row: Row, name: str) -> str:
    return f"{share(row[name])} ({share(row[f'{name}_low'])}–{share(row[f'{name}_high'])})"


def _signed(gap: float) -> str:
    return ("+" if gap > 0 else "−" if gap < 0 else "") + f"{abs(gap) * 100:.1f}"


def _audited(row: Row) -> str:
    """The share listed of those drawn at random and found to be ordinary, or that none were."""
    if not row.get("audited"):
        return "none yet"
    return f"{row['audited_listed']} of {count(row['audited'])}, {_with_interval(row, 'audited_share')}"
