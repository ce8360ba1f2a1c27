"""The options that several commands share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot.errors import InputError, Mistake

Orders = Annotated[
    str | None,
    typer.Argument(
        help="a CSV or Parquet file, a folder, or a pattern in quotes; not needed where --preset brings data",
        metavar="ORDERS",
    ),
]
RunFolder = Annotated[Path, typer.Argument(help="the folder of a finished run", metavar="RUN")]
Runs = Annotated[Path, typer.Option("--runs", help="the folder that holds the runs")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object instead of text")]
Customers = Annotated[str | None, typer.Option(help="table of customers: names, contact data, declared type")]
Products = Annotated[str | None, typer.Option(help="table of products: category, list price")]
Preset = Annotated[
    str | None,
    typer.Option(
        help="a known export: shopify, woocommerce, adobe-commerce, online-retail, complete-journey"
    ),
]
Map = Annotated[
    list[str] | None, typer.Option("--map", help="column=theirs, for one column of orders; repeat for more")
]
Timezone = Annotated[str | None, typer.Option(help="the zone of times that name none, such as Asia/Seoul")]
MaxBad = Annotated[float, typer.Option(help="stop if a larger share (0 to 1) of the rows cannot be used")]
Encoding = Annotated[str, typer.Option(help="the encoding of CSV files")]
Decimal = Annotated[
    str, typer.Option(help="what parts the decimals of numbers: point (1,234.50) or comma (1.234,50)")
]
TimeFormat = Annotated[
    str | None,
    typer.Option(help="how times are written that are not ISO 8601, such as '%d.%m.%Y' or '%m/%d/%Y %H:%M'"),
]
Anonymous = Annotated[
    list[str] | None, typer.Option(help="a customer_id that stands for nobody; repeat for more")
]
PlaceholderShare = Annotated[
    float, typer.Option(help="above which share (0 to 1) of the rows one customer_id must be explained")
]
Rates = Annotated[
    Path | None, typer.Option(help="table of exchange rates, where orders come in several currencies")
]
Memory = Annotated[str, typer.Option(help="how much memory the engine may use before it spills to disk")]


def mapping(pairs: list[str] | None) -> dict[str, str]:
    """`--map` as a dictionary; raises `InputError` with one mistake for each pair that is none."""
    wrong = [pair for pair in pairs or () if not all(pair.partition("="))]
    if wrong:
        raise InputError(
            *(
                Mistake("--map cannot be read", expected="column=theirs, such as quantity=Menge", got=p)
                for p in wrong
            )
        )
    return {ours: theirs for ours, _, theirs in (pair.partition("=") for pair in pairs or ())}
