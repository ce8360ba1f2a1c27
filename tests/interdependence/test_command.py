"""The command `interdependence`, as it is typed."""

from __future__ import annotations

import json
import shutil

import pytest

from entrepot.cli import main


@pytest.fixture
def typed(tmp_path, monkeypatch, capfd):
    """Type a command in an empty folder: how it ended, and what it said on either stream."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        return (int(end.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def folder(made_run, tmp_path):
    shutil.copytree(made_run.folder, tmp_path / "runs" / "0001")
    return tmp_path / "runs" / "0001"


def mistakes_of(typed, *arguments):
    code, out, _ = typed(*arguments, "--json")
    return code, [mistake["what"] for mistake in json.loads(out)["error"]]


def test_help_shows_every_option_and_an_example(typed):
    code, out, _ = typed("interdependence", "--help")
    options = ("--targets", "--sellout", "--events", "--assumptions", "--recognised-on", "--threshold", "--period",
               "--against", "--memory", "--json")  # fmt: skip
    assert (
        code == 0
        and [o for o in options if o not in out] == []
        and "Example: entrepot interdependence" in out
    )


def test_it_says_what_it_found_and_where_it_lies(typed, folder):
    code, out, _ = typed("interdependence", folder, "--recognised-on", "2026-07-15")
    assert code == 0
    assert f"Run: {folder}" in out and f"Report: {folder / 'report.html'}" in out
    assert len(out.splitlines()) >= 4 and "%" in out
    assert (folder / "interdependence" / "shares.parquet").is_file()


def test_a_day_that_is_still_to_come_was_not_noticed(typed, folder):
    code, whats = mistakes_of(typed, "interdependence", folder, "--recognised-on", "2999-01-01")
    assert (code, whats) == (2, ["--recognised-on is still to come"])


def test_with_json_it_answers_one_object(typed, folder):
    code, out, _ = typed("interdependence", folder, "--json")
    answer = json.loads(out)
    assert (code, answer["run"], answer["report"]) == (0, str(folder), str(folder / "report.html"))
    assert 0 <= answer["share"]["estimate_low"] <= answer["share"]["estimate_high"] <= 1
    assert answer["settings"]["threshold_0_1"] == 0.05


def test_a_folder_that_is_no_run_ends_with_2(typed, tmp_path):
    assert mistakes_of(typed, "interdependence", tmp_path) == (2, ["there is no run"])


NO_PERIODS = (
    "2025",
    "2025-01-01",
    "2025-01-01..",
    "..2025-01-01",
    "2025-01-01..soon",
    "2025-02-30..2025-03-01",
)


@pytest.mark.parametrize("option", ["--period", "--against"])
@pytest.mark.parametrize("text", NO_PERIODS)
def test_a_period_that_cannot_be_read_ends_with_2(typed, folder, option, text):
    assert mistakes_of(typed, "interdependence", folder, option, text) == (2, [f"{option} cannot be read"])


def test_both_periods_that_cannot_be_read_are_told_at_once(typed, folder):
    code, what = mistakes_of(typed, "interdependence", folder, "--period", "x", "--against", "y")
    assert (code, what) == (2, ["--period cannot be read", "--against cannot be read"])


def test_periods_that_overlap_end_with_2_and_write_nothing(typed, folder):
    days = ("--period", "2026-01-01..2026-03-31", "--against", "2025-12-01..2026-01-31")
    assert mistakes_of(typed, "interdependence", folder, *days) == (2, ["the two periods overlap"])
    assert not (folder / "interdependence").exists()


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "15.07.2026"])
def test_a_day_that_is_none_ends_with_2(typed, folder, text):
    assert typed("interdependence", folder, "--recognised-on", text)[0] == 2


@pytest.mark.parametrize("text", ["0", "1.5", "five"])
def test_a_threshold_that_is_no_share_ends_with_2(typed, folder, text):
    assert typed("interdependence", folder, "--threshold", text)[0] == 2


def test_a_table_that_is_not_there_ends_with_2(typed, folder):
    code, _, err = typed("interdependence", folder, "--targets", "targets.csv")
    assert code == 2 and "targets" in err and "Traceback" not in err
