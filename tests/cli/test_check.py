HEAD = "order_id,ordered_at,product_id,quantity,unit_price,customer_id"
ROWS = [f"o{n},2026-01-05T10:00:00Z,p1,1,9.90,c{n}" for n in range(300)]


def test_check_counts_what_can_be_used_and_names_what_cannot(entrepot, tmp_path):
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, *ROWS, "x,2026-01-05T10:00:00Z,p1,many,9.90,c1"]))
    ended = entrepot("check", "orders.csv", "--json")
    assert ended.exit_code == 0
    assert (ended.json["counts"]["read"], ended.json["counts"]["quarantined"]) == (301, 1)
    assert [row["rows"] for row in ended.json["bad"]] == [1]


def test_check_fails_on_a_bad_row_only_where_that_was_asked(entrepot, tmp_path):
    (tmp_path / "good.csv").write_text("\n".join([HEAD, *ROWS]))
    (tmp_path / "bad.csv").write_text("\n".join([HEAD, *ROWS, "x,2026-01-05T10:00:00Z,p1,many,9.90,c1"]))
    assert entrepot("check", "good.csv", "--strict").exit_code == 0
    assert entrepot("check", "bad.csv", "--strict").exit_code == 1
    assert entrepot("check", "bad.csv").exit_code == 0


def test_check_says_in_words_what_it_found(entrepot, tmp_path):
    (tmp_path / "orders.csv").write_text("\n".join([HEAD, *ROWS]))
    ended = entrepot("check", "orders.csv")
    assert "300 usable" in ended.out and "Every row can be used." in ended.out
    assert not (tmp_path / "runs").exists()
