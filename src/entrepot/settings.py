"""What one run was asked to do.

Everything that changes a result is here and is written into `run.json`, so that a run can be repeated from
its own folder. A wrong value is an `InputError` that names every wrong value, not only the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from entrepot.errors import InputError, Mistake

PURPOSE = "find customers who buy to resell, and how much of the revenue is theirs"


class Settings(BaseModel):
    """The settings of one run; immutable. Shares lie between 0 and 1, dates are days where the firm is.

    >>> Settings.checked(fdr=0.01).fdr
    0.01
    >>> Settings.checked(fdr=5)
    Traceback (most recent call last):
        ...
    entrepot.errors.InputError: fdr cannot be used. Expected: input should be less than 1. Got: 5.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fdr: float = Field(
        0.05, gt=0, lt=1, description="how large a share of the list may be ordinary customers"
    )
    as_of: date | None = Field(
        None, description="read nothing after this day; the last order's day if not given"
    )
    preset: str | None = Field(None, description="a known export format")
    mapping: Mapping[str, str] = Field(default_factory=dict, description="our column: theirs")
    timezone: str | None = Field(None, description="the zone of instants that name none")
    max_bad: float = Field(0.01, ge=0, le=1, description="how large a share of the rows may be unusable")
    encoding: str = Field("utf-8", description="the encoding of CSV files")
    decimal: Literal["point", "comma"] = Field("point", description="what parts the decimals of numbers")
    time_format: str | None = Field(
        None, description="how times are written that are not ISO 8601, such as %d.%m.%Y %H:%M"
    )
    anonymous: tuple[str, ...] = Field((), description="values of customer_id that stand for nobody")
    placeholder_share: float = Field(
        0.5, gt=0, le=1, description="above which share of the rows one customer_id stops the reading"
    )
    rates: Path | None = Field(None, description="a table of exchange rates, for several currencies")
    fuzzy: bool = Field(True, description="also join records that agree only nearly")
    personal_use: Path | None = Field(None, description="what households buy, where the orders cannot say")
    corrections: Path | None = Field(
        None, description="what people said of who is who: customers joined or parted, with a reason"
    )
    hindsight_months: int = Field(
        12, ge=0, description="how many month ends to look back for the day on which an actor was evident"
    )
    processes: int | None = Field(
        None, ge=1, description="how many month ends to look back to at a time; as many as cores if not given"
    )
    fairness_basis: str | None = Field(
        None, min_length=1, description="the legal basis on which errors are compared between groups"
    )
    fairness_group: str | None = Field(
        None, min_length=1, description="the column of the customers table that names the groups"
    )
    fairness_bound: float = Field(0.02, ge=0, le=1, description="the gap between groups that is named")
    seed: int = Field(0, description="the seed of every random draw")
    engine: Literal["duckdb"] = Field("duckdb", description="where the work is done")
    memory: str = Field("8GiB", description="how much memory the engine may use before it spills to disk")
    within: tuple[Path, ...] = Field(
        (), description="folders outside which the engine opens no file; anywhere if not given"
    )
    purpose: str = Field(PURPOSE, min_length=1, description="why this is done; asked by data protection law")
    retain_until: date | None = Field(None, description="the day from which `purge` deletes the run")

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """The settings made of `values`; raises `InputError` with one mistake for each wrong value."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise InputError(*(_mistake(dict(e)) for e in error.errors())) from error

    def for_the_record(self) -> dict[str, Any]:
        """The settings as `run.json` holds them; `purpose` and `retain_until` stand there on their own."""
        return self.model_dump(mode="json", exclude={"purpose", "retain_until", "within"})


def _mistake(error: dict[str, Any]) -> Mistake:
    expected = str(error["msg"])
    return Mistake(
        f"{'.'.join(str(part) for part in error['loc'])} cannot be used",
        expected=expected[0].lower() + expected[1:],
        got=str(error["input"]),
        do="only DuckDB is supported in this version" if error["loc"] == ("engine",) else "",
    )
