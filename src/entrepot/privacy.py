"""What the people in the data may ask for, and when a run has to go.

`export` says what a folder of runs holds on one person, `object_to` keeps the person out of later runs until
somebody decides otherwise (`lift`), `erase` takes the person out of all runs, and `purge` deletes runs whose
time is over. A person is named by any of their customer ids; records that were joined to it by identity go
along. Other people's data stay theirs: where they stand beside (a link, a ring), their ids are not shown.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entrepot import receipts
from entrepot import report as report_room
from entrepot.errors import InputError, Mistake
from entrepot.report import by_actor
from entrepot.run import PARTIAL, RECORD, Run
from entrepot.units import short_id

OBJECTIONS = "objections.json"
OTHER = "(another person)"
GOING = ".purged"  # what a run is called while its files are deleted, with a point before its name
AT_WORK_FOR = timedelta(days=2)  # longer than any run takes
THEN = "knowable"  # its actors are those of then, which were called after their first customer
LOGIC = (
    "Orders were read and records that belong to one person were joined, by equal or nearly equal "
    "contact data. How much households buy for themselves was estimated from all buyers. For each "
    "buyer, or group that buys together, several questions were asked (units a purchase, stock, number "
    "of trips, restocking and others); each answer is a number that says how much better resale "
    "explains the orders than personal use does. A buyer is listed when these numbers together are so "
    "large that at most the stated share of all listed are ordinary customers. Name, nationality, "
    "language, country and city are no part of it. The list is evidence that a person reads; nothing is "
    "decided by it alone."
)


@dataclass(frozen=True)
class Subject:
    """One person in one run: their customer ids, their actor, and the other people of that actor."""

    run: Run
    customers: frozenset[str]
    persons: frozenset[str]
    actors: frozenset[str]
    others: frozenset[str]  # ids of other people that may stand in the person's rows

    def actors_in(self, table: str, actors: Collection[str]) -> frozenset[str]:
        """`actors`, and in a table of earlier month ends those that were called after one of their customer ids."""
        then = {short_id("a", customer) for customer in self.customers} if table == THEN else set()
        return frozenset(actors) | then

    @property
    def alone(self) -> bool:
        """Whether the actor is this person only, so that what is said of the actor is said of the person."""
        return not self.others


def runs_in(folder: Path) -> list[Run]:
    """The finished runs directly in `folder`, by name."""
    return [Run(path.parent) for path in sorted(folder.glob(f"[!.]*/{RECORD}"))]


def find(folder: Path, customer_id: str) -> list[Subject]:
    """The person behind `customer_id` in each run of `folder`; `InputError` where no run knows the id."""
    found = [subject for run in runs_in(folder) if (subject := _in_run(run, customer_id))]
    if not found and customer_id not in objectors(folder):
        raise InputError(
            Mistake(
                "nobody has this id",
                str(folder),
                expected="a customer_id in one of the runs there",
                got=customer_id,
                do="give the folder of the runs with --runs",
            )
        )
    return found


def _in_run(run: Run, customer_id: str) -> Subject | None:
    rows = pq.read_table(run.folder / "actors.parquet", columns=["customer_id", "person_id", "actor_id"])
    persons = _values(rows, "person_id", pc.equal(rows["customer_id"], customer_id))
    if not persons:
        return None
    own = pc.is_in(rows["person_id"], pa.array(sorted(persons)))
    actors = _values(rows, "actor_id", own)
    beside = pc.and_(pc.is_in(rows["actor_id"], pa.array(sorted(actors))), pc.invert(own))
    others = _values(rows, "customer_id", beside) | _values(rows, "person_id", beside)
    return Subject(run, _values(rows, "customer_id", own), persons, actors, others)


def _values(rows: pa.Table, column: str, mask: Any) -> frozenset[str]:
    return frozenset(rows.filter(mask)[column].to_pylist())


def export(folder: Path, customer_id: str) -> dict[str, Any]:
    """All that the runs in `folder` hold on the person: data, evidence, logic, sources, who has seen it.

    Ids of other people are replaced; a figure of a group to which others belong is marked as the group's.
    """
    return {
        "customer_id": customer_id,
        "logic": LOGIC,
        "objection": _objections(folder).get(customer_id),
        "decisions": [],
        "runs": [_export_run(subject) for subject in find(folder, customer_id)],
    }


def _export_run(subject: Subject) -> dict[str, Any]:
    record = subject.run.record
    return {
        "run": subject.run.folder.name,
        "purpose": record["purpose"],
        "created_at": record["created_at"],
        "retain_until": record["retain_until"],
        "sources": [source.get("name") for source in record["inputs"]],
        "recipients": _log(subject.run),
        "figures_are_of_a_group": not subject.alone,
        "tables": {name: rows for name in _said_once(subject.run) if (rows := _rows_of(subject, name))},
    }


def _said_once(run: Run) -> list[str]:
    """The tables without those that say the same again, sorted by actor; to erase, all are gone through."""
    return [name for name in run.tables if not name.startswith(f"{by_actor.FOLDER}/")]


def _log(run: Run) -> list[Any]:
    path = run.folder / "log.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def _rows_of(subject: Subject, name: str) -> list[Mapping[str, Any]]:
    rows = pq.read_table(subject.run.folder / f"{name}.parquet")
    mask = _about(rows, subject, actors=subject.actors_in(name, subject.actors))
    return [] if mask is None else [_without_others(row, subject) for row in rows.filter(mask).to_pylist()]


def _without_others(row: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    ends = {str(row[end]) for end in ("customer_a", "customer_b") if row.get(end)} - subject.customers
    hidden = sorted(subject.others | ends, key=len, reverse=True)
    return {column: _hide(value, hidden) for column, value in row.items()}


def _hide(value: Any, hidden: Sequence[str]) -> Any:
    for other in hidden if isinstance(value, str) else ():
        value = value.replace(other, OTHER)
    return value


def _about(rows: pa.Table, subject: Subject, *, actors: Collection[str]) -> Any:
    """Which rows speak of the person: by customer, by person or by one of `actors`; None: no people in it."""
    for columns, ids in (
        (("customer_id",), subject.customers),
        (("customer_a", "customer_b"), subject.customers),
        (("person_id",), subject.persons),
        (("actor_id",), actors),
    ):
        if set(columns) <= set(rows.column_names):
            masks = [
                pc.fill_null(pc.is_in(rows[c], pa.array(sorted(ids), rows[c].type)), False) for c in columns
            ]
            return masks[0] if len(masks) == 1 else pc.or_(*masks)
    return None


def _objections(folder: Path) -> dict[str, Any]:
    path = folder / OBJECTIONS
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def objectors(folder: Path) -> frozenset[str]:
    """The customer ids that are kept out of every new run in `folder`."""
    return frozenset(_objections(folder))


def object_to(folder: Path, customer_id: str, *, at: datetime, reason: str = "") -> list[str]:
    """Keep the person out of later runs in `folder` until a person decides; returns the customer ids.

    An id that no run knows is taken too: the objection may come before the first run.
    """
    known = (subject.customers for run in runs_in(folder) if (subject := _in_run(run, customer_id)))
    ids = sorted(frozenset({customer_id}).union(*known))
    entry = {"at": at.isoformat(timespec="seconds"), "reason": reason}
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / OBJECTIONS, json.dumps({**_objections(folder), **dict.fromkeys(ids, entry)}, indent=2))
    receipts.add(folder, {"at": entry["at"], "what": "objection", "customers": len(ids)})
    return ids


def lift(folder: Path, customer_id: str, *, at: datetime) -> list[str]:
    """Let the person into later runs in `folder` again, since somebody decided so; returns the customer ids.

    Ids that identity joined to it go along, as they did when the person objected. `InputError` where nobody of them
    objected.
    """
    said = _objections(folder)
    known = (subject.customers for run in runs_in(folder) if (subject := _in_run(run, customer_id)))
    ids = sorted(frozenset({customer_id}).union(*known) & set(said))
    if not ids:
        raise InputError(
            Mistake("nobody of this id objected", str(folder), "a customer_id that is kept out", customer_id)
        )  # fmt: skip
    _replace(folder / OBJECTIONS, json.dumps({c: e for c, e in said.items() if c not in ids}, indent=2))
    receipts.add(
        folder, {"at": at.isoformat(timespec="seconds"), "what": "objection lifted", "customers": len(ids)}
    )
    return ids


def erase(folder: Path, customer_id: str, *, at: datetime) -> int:
    """Take the person out of every run in `folder`, make the reports anew; returns the number of rows erased.

    What is said of a group stays, without this person in it, as long as other people belong to it. Values
    of rows that could not be used are blanked in these runs, since they cannot be traced to anybody. An
    objection stays, without its reason: it is what keeps the person out when the same orders are read again.
    """
    subjects = find(folder, customer_id)
    erased = sum(_erase_from(subject) for subject in subjects)
    _forget_reasons(folder, frozenset({customer_id}).union(*(s.customers for s in subjects)))
    receipts.add(folder, {"at": at.isoformat(timespec="seconds"), "what": "erasure", "rows": erased})
    return erased


def _forget_reasons(folder: Path, customers: Collection[str]) -> None:
    said = _objections(folder)
    if said.keys() & set(customers):
        kept = {c: {**e, "reason": ""} if c in customers else e for c, e in said.items()}
        _replace(folder / OBJECTIONS, json.dumps(kept, indent=2))


def _erase_from(subject: Subject) -> int:
    folder, erased = subject.run.folder, 0
    for name in subject.run.tables:
        path = folder / f"{name}.parquet"
        rows = pq.read_table(path)
        kept = _blanked(rows) if {"reason", "value"} <= set(rows.column_names) else rows
        actors = subject.actors_in(name, subject.actors if subject.alone else ())
        mask = _about(kept, subject, actors=actors)
        if name == "lines" and mask is not None:
            erased += pc.sum(mask).as_py() or 0
            kept, mask = _nobodys(kept, mask), None
        kept = kept if mask is None else kept.filter(pc.invert(mask))
        erased += rows.num_rows - kept.num_rows
        if kept is not rows:
            _replace_table(path, kept)
    for named in folder.glob("identities*"):
        named.unlink()
    report_room.write(folder)
    return erased


def _nobodys(lines: pa.Table, mask: Any) -> pa.Table:
    """`lines` with nothing that leads to a person where `mask` says so: the firm's totals stay."""
    for name in ("customer_id", "order_id", "city"):
        column = lines.schema.get_field_index(name)
        blank = pc.if_else(mask, pa.scalar(None, lines.schema.field(column).type), lines[name])
        lines = lines.set_column(column, name, blank)
    return lines


def _blanked(rows: pa.Table) -> pa.Table:
    column = rows.schema.get_field_index("value")
    return rows.set_column(
        column, rows.schema.field(column), pa.nulls(rows.num_rows, rows.schema.field(column).type)
    )


def _replace_table(path: Path, rows: pa.Table) -> None:
    partial = path.with_suffix(".partial")
    pq.write_table(rows, partial, compression="zstd")
    partial.replace(path)


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)


def expired(folder: Path, *, on: date) -> Iterator[Run]:
    """The runs in `folder` whose `retain_until` has passed on the day `on`."""
    for run in runs_in(folder):
        until = run.record.get("retain_until")
        if not until:
            raise InputError(
                Mistake("a run does not say until when it is kept", str(run.folder), "retain_until in run.json",
                        do="write the day there, or delete the folder by hand")
            )  # fmt: skip
        if date.fromisoformat(until) <= on:
            yield run


def purge(folder: Path, *, on: date) -> list[str]:
    """Delete the expired runs in `folder`, each with a receipt in the chain; returns their names.

    A run is put out of sight before its files go, so that one whose deletion was stopped half-way is known for what it
    is, and goes the next time. So does what a run left that was killed before it was whole.
    """
    left_over = [*sorted(folder.glob(f".*{GOING}")), *_never_whole(folder, on=on)]
    gone = [_gone(folder, left, {}, on=on) for left in left_over]
    for run in list(expired(folder, on=on)):
        known = {name: run.record[name] for name in ("created_at", "retain_until")}
        gone.append(_gone(folder, run.folder.rename(folder / f".{run.folder.name}{GOING}"), known, on=on))
    return gone


def _never_whole(folder: Path, *, on: date) -> list[Path]:
    """Folders of runs that nobody has written to for so long that they cannot be at work."""
    begun = sorted(folder.glob(f".*{PARTIAL}*"))
    return [one for one in begun if date.fromtimestamp(one.stat().st_mtime) < on - AT_WORK_FOR]


def _gone(folder: Path, left: Path, known: Mapping[str, Any], *, on: date) -> str:
    """Delete what is left of a run, with a receipt that says what is known of it; returns the run's name."""
    name = left.name.removeprefix(".").removesuffix(GOING).partition(PARTIAL)[0]
    shutil.rmtree(left)
    receipts.add(folder, {"at": on.isoformat(), "what": "purge", "run": name, **known})
    return name
