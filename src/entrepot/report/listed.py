"""Those who are listed: a table of the strongest, then one card each with evidence and innocent
explanations.

A card puts what speaks for resale beside what else could explain it, at equal size. Actors are named by
code only; the persons of a ring are the principal and numbered runners. Nothing here says what anybody
is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot.discovery.signals import SIGNALS
from entrepot.report.charts import FARTHEST_LOG10, odds
from entrepot.report.figures import Figure, Table
from entrepot.report.headline import SELLING_ON
from entrepot.report.joins import joins_table
from entrepot.report.pseudonyms import pseudonyms
from entrepot.report.purchases import purchases_figure
from entrepot.report.reading import Row, RunFolder
from entrepot.report.ring import ring_figure
from entrepot.report.words import count, day, known, money, month, plural, strength

PER_ACTOR = ("evidence", "signals", "purchases_monthly")
QUESTIONS = {signal.name: signal.question for signal in SIGNALS}
KIND_NAMES = {"ring": "several who act together", "unclear": "kind unclear"}
MAX_ROWS, MAX_CARDS, MAX_SENTENCES = 100, 24, 6
UNTOLD = "The orders do not tell."


@dataclass(frozen=True)
class Explanation:
    """An innocent explanation, with what the orders say for it or against it: pairs of sign and sentence."""

    name: str
    said: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Fact:
    """One figure of a card, with what limits it."""

    name: str
    value: str
    note: str


@dataclass(frozen=True)
class Card:
    """One listed actor on a page."""

    code: str
    kind: str
    facts: Sequence[Fact]
    evidence: Sequence[str]
    against: Sequence[str]
    explanations: Sequence[Explanation]
    answers: Table | None
    joins: Table | None
    purchases: Figure | None
    ring: Figure | None


@dataclass(frozen=True)
class TableRow:
    """One listed actor in a line; `bar_0_1` is its evidence against the strongest shown."""

    code: str
    kind: str
    bar_0_1: float
    strength: str
    excess: str
    excess_interval: str
    revenue: str
    since: str
    has_card: bool


@dataclass(frozen=True)
class Listed:
    """The section of the listed actors."""

    rows: Sequence[TableRow]
    cards: Sequence[Card]
    declared: Sequence[TableRow]
    total: int
    missing: Sequence[str]  # tables that the run does not have

    @property
    def more(self) -> str:
        """What is not shown, and where it is."""
        if self.total <= len(self.rows):
            return ""
        return f"{count(self.total - len(self.rows))} more are in findings.parquet of this run."


def codes_of(run: RunFolder) -> dict[str, str]:
    """The code of every listed actor, keyed by actor id; what `--identities` needs to say who they are."""
    return pseudonyms(
        [row["actor_id"] for row in run.listed()], key=str(run.about.get("pseudonym_key") or "")
    )


def kind_name(kind: object) -> str:
    """How a kind is written beside a code: never as what somebody is, but what the buying looks like."""
    words = str(kind or "unclear")
    if words.startswith("organisation"):
        return "buys like an organisation"
    return KIND_NAMES.get(words, f"buys like a {words}" if words in SELLING_ON else words)


def listed_section(run: RunFolder) -> Listed:
    """The listed actors of a run, the strongest first."""
    codes, everybody = codes_of(run), run.listed()
    apart = [row for row in everybody if row.get("declared") == "yes"]
    actors = [row for row in everybody if row.get("declared") != "yes"]
    shown = actors[:MAX_CARDS]
    details = Details.of(run, shown)
    return Listed(
        rows=_table(run, actors[:MAX_ROWS], codes),
        cards=[card(run, row, codes[row["actor_id"]], details) for row in shown],
        declared=_table(run, apart[:MAX_ROWS], codes),
        total=len(actors),
        missing=details.missing if actors else (),
    )


def _table(run: RunFolder, rows: Sequence[Row], codes: Mapping[str, str]) -> list[TableRow]:
    strongest = max((_capped(row) for row in rows), default=1.0) or 1.0
    return [
        TableRow(
            code=codes[row["actor_id"]],
            kind=kind_name(row.get("kind")),
            bar_0_1=_capped(row) / strongest,
            strength=strength(row.get("resale_evidence")),
            excess=count(row.get("excess_units")),
            excess_interval=_excess_interval(row),
            revenue=money(row.get("revenue"), run.currency),
            since=month(row.get("first_evident_on")),
            has_card=place < MAX_CARDS and row.get("declared") != "yes",
        )
        for place, row in enumerate(rows)
    ]


def _excess_interval(row: Row) -> str:
    return f"({count(row.get('excess_units_low'))}–{count(row.get('excess_units_high'))})"


def _between(row: Row) -> str:
    return f"between {count(row.get('excess_units_low'))} and {count(row.get('excess_units_high'))}"


def _capped(row: Row) -> float:
    """Evidence up to a trillion to one; beyond that nobody tells the difference."""
    return min(FARTHEST_LOG10, max(0.0, float(row.get("resale_evidence") or 0.0)))


def _odds(row: Row) -> str:
    beyond = (row.get("resale_evidence") or 0.0) > FARTHEST_LOG10
    return ("over " if beyond else "") + odds(_capped(row))


def _grouped(rows: Sequence[Row] | None) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows or ():
        groups[row["actor_id"]].append(row)
    return groups


@dataclass(frozen=True)
class Details:
    """The rows behind the cards, by actor."""

    evidence: Mapping[str, Sequence[Row]]
    signals: Mapping[str, Sequence[Row]]
    purchases: Mapping[str, Sequence[Row]]
    members: Mapping[str, Sequence[Row]]
    customers: Mapping[str, Sequence[Row]]
    links: Sequence[Row]
    missing: Sequence[str]

    @classmethod
    def of(cls, run: RunFolder, shown: Sequence[Row]) -> Details:
        """Read what the cards of `shown` need."""
        actors = {row["actor_id"] for row in shown}
        several = {row["actor_id"] for row in shown if (row.get("customers") or 1) > 1}
        tables = {name: run.table(name, actors=actors) for name in PER_ACTOR}
        members, customers = run.table("ring_members", actors=several), run.table("actors", actors=several)
        links = run.links_among({row["customer_id"] for row in customers or ()})
        missing = [f"{name}.parquet" for name, rows in tables.items() if rows is None]
        if members is None and any((row.get("persons") or 1) > 1 for row in shown):
            missing.append("ring_members.parquet")
        return cls(
            evidence=_grouped(tables["evidence"]),
            signals=_grouped(tables["signals"]),
            purchases=_grouped(tables["purchases_monthly"]),
            members=_grouped(members),
            customers=_grouped(customers),
            links=links or (),
            missing=missing,
        )

    @classmethod
    def kept(cls, actor_id: str, told: Row) -> Details:
        """What `kept.told_of` said of one actor."""
        links = [{**link, "customer_a": link["a"], "customer_b": link["b"]} for link in told["links"]]
        return cls(
            evidence={actor_id: told["evidence"]},
            signals={actor_id: told["signals"]},
            purchases={actor_id: told["months"]},
            members={actor_id: told["members"]},
            customers={actor_id: [{**record, "customer_id": record["n"]} for record in told["records"]]},
            links=[link for link in links if link.get("used", True)],
            missing=(),
        )


def card(run: RunFolder, row: Row, code: str, details: Details) -> Card:
    """The card of the actor in `row` of findings.parquet, called `code`."""
    actor = row["actor_id"]
    lines = sorted(details.evidence.get(actor, ()), key=lambda line: line.get("place") or 0)
    innocent = [line for line in lines if line.get("stance") == "innocent"]
    return Card(
        code=code,
        kind=kind_name(row.get("kind")),
        facts=_facts(run, row),
        evidence=[line["sentence"] for line in lines if line.get("stance") == "for"][:MAX_SENTENCES],
        against=[line["sentence"] for line in lines if line.get("stance") == "against"][:MAX_SENTENCES],
        explanations=[_explanation(line) for line in innocent],
        answers=_answers(details.signals.get(actor, ())),
        joins=joins_table(details.customers.get(actor, ()), details.links),
        purchases=purchases_figure(
            row, details.purchases.get(actor, ()), first=run.first_day, last=run.last_day
        ),
        ring=ring_figure(details.members.get(actor, ()), details.customers.get(actor, ()), details.links),
    )


def _explanation(line: Row) -> Explanation:
    """What the orders say of one explanation, or that they do not tell."""
    sides = [("For it:", line.get("for_text")), ("Against it:", line.get("against_text"))]
    said = [(sign, text) for sign, text in sides if text] or [("", line.get("sentence") or UNTOLD)]
    return Explanation(line.get("explanation") or "", said)


def _facts(run: RunFolder, row: Row) -> list[Fact]:
    persons, records = row.get("persons") or 1, row.get("customers") or 1
    since = row.get("first_evident_on")
    facts = [
        Fact("Evidence", strength(row.get("resale_evidence")), _odds(row)),
        Fact("Beyond personal use", plural(row.get("excess_units") or 0, "unit"), _between(row)),
        Fact("Revenue", money(row.get("revenue"), run.currency), "net of returns"),
        Fact("Made of", plural(persons, "person"), plural(records, "customer record")),
        Fact("Evident since", month(since), day(since) if since else ""),
    ]
    declared = [Fact("Declared", "in part", "one record is a declared business")]
    return facts + (declared if row.get("declared") == "in part" else [])


def _answers(rows: Sequence[Row]) -> Table | None:
    """What each question to the orders found, the strongest first."""
    ordered = sorted(rows, key=lambda row: (-(row.get("log10_e") or 0.0), str(row["signal"])))
    body = [
        [QUESTIONS.get(row["signal"], str(row["signal"])), _weight(row.get("log10_e"))] for row in ordered
    ]
    return Table(["Question", "Evidence"], body) if body else None


def _weight(log10_e: float | None) -> str:
    if log10_e is None or not known(log10_e):
        return "abstains"
    return "none" if log10_e <= 0 else f"{strength(log10_e)}, {odds(min(FARTHEST_LOG10, log10_e))}"
