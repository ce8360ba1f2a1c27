"""The pages of runs: history, progress, a whole run with report and tables, two side by side, and one that is gone."""

import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from entrepot.errors import Mistake
from entrepot.report.words import unbroken
from entrepot.web.records.models import Record
from entrepot.web.runs import comparing, queue, steps
from entrepot.web.runs.bringing import bring
from entrepot.web.runs.models import Run

from .bring_once import bring_once
from .runs_fixtures import asked as asked
from .runs_fixtures import clean_home as clean_home
from .runs_fixtures import said as said

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from made_run import HOSTILE, made_run

pytestmark = pytest.mark.django_db


def written(folder: Path, *, key: str = "k", **more) -> Path:
    """The folder of a run with a report and a key of its codes."""
    import json

    from entrepot.report import write

    made_run(folder, actors=80, listed=9, **more)
    record = folder / "run.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"pseudonym_key": key}))
    write(folder)
    return folder


def made(folder: Path, **more) -> Run:
    """The run of such a folder, brought in."""
    return bring(written(folder, **more))


@pytest.fixture(scope="module")
def made_folder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("made") / "0001")


@pytest.fixture
def run(made_folder):
    return bring_once(made_folder)


def words(answer) -> str:
    return answer.content.decode()


def at_work(run: Run, step: str = "look back: 3 of 12 month ends", done: int = 2) -> Run:
    queue.claim(1)
    queue.step(run, step, done)
    return Run.objects.get(pk=run.pk)


def test_the_history_teaches_before_the_first_run(signed_in):
    assert "Here will stand each analysis" in words(signed_in("viewer").get("/runs/"))
    assert "Start the first run" not in words(signed_in("viewer").get("/runs/"))
    assert "Start the first run" in words(signed_in("analyst").get("/runs/"))


def test_the_history_says_who_when_how_long_and_what(run, asked, signed_in):
    page = words(signed_in("viewer").get("/runs/")) if asked() else ""
    for part in (run.headline["sentence"], "waiting", "analyst@firm.example", "brought from a folder"):
        assert part in page


def test_progress_shows_every_step_and_how_far_it_is(asked, signed_in):
    run = at_work(asked())
    page = words(signed_in("viewer").get(f"/runs/run/{run.name}"))
    assert 'aria-current="step"' in page
    assert "3 of 12" in page
    assert page.count('class="done"') == 2
    assert f'hx-get="/runs/run/{run.name}/progress"' in page
    assert f'href="/runs/run/{run.name}"' in page  # refreshes without a script
    assert steps.done_of_100(run) == round(100 * 2.25 / 12)


def test_the_part_that_is_polled_turns_into_the_page_when_the_run_is_over(asked, signed_in):
    run, client = at_work(asked()), signed_in("viewer")
    assert client.get(f"/runs/run/{run.name}/progress").status_code == 200
    queue.whole(run)
    answer = client.get(f"/runs/run/{run.name}/progress")
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_the_steps_are_those_that_the_analysis_tells(tmp_path):
    from entrepot.analysis import discover
    from entrepot.measuring import measure

    from .runs_fixtures import orders

    (tmp_path / "o.csv").write_bytes(orders(800))
    told, seen = [], []
    tell = steps.Telling(lambda name, done: (told.append(name.partition(":")[0]), seen.append(done)))
    discover(tmp_path / "o.csv", out=tmp_path / "run", hindsight_months=0, tell=tell, within=(tmp_path,))
    measure(tmp_path / "run", tell=tell, within=(tmp_path,))
    tell(steps.TAKE_IN)
    assert told == [name for name, _title in steps.ALL]
    assert seen == list(range(len(steps.ALL)))


def test_a_failed_run_says_every_mistake_and_what_to_do(asked, signed_in):
    run = asked()
    queue.failed(
        run, [Mistake("a column is missing", "orders", "quantity", "qty", "map it"), Mistake(HOSTILE[0])]
    )
    page = words(signed_in("analyst").get(f"/runs/run/{run.name}"))
    for part in (
        "A column is missing",
        "quantity",
        "Map it.",
        "Ask again unchanged",
        "2 things stand in the way",
    ):
        assert part in page
    assert HOSTILE[0] not in page


def test_only_an_analyst_cancels_and_asks_again(asked, signed_in):
    run = asked()
    for act in ("cancel", "again"):
        assert signed_in("viewer").post(f"/runs/run/{run.name}/{act}").status_code == 403
        assert signed_in("analyst").get(f"/runs/run/{run.name}/{act}").status_code == 405
    signed_in("analyst").post(f"/runs/run/{run.name}/cancel")
    assert Run.objects.get(pk=run.pk).state == "cancelled"
    signed_in("analyst").post(f"/runs/run/{run.name}/again")
    assert Run.objects.get(pk=run.pk).state == "waiting"


def test_a_run_shows_settings_hashes_quarantine_counts_and_no_path_of_the_server(run, signed_in):
    page = words(signed_in("viewer").get("/runs/run/0001"))
    for part in (
        unbroken(run.headline["sentence"]),
        "ab" * 32,
        "not a number",
        "120,000",
        "find resale among loyalty members",
    ):
        assert part in page
    assert "/home/anna" not in page
    assert "<script>alert" not in page


def test_the_report_runs_its_scripts_in_a_sandbox_and_nowhere_else(run, signed_in):
    client = signed_in("viewer")
    policy = client.get("/runs/run/0001/report")["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts allow-downloads")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in client.get("/runs/run/0001")["Content-Security-Policy"]


@pytest.mark.parametrize(("role", "may", "may_not"), [
    ("viewer", "findings", "links"), ("viewer", "evidence", "quarantine"), ("analyst", "quarantine", "actors"),
    ("reviewer", "links", "quarantine"),
])  # fmt: skip
def test_a_table_goes_to_whom_it_may(run, signed_in, role, may, may_not):
    client = signed_in(role)
    assert client.get(f"/runs/run/0001/table/{may}").status_code == 200
    assert client.get(f"/runs/run/0001/table/{may_not}").status_code == 403
    assert f"/table/{may_not}" not in words(client.get("/runs/run/0001"))


def test_who_takes_customers_stands_in_the_records(run, signed_in):
    signed_in("reviewer").get("/runs/run/0001/table/links").getvalue()
    assert '"table": "links"' in Record.objects.get(kind="table taken").body.text


@pytest.mark.parametrize(
    "name", ["run", "identities", "../run", "..%2f..%2fsecret", "log", "findings.parquet", "none"]
)
def test_nothing_else_of_a_folder_is_given_away(run, signed_in, name):
    (run.path / "identities.parquet").write_bytes((run.path / "findings.parquet").read_bytes())
    assert signed_in("reviewer").get(f"/runs/run/0001/table/{name}").status_code == 404


def test_a_table_comes_as_csv_that_a_spreadsheet_does_not_run(run, signed_in):
    text = signed_in("analyst").get("/runs/run/0001/table/quarantine").getvalue().decode("utf-8-sig")
    assert text.splitlines()[0] == "file,line,column,value,reason"
    assert "\"'=HYPERLINK(" in text


def test_a_table_comes_as_parquet_too(run, signed_in):
    raw = signed_in("viewer").get("/runs/run/0001/table/findings?as=parquet").getvalue()
    assert pq.read_table(pa.BufferReader(raw)).num_rows == 80


def test_a_run_whose_folder_is_gone_says_so_everywhere(run, tmp_path, signed_in):
    other = made(tmp_path / "0002")
    shutil.rmtree(run.path)
    client = signed_in("analyst")
    page = client.get("/runs/run/0001")
    assert (page.status_code, "is gone" in words(page)) == (410, True)
    assert unbroken(run.headline["sentence"]) in words(page)
    assert client.get("/runs/run/0001/report").status_code == 404
    assert client.get(f"/runs/compare?was={run.name}&now={other.name}").status_code == 410
    for address in ("/runs/", "/runs/new", "/"):
        assert client.get(address).status_code == 200


def test_a_report_that_is_gone_says_so(run, signed_in):
    run.folder.report.unlink()
    assert signed_in("viewer").get("/runs/run/0001/report").status_code == 410


@pytest.mark.parametrize("query", ["", "?was=0001", "?was=0001&now=none", "?was=<script>&now=0001"])
def test_what_cannot_be_compared_is_not_there(run, signed_in, query):
    assert signed_in("viewer").get(f"/runs/compare{query}").status_code == 404


def test_a_run_is_not_compared_with_itself(run, signed_in):
    assert signed_in("viewer").get("/runs/compare?was=0001&now=0001").status_code == 422


def changed(run: Run, change) -> None:
    """Let `change` make other findings of the run's."""
    path = run.path / "findings.parquet"
    rows = pq.read_table(path)
    listed = [row for row in rows.to_pylist() if row["flagged"]]
    others = [row for row in rows.to_pylist() if not row["flagged"]]
    change(listed, others)
    pq.write_table(pa.Table.from_pylist(listed + others, schema=rows.schema), path)


@pytest.fixture
def pair(tmp_path):
    """Two runs, the later of which keeps the ids of the earlier; one came, one went, one merged, two changed."""
    earlier, later = made(tmp_path / "0001"), made(tmp_path / "0002")
    later.previous = earlier
    later.save()
    names = {}

    def change(listed, others):
        others[0].update(flagged=True, resale_evidence=9.0)
        listed[0].update(flagged=False)
        listed[1].update(kind="creator")
        listed[2].update(resale_evidence=listed[2]["resale_evidence"] + 2)
        names.update(
            new=others[0],
            gone=listed[0],
            kind=listed[1],
            evidence=listed[2],
            merged=listed[3],
            into=listed[4],
        )
        del listed[3]

    changed(later, change)
    rows = [{"actor_id": names["into"]["actor_id"], "was": names["merged"]["actor_id"], "change": "merged"}]
    pq.write_table(pa.Table.from_pylist(rows), later.path / "actor_changes.parquet")
    return earlier, later, {what: row["actor_id"] for what, row in names.items()}


def ids(pairs) -> list[str]:
    return [pair.actor_id for pair in pairs]


def test_two_runs_say_who_came_who_went_and_who_changed(pair):
    earlier, later, who = pair
    found = comparing.compare(earlier, later)
    assert found.ids_last
    assert ids(found.new) == [who["new"]]
    assert set(ids(found.gone)) == {who["gone"], who["merged"]}
    assert (ids(found.kind), ids(found.evidence)) == ([who["kind"]], [who["evidence"]])
    assert found.stayed == 7


def test_who_merged_is_said_to_be_part_of_the_other(pair, signed_in):
    earlier, later, who = pair
    found = comparing.compare(earlier, later)
    merged = next(p for p in found.gone if p.actor_id == who["merged"])
    page = words(signed_in("viewer").get(f"/runs/compare?was={earlier.name}&now={later.name}"))
    assert f"is part of {merged.how} now" in page
    assert "1 new on the list, 2 no longer on it" in page


def test_the_earlier_stands_first_whichever_way_one_asks(pair, signed_in):
    earlier, later, _who = pair
    page = words(signed_in("viewer").get(f"/runs/compare?was={later.name}&now={earlier.name}"))
    assert "1 new on the list" in page


def test_runs_that_do_not_keep_ids_are_matched_by_their_customers(tmp_path):
    earlier, later = made(tmp_path / "0001"), made(tmp_path / "0002")

    def rename(listed, others):
        for row in listed:
            row["actor_id"] = "new_" + row["actor_id"]

    changed(later, rename)
    path = later.path / "actors.parquet"
    rows = [{**row, "actor_id": "new_" + row["actor_id"]} for row in pq.read_table(path).to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows), path)
    found = comparing.compare(earlier, later)
    rings = set(pq.read_table(earlier.path / "actors.parquet")["actor_id"].to_pylist())
    assert not found.ids_last
    assert found.stayed == len(rings)
    assert len(found.new) == len(found.gone) == 9 - len(rings)


def test_the_same_run_twice_is_the_same_list(tmp_path, signed_in):
    earlier, later = made(tmp_path / "0001"), made(tmp_path / "0002", key="k2")
    later.previous = earlier
    later.save()
    assert comparing.compare(earlier, later).is_same
    page = words(signed_in("viewer").get(f"/runs/compare?was={earlier.name}&now={later.name}"))
    assert "all 9 stayed" in page
    assert "Neither a setting nor a file differs" in page


def test_the_home_of_a_wrong_setting_is_named_before_the_server_starts(said):
    from entrepot.errors import InputError
    from entrepot.web.runs.limits import Limits

    with pytest.raises(InputError) as error:
        Limits.of({"data_folders": ["relative"], "most_upload_gib": -1, "processes": "two"})
    assert len(error.value.mistakes) == 3


def test_a_run_that_was_brought_stands_in_the_records(run):
    assert Record.objects.filter(kind="run brought").count() == 1
    assert settings.ENTREPOT.runs in run.path.parents


def test_a_database_that_is_away_is_told_on_a_page_of_its_own(run, signed_in, monkeypatch):
    from django.db import OperationalError, connection

    def away():
        raise OperationalError("the password of the database is 123")

    client = signed_in("analyst")
    client.raise_request_exception = False
    monkeypatch.setattr(connection, "ensure_connection", away)
    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/runs/")
    assert (answer.status_code, "The database does not answer" in words(answer)) == (503, True)
    assert "123" not in words(answer)
