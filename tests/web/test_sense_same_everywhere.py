"""The same acts and answers give the same answer from the command line and from the server: the paper's two firms."""

import csv
import json

import pytest

from entrepot.cli import main
from entrepot.sensemaking.cases import CASES
from entrepot.web.people.models import Colleague
from entrepot.web.records.models import Body, Record
from entrepot.web.sensemaking import leading
from tests.web.sense_fixtures import facilitator
from tests.web.test_sense_account import program as program

pytestmark = pytest.mark.django_db
LEFT_OUT = ("question", "round", "attributed", "origin", "reason")
GOLDEN = {
    "BeautyMore": ("determined", "top-down", "restricted"),
    "SkinGood": ("open-ended", "none", "minimal"),
}


def rows(table, firm):
    with CASES[table].open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["question"] == firm]


@pytest.fixture
def brought(program, facilitator):
    """A question of the server with the acts and readings of a firm, but those acts that are left out."""

    def make(firm, without=()):
        made = leading.ask(firm, "", "", by=facilitator)
        numbers = {}
        for row in rows("acts", firm):
            if row["kind"] in without:
                continue
            sent = {name: value for name, value in row.items() if name not in ("act", "question")}
            sent |= {
                "answers": numbers.get(row["answers"]),
                "to_units": [u for u in row["to_units"].split(";") if u],
            }
            answer = program("POST", f"questions/{made.pk}/acts", sent)
            assert answer.status_code == 201, answer.content
            numbers[row["act"]] = answer.json()["number"]
        readings = [
            {
                n: v
                for n, v in row.items()
                if (n not in LEFT_OUT and v != "") or n in ("stakeholder", "unit", "level", "dimension")
            }
            for row in rows("assessments", firm)
        ]
        for row in readings:
            row |= {"score": int(row["score"])} if "score" in row else {}
        answer = program("POST", f"questions/{made.pk}/readings", {"rows": readings})
        assert answer.status_code == 201, answer.content
        return made

    return make


def from_the_command_line(firm, without, folder, capsys):
    for table in CASES:
        found = [row for row in rows(table, firm) if row.get("kind") not in without]
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows(table, firm)[0])
            writer.writeheader()
            writer.writerows(found)
    with pytest.raises(SystemExit) as end:
        main(["sense", str(folder / "assessments.csv"), "--acts", str(folder / "acts.csv"), "--json"])
    assert not end.value.code
    (found,) = json.loads(capsys.readouterr().out).popitem()[1]
    return found


@pytest.mark.parametrize("firm", GOLDEN)
@pytest.mark.parametrize("without", [(), ("concluded", "left_open")])
def test_the_papers_firms_come_out_the_same(firm, without, brought, program, tmp_path, capsys):
    made = brought(firm, without)
    here = program("GET", f"questions/{made.pk}/sense").json()
    there = from_the_command_line(firm, without, tmp_path, capsys)
    ours, told = (
        {n: v for n, v in said.items() if n not in ("question", "rests_on")} for said in (here, there)
    )
    assert ours == told
    found = tuple(here[name] for name in ("account", "integration", "form"))
    assert (found == GOLDEN[firm]) is not bool(without)


def test_a_reading_leaves_no_view_in_records_and_goes_when_it_is_taken_away(brought, program):
    made = brought("SkinGood")
    record = Record.objects.filter(kind="texts read").get()
    assert json.loads(Body.objects.get(record=record).text) == {"rows": made.readings.count()}
    assert program("DELETE", f"questions/{made.pk}/readings").status_code == 204
    assert program("GET", f"questions/{made.pk}/sense").json()["account"] == "forming"


def test_a_reading_is_no_answer_and_one_mistake_keeps_them_all_out(program, facilitator):
    made = leading.ask("Q", "", "", by=facilitator)
    row = {
        "stakeholder": "CEO",
        "unit": "top",
        "level": "leader",
        "dimension": "legitimacy",
        "source": "press",
    }
    wrong = [{**row, "score": 3}, {**row, "status": "given"}, {**row, "score": 1, "source": ""}]
    for each in wrong:
        sent = program("POST", f"questions/{made.pk}/readings", {"rows": [{**row, "score": 1}, each]})
        assert sent.status_code == 422 and not made.readings.exists()
