"""Processes that look back: who fails is heard, who is not awaited stops, and nothing is left running."""

import os
import pickle
import subprocess
import sys
from datetime import date
from types import SimpleNamespace

import pytest

from entrepot import looking_back
from entrepot.errors import InputError, Mistake


def python(code):
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True)


def test_each_month_end_that_is_done_is_told(tmp_path):
    heard = []
    (tmp_path / "then-2026-01-31.pickle").write_bytes(b"")
    looking_back._wait(tmp_path, [python("pass")], 2, heard.append)
    assert heard == ["look back: 1 of 2 month ends"]


def test_what_the_user_has_to_mend_is_raised_as_it_was_told(tmp_path):
    mistake = Mistake("there is no such file", "use.csv", do="give --personal-use a CSV file")
    (tmp_path / looking_back.FAILED).write_bytes(pickle.dumps((mistake,)))
    with pytest.raises(InputError) as caught:
        looking_back._wait(tmp_path, [python("raise SystemExit(1)")], 2, print)
    assert caught.value.mistakes == (mistake,)


@pytest.mark.parametrize(("log", "said"), [("MemoryError", "MemoryError"), ("", "ended from outside")])
def test_a_process_that_ends_without_an_answer_is_an_error_inside(tmp_path, log, said):
    (tmp_path / "0.log").write_text(log)
    with pytest.raises(RuntimeError, match=said):
        looking_back._wait(tmp_path, [python("import os; os.kill(os.getpid(), 9)")], 2, print)


def test_whoever_stops_waiting_leaves_nobody_running(tmp_path, monkeypatch):
    started = []

    def start(folder, number):
        started.append(python("import time; time.sleep(60)"))
        return started[-1]

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(looking_back, "_write", lambda *a: None)
    monkeypatch.setattr(looking_back, "_wait", stop)
    monkeypatch.setattr(looking_back, "_start", start)
    with pytest.raises(KeyboardInterrupt):
        engine = SimpleNamespace(scratch=tmp_path)
        looking_back._at_a_time(engine, None, None, [date(2026, 1, 31)] * 2, print, 2)
    assert [process.poll() for process in started] == [-9, -9]
    assert not list(tmp_path.iterdir())


def test_a_process_whose_parent_has_gone_asks_nothing_more(tmp_path, monkeypatch):
    asked = []
    settings = SimpleNamespace(personal_use=None, within=())
    task = looking_back.Task(None, settings, [[date(2026, 1, 31)]], "1GiB", 1, os.getppid() + 1)
    (tmp_path / looking_back.TASK).write_bytes(pickle.dumps(task))
    monkeypatch.setattr(looking_back, "asked_at", lambda *a: asked.append(a))
    monkeypatch.setattr(looking_back, "replace", lambda orders, **tables: orders)
    looking_back._ask(tmp_path, 0)
    assert not asked


@pytest.mark.parametrize(
    ("memory", "part"),
    [
        ("8GiB", "4096MiB"),
        ("9 gb", "4500MB"),
        ("80%", "40%"),
        ("700MiB", "350MiB"),
        ("1", "1"),
        ("lots", "lots"),
    ],
)
def test_each_process_has_its_part_of_the_memory(memory, part):
    assert looking_back._part_of(memory, 2) == part


def test_few_month_ends_are_asked_in_one_process(monkeypatch):
    monkeypatch.setattr(looking_back, "_cores", lambda: 3)
    assert [looking_back._usual_processes(ends) for ends in (1, 3, 4, 24)] == [1, 1, 3, 3]
