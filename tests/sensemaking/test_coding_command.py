"""`entrepot coding import | export | table`: from a text on disk to a project and back, and what goes wrong."""

import csv
import json

import pytest

from entrepot.cli import main
from entrepot.sensemaking.coding import read_study, write_study

from .coding_made import study


def run(*arguments):
    with pytest.raises(SystemExit) as end:
        main(["coding", *map(str, arguments)])
    return end.value.code


def test_a_text_becomes_a_source_with_all_that_was_said_of_it(tmp_path, capsys):
    (tmp_path / "talk.txt").write_bytes("ab\r\n😀".encode())
    code = run("import", tmp_path / "talk.txt", "--study", tmp_path / "s", "--group", "staff", "--informant", "S-01",
               "--at", "2026-03", "--role", "buyer", "--sensitivity", "sealed",
               "--follow-up", "a striking event")  # fmt: skip
    [source] = read_study(tmp_path / "s").sources
    assert (code, source.source, source.informants, source.at.text, source.sensitivity) == (
        0, "talk", ("S-01",), "2026-03", "sealed",
    )  # fmt: skip
    assert read_study(tmp_path / "s").texts == {"talk": "ab\r\n😀"}
    assert "1 sources" in capsys.readouterr().out


def test_consent_is_stated_or_the_answer_says_that_it_is_not(tmp_path, capsys):
    (tmp_path / "talk.txt").write_text("words", "utf-8")
    begin = ("import", tmp_path / "talk.txt", "--study", tmp_path / "s", "--group", "staff")
    assert run(*begin, "--informant", "S-01") == 0
    assert "Consent is unstated: S-01." in capsys.readouterr().out
    assert run(*begin, "--source", "b", "--informant", "S-02", "--consent", "given", "--json") == 0
    assert json.loads(capsys.readouterr().out)["consent_unstated"] == ["S-01"]
    assert run(*begin, "--source", "c", "--informant", "S-01", "--consent", "given") == 0
    assert "unstated" not in capsys.readouterr().out
    people = read_study(tmp_path / "s").informants
    assert [(each.consent, bool(each.consent_at)) for each in people] == [("given", True)] * 2
    assert run(*begin, "--consent", "maybe") == 2


def test_out_and_in_again_is_the_same(tmp_path, capsys):
    write_study(study(), tmp_path / "s")
    assert run("export", tmp_path / "s", tmp_path / "out" / "a.qdpx") == 0
    assert run("import", tmp_path / "out" / "a.qdpx", "--study", tmp_path / "t", "--json") == 0
    assert json.loads(capsys.readouterr().out.split("\n", 1)[1])["segments"] == 4
    assert read_study(tmp_path / "t").segments == study().segments
    assert run("export", tmp_path / "s", tmp_path / "a.qdc") == 0
    assert run("import", tmp_path / "a.qdc", "--study", tmp_path / "u") == 0
    assert read_study(tmp_path / "u").codes == study().codes


@pytest.mark.parametrize(
    "which", ["data", "sensemaking", "structure", "replication", "agreement", "checks", "validity"]
)
def test_every_table_is_shown_in_words_and_as_json(which, capsys):
    assert run("table", "--example", "--which", which) == 0
    assert capsys.readouterr().out.strip()
    assert run("table", "--example", "--which", which, "--json") == 0
    assert json.loads(capsys.readouterr().out)["table"] == which


def test_rows_are_written_where_that_was_asked(tmp_path):
    assert run("table", "--example", "--csv", tmp_path / "t.csv") == 0
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert [row["interviews"] for row in csv.DictReader(file)][-1] == "73"


def test_a_study_is_never_overwritten_by_another(tmp_path, capsys):
    write_study(study(), tmp_path / "s")
    run("export", tmp_path / "s", tmp_path / "a.qdpx")
    assert run("import", tmp_path / "a.qdpx", "--study", tmp_path / "s") == 2
    assert "a study is there already" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "wrong"), [
    (["import", "no.txt"], "there is no such file"), (["import", "no.qdpx"], "there is no such file"),
    (["import", "no.exe"], "there is no such file"), (["export", "nowhere", "a.qdpx"], "there is no study"),
    (["export"], "a study and a file are needed"), (["table"], "no study was given"),
    (["table", "nowhere"], "there is no study"),
    (["table", "--example", "--which", "checks", "--csv", "x.csv"], "is empty"),
])  # fmt: skip
def test_each_wrong_use_ends_with_two_and_says_why(arguments, wrong, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    assert wrong in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_leaves_the_study_as_it_was(tmp_path):
    write_study(study(), tmp_path / "s")
    (tmp_path / "x.docx").write_bytes(b"no docx")
    assert run("import", tmp_path / "x.docx", "--study", tmp_path / "s") == 2
    assert read_study(tmp_path / "s").having(sources=study().sources) == study()


def test_a_sealed_source_is_said_to_be_held_back(tmp_path, capsys):
    from dataclasses import replace

    write_study(
        study(sources=tuple(replace(s, sensitivity="sealed") for s in study().sources)), tmp_path / "s"
    )
    run("export", tmp_path / "s", tmp_path / "a.qdpx")
    assert "Held back, sealed: i1, i2, o1" in capsys.readouterr().out
