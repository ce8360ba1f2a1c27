"""What the first screen says: one sentence computed from the data, how sure we are, four numbers.

Three states are answers of equal rank: buyers are listed; nobody stands out; and we cannot tell, because
a majority of households cannot be seen and personal use can therefore not be learned from these orders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from entrepot.report.reading import Row, RunFolder
from entrepot.report.words import about, count, in_hundred, known, listing, plural, share

State = Literal["listed", "empty", "cannot tell", "nobody"]

SELLING_ON = {
    "stockist": "stockists",
    "personal shopper": "personal shoppers",
    "ring": "rings",
    "wholesaler": "wholesalers",
    "creator": "creators",
}
"""The kinds of customer-entrepreneur with their plural."""


@dataclass(frozen=True)
class Number:
    """One figure of the first screen: what it is, its value, and what limits it."""

    name: str
    value: str
    note: str


@dataclass(frozen=True)
class Headline:
    """The first screen in words."""

    state: State
    sentence: str
    detail: str
    how_sure: str
    meaning: str
    next_step: str
    numbers: Sequence[Number]


def undeclared(rows: Sequence[Row]) -> list[Row]:
    """The listed actors that have not declared themselves a business; the others are reported apart."""
    return [row for row in rows if row.get("declared") != "yes"]


def state_of(run: RunFolder, listed: Sequence[Row]) -> State:
    """Which of the three answers the run gives."""
    silent = run.discovery.get("cannot_tell") or ()
    categories = run.discovery.get("categories") or {}
    judged = any(about["seen"] for about in categories.values()) or run.discovery.get("stated_personal_use")
    if listed:
        return "listed"
    if run.findings.num_rows == 0:
        return "nobody"
    return "cannot tell" if silent and not judged else "empty"


def headline(run: RunFolder) -> Headline:
    """The headline of a run."""
    listed = undeclared(run.listed())
    state = state_of(run, listed)
    write = {"listed": _listed, "empty": _empty, "cannot tell": _cannot_tell, "nobody": _nobody}[state]
    return write(run, listed)


def _sum(rows: Sequence[Row], column: str) -> float | None:
    values = [float(row[column]) for row in rows if known(row.get(column))]
    return sum(values) if values else None


def _listed(run: RunFolder, listed: Sequence[Row]) -> Headline:
    buyers, revenue = run.findings.num_rows, _sum(listed, "revenue")
    whole = run.total("revenue")
    part = revenue / whole if revenue is not None and whole > 0 else None
    rate = in_hundred(run.fdr)
    return Headline(
        state="listed",
        sentence=f"{count(len(listed))} of {plural(buyers, 'buyer')} bought more than personal use explains: "
        f"{share(part)} of the revenue that we can see{_of_all(run)}.",
        detail=" ".join([_kinds_sentence(listed), _excess_sentence(run, listed, revenue), *_silence(run)]),
        how_sure=f"At most {rate} of such a list are ordinary customers, {_here(run.fdr, len(listed))}.",
        meaning="This holds on average over many lists, and if households buy as described under “What this "
        "promise rests on”. It speaks of the list, not of any one buyer: a person looks at each "
        "before anything is done.",
        next_step="Read the cards of the strongest below, beginning with the innocent explanations.",
        numbers=_numbers(run, listed, revenue, part),
    )


def _here(rate_0_1: float, listed: int) -> str:
    expected = rate_0_1 * listed
    words = "fewer than one" if expected < 1 else f"about {count(expected)}"
    return f"here {words} of {count(listed)}"


def _kinds_sentence(listed: Sequence[Row]) -> str:
    kinds = Counter(str(row.get("kind") or "unclear") for row in listed)
    selling = [plural(kinds[kind], kind, many) for kind, many in SELLING_ON.items() if kinds[kind]]
    parts = []
    if selling:
        number = sum(kinds[kind] for kind in SELLING_ON)
        who = "All" if 1 < number == len(listed) else count(number)
        buy = "buys" if number == 1 else "buy"
        parts.append(f"{who} of them {buy} like people who sell on ({listing(selling)})")
    own_use = sum(number for kind, number in kinds.items() if kind.startswith("organisation"))
    if own_use:
        parts.append(
            f"{count(own_use)} like {'an organisation' if own_use == 1 else 'organisations'} for own use"
        )
    rest = len(listed) - own_use - sum(kinds[kind] for kind in SELLING_ON)
    if rest:
        parts.append(f"{count(rest)} {'remains' if rest == 1 else 'remain'} unclear")
    return "; ".join(parts).capitalize() + "."


def _excess_sentence(run: RunFolder, listed: Sequence[Row], revenue: float | None) -> str:
    low, high = _sum(listed, "excess_revenue_low"), _sum(listed, "excess_revenue_high")
    if low is None or high is None:
        return "How much exceeds personal use is not known."
    return (
        f"Of the {about(revenue, run.currency)} that they spent, between {about(low, run.currency)} and "
        f"{about(high, run.currency)} exceeds what households buy for themselves, family and friends."
    )


def _numbers(
    run: RunFolder, listed: Sequence[Row], revenue: float | None, part: float | None
) -> list[Number]:
    low, high = (about(_sum(listed, f"excess_revenue_{end}"), run.currency) for end in ("low", "high"))
    money = about(revenue, run.currency)
    return [
        Number("Listed", count(len(listed)), f"of {count(run.findings.num_rows)} buyers"),
        Number("Their revenue", money, f"{share(part)} of what we can see, net of returns"),
        Number("Beyond personal use", f"{low}–{high}", "the sum of the bounds of each"),
        _seen(run),
    ]


def _coverage(run: RunFolder) -> list[Number]:
    return [
        Number("Listed", "0", f"of {count(run.findings.num_rows)} buyers"),
        Number(
            "Revenue that we can see",
            about(run.total("revenue"), run.currency),
            "net of returns" + ("" if run.currency else "; the orders name no currency"),
        ),
        _seen(run),
    ]


def _seen(run: RunFolder) -> Number:
    return Number(
        "What we can see", share(_seen_share(run)), "of all revenue is of buyers that we can tell apart"
    )


def _seen_share(run: RunFolder) -> float | None:
    everything = (run.about.get("headline") or {}).get("revenue_of_all") or 0.0
    return min(1.0, run.total("revenue") / everything) if everything > 0 else None


def _of_all(run: RunFolder) -> str:
    """What part of all revenue can be seen, where it is not all."""
    part = _seen_share(run)
    return "" if part is None or part > 0.995 else f", which is {share(part)} of all"


def _silence(run: RunFolder) -> list[str]:
    """What the list leaves out because no household majority can be seen there."""
    silent = [str(name) for name in run.discovery.get("cannot_tell") or ()]
    return (
        [f"In {listing(silent[:3])} we cannot tell: most buyers there may be businesses."] if silent else []
    )


def _empty(run: RunFolder, listed: Sequence[Row]) -> Headline:
    rate = in_hundred(run.fdr)
    return Headline(
        state="empty",
        sentence=f"No buyer stands out: all {count(run.findings.num_rows)} may be buying for personal use.",
        detail=f"A list is made so that at most {rate} of it are ordinary customers; no buyer's orders "
        "are strong "
        "enough for that.",
        how_sure="An empty list is an answer, and not a proof: small or slow resale can hide below the line.",
        meaning="More months, more identity columns or buyers known from reviews (`--labels FILE`) see more.",
        next_step="To see who comes closest, ask for a looser rate, for example "
        f"`--fdr {min(0.5, run.fdr * 4):g}`.",
        numbers=_coverage(run),
    )


def _cannot_tell(run: RunFolder, listed: Sequence[Row]) -> Headline:
    categories = [str(name) for name in run.discovery.get("cannot_tell") or ()]
    where = "" if categories == ["all"] else f" in {listing(categories[:3])}"
    return Headline(
        state="cannot tell",
        sentence="We cannot tell who resells: most buyers here may be businesses.",
        detail="Personal use is learned from the households among the buyers. No majority of households can be "
        f"seen{where}, so there is nothing firm to measure the others against, and we list nobody."
        + _majority_sentence(run),
        how_sure="This is an answer, not a failure: any list made from these orders alone would be a guess.",
        meaning="A list becomes possible once we know what a household buys.",
        next_step="Give it from a panel or a survey with `--personal-use FILE` "
        "(category, units_per_year_mean, dispersion, tail_share, source) and run again.",
        numbers=_coverage(run),
    )


def _majority_sentence(run: RunFolder) -> str:
    """How many buy like households, where all products are one category."""
    whole = (run.discovery.get("categories") or {}).get("all")
    if not whole or not known(whole.get("household_share_0_1")):
        return ""
    return (
        f" {share(whole['household_share_0_1'])} of {plural(whole['persons'], 'person')} buy like households."
    )


def _nobody(run: RunFolder, listed: Sequence[Row]) -> Headline:
    return Headline(
        state="nobody",
        sentence="No order names a buyer, so nobody can be judged.",
        detail="All of these orders are unattributed: they carry neither a customer id nor identity columns.",
        how_sure="There is nothing to be sure of yet.",
        meaning="With a customer id, a phone, an e-mail or a payment token, buyers can be told apart.",
        next_step="Export such a column and run again; `--map customer_id=THEIRS` names it.",
        numbers=_coverage(run),
    )
