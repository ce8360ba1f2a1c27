"""Personal use that the user states: read, or every wrong cell named."""

import numpy as np
import pytest

from entrepot.discovery.given import counts, read
from entrepot.errors import InputError

HEAD = "category,units_per_year_mean,dispersion,tail_share,source\n"


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "personal use.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_stated_mean_and_dispersion_are_those_of_the_null(engine, file):
    null = read(engine, file(HEAD + "care,12,2,0,survey\n"))["care"]
    rates = np.exp(null.grid)
    mean = rates @ null.household
    spread = np.sqrt((rates - mean) ** 2 @ null.household) / mean
    assert mean * 365 == pytest.approx(12, rel=0.02)
    assert 1 / spread**2 == pytest.approx(2, rel=0.1)


def test_stated_mean_includes_heavy_households(engine, file):
    null = read(engine, file(HEAD + "care,12,2,0.1,survey\n"))["care"]
    assert np.exp(null.grid) @ null.household * 365 == pytest.approx(12, rel=0.03)


def test_every_wrong_cell_is_named_with_its_line(engine, file):
    text = HEAD + "care,0,2,0,s\n,12,-1,0,s\nlips,twelve,2,1,s\nhair,12,2,0,s\n"
    with pytest.raises(InputError) as caught:
        read(engine, file(text))
    found = [(m.what.split()[0], m.where.rsplit(" ", 1)[1]) for m in caught.value.mistakes]
    assert found == [
        ("units_per_year_mean", "2"), ("category", "3"), ("dispersion", "3"), ("units_per_year_mean", "4"),
        ("tail_share", "4"),
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf"])
def test_a_mean_that_is_no_ordinary_number_is_refused(engine, file, cell):
    with pytest.raises(InputError, match="units_per_year_mean"):
        read(engine, file(HEAD + f"care,{cell},2,0,s\n"))


def test_a_category_that_is_stated_twice_is_refused(engine, file):
    with pytest.raises(InputError, match="care"):
        read(engine, file(HEAD + "care,12,2,0,s\ncare,24,2,0,s\n"))


def test_missing_columns_are_all_named(engine, file):
    with pytest.raises(InputError) as caught:
        read(engine, file("category,source\ncare,s\n"))
    assert [m.what for m in caught.value.mistakes] == [
        f"the column {name} is missing" for name in ("units_per_year_mean", "dispersion", "tail_share")
    ]


def test_a_table_without_rows_and_a_missing_file_are_refused(engine, file, tmp_path):
    with pytest.raises(InputError, match="no rows"):
        read(engine, file(HEAD))
    with pytest.raises(InputError, match="no such file"):
        read(engine, tmp_path / "elsewhere.csv")


def test_the_sentence_of_a_category_keeps_its_name_whatever_it_holds(engine, file):
    [(count, _)] = counts(read(engine, file(HEAD + '"{0} care {x}",12,2,0,s\n')))
    assert "400 units of {0} care {x};" in count.sentence.format(count="400", expected="12", most="40")
