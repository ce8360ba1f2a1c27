"""Every Python and console snippet of the docs is run, page by page, in a folder like the reader's.

The installed command is started once. The commands of the pages go, word for word, to the same front door in this
process: starting Python and loading the engine anew takes longer than most of them.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import ibis
import pytest
from pages import PAGES, ROOT, name, snippets

from entrepot.cli import main
from entrepot.simulation import market

SHOPIFY = {
    "Name": "order_id",
    "Created at": "ordered_at",
    "Lineitem sku": "product_id",
    "Lineitem quantity": "quantity",
    "Lineitem price": "unit_price",
    "Currency": "currency",
    "Email": "email",
}


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A reader's exports: orders, customers and products as CSV, and the same orders under other names."""
    made = market.make(tmp_path_factory.mktemp("market"), customers=400, months=3, seed=2)
    folder = tmp_path_factory.mktemp("shop")
    tables = {table: ibis.read_parquet(made.path(table)) for table in ("orders", "customers", "products")}
    for table, rows in tables.items():
        rows.to_csv(folder / f"{table}.csv")
    orders = tables["orders"]
    orders.rename(Invoice="order_id", Qty="quantity").to_csv(folder / "export.csv")
    orders.mutate(
        ordered_at=orders.ordered_at.strftime("%d.%m.%Y %H:%M"),
        unit_price=orders.unit_price.cast("string").replace(".", ","),
        discount=orders.discount.cast("string").replace(".", ","),
    ).to_csv(folder / "excel.csv")
    emails = tables["customers"].select("customer_id", "email")
    known = orders.select(*[c for c in orders.columns if c != "email"]).join(emails, "customer_id")
    known.select(**{theirs: known[ours] for theirs, ours in SHOPIFY.items()}).to_csv(
        folder / "orders_export.csv"
    )
    return folder


@pytest.fixture
def reader(shop, tmp_path, monkeypatch):
    for file in shop.iterdir():
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def shell(command: str) -> None:
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def run(command: str) -> None:
    program, *arguments = shlex.split(command)
    if program == "make":
        return shell(f"make --dry-run --directory {ROOT} {shlex.join(arguments)}")
    assert program == "entrepot"
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert not end.value.code, command


def test_the_command_that_the_pages_name_is_installed(reader):
    shell("entrepot check orders.csv --timezone Asia/Seoul")


@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page)], ids=name)
def test_the_snippets_of_a_page_run_from_first_to_last(page, reader):
    names = {}
    for snippet in snippets(page):
        if snippet.language == "python":
            exec(compile(snippet.text, str(page), "exec"), names)
        for command in snippet.commands if snippet.language == "console" else ():
            run(command)
