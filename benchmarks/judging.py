"""The actors that we estimated, beside the truth: who is right, which true customer-entrepreneur it stands for.

An estimated actor is right if at least half of its units were bought to resell. It stands for the true actor that
brought most of those units. A true actor is a customer-entrepreneur by the same rule; offices and gift buyers are
innocent. By *record*, a customer number is right if anything was bought on it to resell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks import measures
from benchmarks.measures import NOBODY, Bools, Floats, Ints

NOT_RESELLERS = ("organisation, own use", "declared business")
KINDS = ("stockist", "personal shopper", "ring", "wholesaler")


@dataclass(frozen=True)
class Judged:
    """`actors`: one row an estimated actor with a purchase, by `actor_id`: the columns of findings and
    `units_bought, units_to_resell, true_kind, owner`. `records`: one row a customer: `actor_id, true_kind, resells`.
    `true`: one row a true customer-entrepreneur: `number, true_kind`.
    """

    actors: pd.DataFrame
    records: pd.DataFrame
    true: pd.DataFrame

    @property
    def right(self) -> Bools:
        """By actor, whether it is a customer-entrepreneur."""
        return (self.actors["owner"] != NOBODY).to_numpy()

    def average_precision(self, score: Floats, kind: str | None = None) -> float:
        """By actor; with `kind` among the actors of that kind and all that are wrong to list."""
        owner, among = self._of(kind)
        return measures.average_precision(score[among], owner[among], self._total(kind))

    def recall_at_precision(self, score: Floats, precision: float, kind: str | None = None) -> float:
        """By actor."""
        owner, among = self._of(kind)
        return measures.recall_at_precision(score[among], owner[among], self._total(kind), precision)

    def average_precision_by_record(self, score: Floats) -> float:
        """By customer number, each with the score of its actor."""
        given = pd.Series(score, index=self.actors.index).reindex(self.records["actor_id"])
        resells = self.records["resells"].to_numpy()
        owner = np.where(resells, np.arange(len(resells)), NOBODY)
        lowest = float(np.nanmin(score)) - 1
        return measures.average_precision(given.fillna(lowest).to_numpy(), owner, int(resells.sum()))

    def recall(self, listed: Bools, kind: str | None = None) -> float:
        """The share of the true customer-entrepreneurs for whom a right actor is listed."""
        owner, among = self._of(kind)
        found = np.unique(owner[among & listed & self.right])
        return len(found) / self._total(kind) if self._total(kind) else float("nan")

    def false_shares(self, listed: Bools) -> dict[str, tuple[int, int]]:
        """Wrongly listed and listed, in three readings: strict, of those called resellers, innocents only."""
        called = listed & ~self.actors["kind"].isin(NOT_RESELLERS).to_numpy()
        innocent = (self.actors["units_to_resell"] == 0).to_numpy()
        return {
            "strict": (int((listed & ~self.right).sum()), int(listed.sum())),
            "called resellers": (int((called & ~self.right).sum()), int(called.sum())),
            "innocents only": (int((listed & innocent).sum()), int(listed.sum())),
        }

    def _of(self, kind: str | None) -> tuple[Ints, Bools]:
        owner = self.actors["owner"].to_numpy()
        if kind is None:
            return owner, np.ones(len(owner), bool)
        kind_of = self.true.set_index("number")["true_kind"]
        return owner, (owner == NOBODY) | (kind_of.reindex(owner).to_numpy() == kind)

    def _total(self, kind: str | None) -> int:
        return int(len(self.true) if kind is None else (self.true["true_kind"] == kind).sum())


def judge(findings: pd.DataFrame, customers: pd.DataFrame, truth: pd.DataFrame) -> Judged:
    """Join `findings` (one row an actor), `customers` (`customer_id, actor_id`) and `truth` of a made market."""
    truth = truth.astype({"kind": object, "trap": object})
    known = truth.merge(customers[["customer_id", "actor_id"]], on="customer_id", how="inner")
    estimated = _estimated(known)
    true = _true(truth, estimated.loc[estimated["right"], "leader"])
    number = estimated["leader"].map(true["number"]).where(estimated["right"], NOBODY)
    estimated = estimated.assign(owner=number.astype("int64")).drop(columns=["right", "leader"])
    actors = findings.set_index("actor_id").join(estimated, how="inner").sort_index()
    records = known.assign(resells=known["units_to_resell"] > 0, true_kind=_innocent_or(known))
    return Judged(actors, records[["actor_id", "true_kind", "resells"]], true)


def _true(truth: pd.DataFrame, led: pd.Series) -> pd.DataFrame:
    """The true customer-entrepreneurs: by the rule as a whole, or by an estimated actor that is right."""
    sums = truth.groupby("true_actor")[["units", "units_to_resell"]].sum()
    resells = _mostly_to_resell(sums) | sums.index.isin(led)
    kinds = truth.groupby("true_actor")["kind"].first()[resells]
    return pd.DataFrame({"true_kind": kinds, "number": np.arange(len(kinds))})


def _estimated(known: pd.DataFrame) -> pd.DataFrame:
    sums = known.groupby("actor_id")[["units", "units_to_resell"]].sum()
    leading = known.sort_values(["units_to_resell", "units"], ascending=False, kind="stable")
    leading = leading.groupby("actor_id").nth(0).set_index("actor_id")
    return pd.DataFrame(
        {
            "units_bought": sums["units"],
            "units_to_resell": sums["units_to_resell"],
            "true_kind": _innocent_or(leading),
            "leader": leading["true_actor"],
            "right": _mostly_to_resell(sums),
        }
    )


def _mostly_to_resell(sums: pd.DataFrame) -> pd.Series:
    return (sums["units_to_resell"] > 0) & (2 * sums["units_to_resell"] >= sums["units"])


def _innocent_or(rows: pd.DataFrame) -> pd.Series:
    """The kind, or for an innocent the trap that it is."""
    return rows["trap"].where(rows["trap"].notna(), rows["kind"])
