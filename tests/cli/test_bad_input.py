"""Whatever is wrong with input or question: one clear error, exit code 2, no run that looks whole."""

import gzip
import os

import pytest

HEAD = "order_id,ordered_at,product_id,quantity,unit_price,customer_id,currency"
GOOD = [
    f"o{n},2026-01-{n % 28 + 1:02d}T10:{n % 60:02d}:00Z,p{n % 7},1,9.90,c{n % 20},EUR" for n in range(200)
]


def with_row(row: str) -> str:
    return "\n".join([HEAD, *GOOD, *[row] * 40])


BAD_FILES = {
    "a column is missing": (
        "order_id,ordered_at,product_id,unit_price\no1,2026-01-01T10:00:00Z,p1,9",
        "quantity",
    ),
    "empty": ("", "empty"),
    "only a heading": (HEAD, ""),
    "a date in the future": (with_row("x,2999-01-01T10:00:00Z,p1,1,9.90,c1,EUR"), "future"),
    "a date as text": (with_row("x,next Tuesday,p1,1,9.90,c1,EUR"), "next Tuesday"),
    "a quantity of 1e9": (with_row("x,2026-01-05T10:00:00Z,p1,1e9,9.90,c1,EUR"), "quantity"),
    "a quantity that is no number": (with_row("x,2026-01-05T10:00:00Z,p1,NaN,9.90,c1,EUR"), "quantity"),
    "a negative price": (with_row("x,2026-01-05T10:00:00Z,p1,1,-9.90,c1,EUR"), "unit_price"),
    "one currency missing": (with_row("x,2026-01-05T10:00:00Z,p1,1,9.90,c1,"), "currency"),
    "two currencies": (with_row("x,2026-01-05T10:00:00Z,p1,1,9.90,c1,KRW"), "currenc"),
    "times without a zone": ("\n".join([HEAD, *[row.replace("Z,", ",") for row in GOOD]]), "timezone"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_file_that_cannot_be_used_is_one_clear_error(entrepot, tmp_path, what):
    text, named = BAD_FILES[what]
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    ended = entrepot("discover", "orders.csv")
    assert ended.exit_code == 2
    assert named in ended.err and "Traceback" not in ended.err
    assert list((tmp_path / "runs").glob("*")) == list((tmp_path / "runs").glob(".*")) == []


def test_half_of_the_rows_under_one_customer_id_is_told_with_the_way_out(entrepot, tmp_path):
    rows = [f"o{n},2026-01-05T10:00:00Z,p1,1,9.90,{'walk-in' if n % 5 else f'c{n}'},EUR" for n in range(600)]
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, *rows]))
    ended = entrepot("check", "orders.csv")
    assert ended.exit_code == 2 and "walk-in" in ended.err and "anonymous" in ended.err
    assert entrepot("check", "orders.csv", "--anonymous", "walk-in").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", b"PK\x03\x04 an Excel workbook"),
        ("orders.csv", (HEAD + "\n" + "\n".join(GOOD)).replace("p1", "Größe").encode("latin-1")),
        ("orders.parquet", b"PAR1 this is no Parquet file"),
        ("orders.csv.gz", gzip.compress((HEAD + "\n" + "\n".join(GOOD)).encode())[:300]),
    ],
    ids=["a workbook", "another encoding", "broken Parquet", "a cut gzip"],
)
def test_a_file_that_is_not_what_its_name_says_is_one_clear_error(entrepot, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    ended = entrepot("discover", name)
    assert ended.exit_code == 2
    assert name in ended.err and "Traceback" not in ended.err
    assert list((tmp_path / "runs").glob("*")) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["discover", "nothing.csv"], "nothing.csv"),
        (["discover", "orders.csv", "--preset", "amazon"], "amazon"),
        (["discover", "orders.csv", "--map", "quantity"], "--map"),
        (["discover", "orders.csv", "--map", "quantity=Menge"], "Menge"),
        (["discover", "orders.csv", "--timezone", "Mars/Olympus"], "Mars/Olympus"),
        (["discover", "orders.csv", "--fdr", "5"], "fdr"),
        (["discover", "orders.csv", "--fdr", "many"], "--fdr"),
        (["discover", "orders.csv", "--engine", "spark"], "only DuckDB"),
        (["discover", "orders.csv", "--memory", "plenty"], "memory"),
        (["discover", "orders.csv", "--as-of", "yesterday"], "yesterday"),
        (["discover", "orders.csv", "--as-of", "1999-01-01"], "no order line can be used"),
        (["discover", "orders.csv", "--previous", "nowhere"], "nowhere"),
        (["discover", "orders.csv", "--purpose", ""], "purpose"),
        (["discover", "orders.csv", "--customers", "nobody.csv"], "nobody.csv"),
        (["discover", "orders.csv", "--personal-use", "none.csv"], "none.csv"),
        (["discover", "--colour", "red"], "--colour"),
        (["explain", "nowhere", "a", "b"], "nowhere"),
        (["report", "nowhere"], "nowhere"),
        (["subject", "c1", "export", "--runs", "nowhere"], "c1"),
        (["subject", "c1", "forget"], "forget"),
        (["dance"], "dance"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_question_is_one_clear_error(entrepot, tmp_path, arguments, named):
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, *GOOD]))
    ended = entrepot(*arguments)
    assert ended.exit_code == 2
    assert named in ended.err and "Traceback" not in ended.err
    assert list((tmp_path / "runs").glob("*")) == []


def test_all_mistakes_are_told_at_once_and_as_json_where_that_was_asked(entrepot):
    ended = entrepot("check", "nothing.csv", "--customers", "nobody.csv", "--json")
    whats = [mistake["what"] for mistake in ended.json["error"]]
    assert ended.json["exit_code"] == ended.exit_code == 2
    assert whats == ["a path does not exist"] * 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_one_clear_error(entrepot, tmp_path):
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, *GOOD]))
    (tmp_path / "locked").mkdir(mode=0o500)
    ended = entrepot("discover", "orders.csv", "--out", "locked/run")
    assert ended.exit_code == 2 and "locked" in ended.err


def test_orders_that_name_no_buyer_are_an_honest_answer(entrepot, tmp_path):
    """The five required columns are enough to be read, and too little to judge anybody by."""
    rows = [row.split(",") for row in [HEAD, *GOOD]]
    (tmp_path / "orders.csv").write_text("\n".join(",".join(row[:5]) for row in rows))
    ended = entrepot("discover", "orders.csv", "--hindsight-months", "2")
    assert ended.exit_code == 0 and "No order names a buyer, so nobody can be judged." in ended.out
    told = entrepot("interdependence", "runs/0001")
    assert told.exit_code == 0 and "cannot be told" in told.out


@pytest.mark.parametrize(
    ("quantity", "price", "named"), [("1", "0", "nothing was paid"), ("-1", "9.90", "return or cancellation")]
)
def test_where_nothing_was_sold_it_is_said_what_the_rows_were(entrepot, tmp_path, quantity, price, named):
    rows = [f"o{n},2026-01-05T10:00:00Z,p1,{quantity},{price},c{n},EUR" for n in range(20)]
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, *rows]))
    ended = entrepot("check", "orders.csv")
    assert ended.exit_code == 2 and f"{named}" in ended.err and "(20)" in ended.err


def test_an_as_of_day_that_is_still_to_come_is_refused(entrepot, tmp_path):
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, *GOOD]))
    ended = entrepot("discover", "orders.csv", "--as-of", "2999-01-01")
    assert ended.exit_code == 2 and "--as-of is still to come" in ended.err
