"""Two runs side by side: who is new on the list, who went, who changed kind or evidence, and what else was different.

Ids last from a run to those that name it as the earlier one: then an actor is the same by its id, and `actor_changes`
says who merged or split. Two runs without that tie are matched by customers: a listed actor is the one of the other
run with which it shares most of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from entrepot.report.headline import headline
from entrepot.report.pseudonyms import pseudonyms
from entrepot.report.reading import read_run
from entrepot.web.failing import Problem
from entrepot.web.runs.models import DONE, Run

COLUMNS = (
    "actor_id",
    "flagged",
    "kind",
    "declared",
    "customers",
    "resale_evidence",
    "excess_units",
    "revenue",
)
TOLD = 1.0
"""A change of evidence that is told: ten times as strong, or as weak (log10 of an e-value)."""
KEPT_S = 3600
SAME = Problem(422, _("A run is the same as itself"), _("Choose two."), "")
SPLIT = "split"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """One actor in both runs; a side is None where the run does not know it.

    `how` is SPLIT for one that was part of another, and for one that merged the code of the actor that it belongs to.
    """

    actor_id: str
    code: str
    was: Row | None
    now: Row | None
    how: str = ""

    @property
    def evidence_by(self) -> float:
        """How many more tens the evidence has."""
        return _evidence(self.now) - _evidence(self.was)


@dataclass(frozen=True)
class Line:
    """One number or setting of both runs."""

    name: str
    was: str
    now: str

    @property
    def differs(self) -> bool:
        return self.was != self.now


@dataclass(frozen=True)
class Comparison:
    """What differs between `earlier` and `later`."""

    ids_last: bool
    new: Sequence[Pair]
    gone: Sequence[Pair]
    kind: Sequence[Pair]
    evidence: Sequence[Pair]
    stayed: int
    counts: Sequence[Line]
    settings: Sequence[Line]
    inputs: Sequence[Line]
    reviews: Sequence[Line]
    sentences: tuple[str, str] = field(default=("", ""))

    @property
    def is_same(self) -> bool:
        return not (self.new or self.gone or self.kind or self.evidence)


class NotComparable(Exception):
    """Two runs cannot stand side by side; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.title))
        self.problem = problem


def in_order(one: Run, other: Run) -> tuple[Run, Run]:
    """The two runs, the one that was asked for first before; raises `NotComparable` where one is not there, or both
    are one."""
    earlier, later = sorted((one, other), key=lambda run: run.asked_at)
    gone = next((run for run in (earlier, later) if run.state != DONE or not run.is_there), None)
    if gone is not None:
        what = _("Run %(name)s is not there") % {"name": gone.name}
        raise NotComparable(
            Problem(410, what, _("It is not whole, or its folder was purged."), _("Choose another."))
        )
    if earlier == later:
        raise NotComparable(SAME)
    return earlier, later


def compare(earlier: Run, later: Run) -> Comparison:
    """The comparison, kept for an hour; raises `InputError` where a folder is gone."""
    key = "compared-" + "-".join(
        f"{run.pk}-{(run.folder.folder / 'run.json').stat().st_mtime_ns}" for run in (earlier, later)
    )
    known = cache.get(key)
    if known is None:
        known = _compared(earlier, later)
        cache.set(key, known, KEPT_S)
    found: Comparison = known
    return found


def _compared(earlier: Run, later: Run) -> Comparison:
    was, now = earlier.folder, later.folder
    ids_last = earlier in later.earlier()
    pairs = _pairs(earlier, later, ids_last=ids_last)
    both = [pair for pair in pairs if _listed(pair.was) and _listed(pair.now)]
    return Comparison(
        ids_last=ids_last,
        new=_by_evidence([pair for pair in pairs if _listed(pair.now) and not _listed(pair.was)]),
        gone=_by_evidence([pair for pair in pairs if _listed(pair.was) and not _listed(pair.now)]),
        kind=_by_evidence([pair for pair in both if pair.was["kind"] != pair.now["kind"]]),  # type: ignore[index]
        evidence=sorted((p for p in both if abs(p.evidence_by) >= TOLD), key=lambda p: -abs(p.evidence_by)),
        stayed=len(both),
        counts=_lines(was.record["counts"], now.record["counts"]),
        settings=_differing(_flat(was.record["settings"]), _flat(now.record["settings"])),
        inputs=_differing(_inputs(was.record), _inputs(now.record)),
        reviews=_reviews(was.record, now.record),
        sentences=(headline(read_run(was.folder)).sentence, headline(read_run(now.folder)).sentence),
    )


def _listed(row: Row | None) -> bool:
    return bool(row and row["flagged"])


def _evidence(row: Row | None) -> float:
    return float((row or {}).get("resale_evidence") or 0.0)


def _by_evidence(pairs: Sequence[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda p: (-max(_evidence(p.was), _evidence(p.now)), p.actor_id))


def _pairs(earlier: Run, later: Run, *, ids_last: bool) -> list[Pair]:
    """Everybody who is listed in one of the runs, with the same actor in the other."""
    was, now = earlier.path, later.path
    listed_then, listed_now = _rows(was, pc.field("flagged")), _rows(now, pc.field("flagged"))
    if ids_last:
        forth, back = _moves(earlier, later)
    else:
        forth, back = _by_customers(was, now, listed_then), _by_customers(now, was, listed_now)
    to = {actor: forth.get(actor, actor if ids_last else "") for actor in listed_then}
    of = {actor: back.get(actor, actor if ids_last else "") for actor in listed_now}
    then = listed_then | _rows(was, _among(set(of.values()) - listed_then.keys()))
    today = listed_now | _rows(now, _among(set(to.values()) - listed_now.keys()))
    codes = _codes(earlier, later, {*listed_then, *listed_now})
    pairs = [
        Pair(actor, codes[actor], then.get(of[actor]), row, SPLIT if ids_last and actor in back else "")
        for actor, row in listed_now.items()
    ]
    met = {pair.was["actor_id"] for pair in pairs if pair.was}
    return pairs + [
        Pair(actor, codes[actor], row, None if to[actor] in listed_now else today.get(to[actor]),
             codes[to[actor]] if to[actor] in listed_now else "")
        for actor, row in listed_then.items() if actor not in met
    ]  # fmt: skip


def _moves(earlier: Run, later: Run) -> tuple[dict[str, str], dict[str, str]]:
    """Old id → the actor that it merged into, and new id → the one that it split from, through the runs between."""
    into: dict[str, str] = {}
    out_of: dict[str, str] = {}
    between = later.earlier()
    for run in reversed([later, *between[: between.index(earlier)]]):
        path = run.path / "actor_changes.parquet"
        rows = pq.read_table(path).to_pylist() if path.is_file() else []
        merged = {row["was"]: row["actor_id"] for row in rows if row["change"] == "merged"}
        into = {old: merged.get(new, new) for old, new in into.items()} | {
            old: new for old, new in merged.items() if old not in into
        }
        out_of |= {
            row["actor_id"]: out_of.get(row["was"], row["was"]) for row in rows if row["change"] == "split"
        }
    return into, out_of


def _codes(earlier: Run, later: Run, actors: set[str]) -> dict[str, str]:
    """The code of each actor as the pages of its run show it."""
    from entrepot.web.discovery.models import Finding

    codes = pseudonyms(sorted(actors), key=str(later.folder.record.get("pseudonym_key") or ""))
    for run in (earlier, later):
        shown = Finding.objects.filter(run=run, flagged=True).values_list("actor_id", "code")
        codes |= {actor: code for actor, code in shown if actor in actors}
    return codes


def _rows(folder: Path, which: Any) -> dict[str, Row]:
    path = folder / "findings.parquet"
    columns = [name for name in COLUMNS if name in pq.read_schema(path).names]
    return {row["actor_id"]: row for row in pq.read_table(path, columns=columns, filters=which).to_pylist()}


def _among(actors: set[str]) -> Any:
    return pc.field("actor_id").isin(pa.array(sorted(a for a in actors if a), pa.string()))


def _by_customers(here: Path, there: Path, actors: Mapping[str, Row]) -> dict[str, str]:
    """For each of `actors` of `here` the actor of `there` with most of the same customers."""
    if not all((folder / "actors.parquet").is_file() for folder in (here, there)):
        return {}
    columns = ["customer_id", "actor_id"]
    own = pq.read_table(here / "actors.parquet", columns=columns, filters=_among(set(actors)))
    theirs = pq.read_table(there / "actors.parquet", columns=columns,
                           filters=pc.field("customer_id").isin(own["customer_id"].combine_chunks()))  # fmt: skip
    other = dict(zip(theirs["customer_id"].to_pylist(), theirs["actor_id"].to_pylist(), strict=True))
    shared: dict[str, Counter[str]] = {}
    for customer, actor in zip(own["customer_id"].to_pylist(), own["actor_id"].to_pylist(), strict=True):
        if customer in other:
            shared.setdefault(actor, Counter())[other[customer]] += 1
    return {actor: min(found, key=lambda a: (-found[a], a)) for actor, found in shared.items()}


def _lines(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Line]:
    return [Line(name, _text(was.get(name)), _text(now.get(name))) for name in dict.fromkeys((*now, *was))]


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Line]:
    return [line for line in _lines(was, now) if line.differs]


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name; paths of the server are no setting to compare."""
    return {name: value for name, value in settings.items() if name not in ("rates", "personal_use")}


def _inputs(record: Mapping[str, Any]) -> dict[str, str]:
    """The hash of each table's files, shortened: equal files give equal text."""
    found: dict[str, list[str]] = {}
    for source in record.get("inputs") or ():
        found.setdefault(str(source["name"]), []).append(
            f"{source['bytes']:,} bytes, {str(source['sha256'])[:12]}"
        )
    return {name: "; ".join(files) for name, files in found.items()}


def _reviews(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Line]:
    """What the labels of each run taught it."""
    return [line for line in _lines(_taught(was), _taught(now)) if line.was or line.now]


def _taught(record: Mapping[str, Any]) -> dict[str, Any]:
    labels = (record.get("discovery") or {}).get("labels") or {}
    share = labels.get("false_share") or {}
    plain = {name: value for name, value in labels.items() if isinstance(value, int | float | str)}
    checked = {
        f"list checked: {name}": value for name, value in share.items() if isinstance(value, int | float)
    }
    learned = {"probability learned anew": "yes" if labels.get("recalibration") else "no"} if labels else {}
    return {**plain, **checked, **learned, "power of the evidence γ": record.get("gamma")}


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_text(part) for part in value)
    return str(value)
