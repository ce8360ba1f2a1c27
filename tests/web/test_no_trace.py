"""What is erased from the embedded database is not readable in its files either: not in free pages, not in the log."""

import sqlite3

import pytest
from django.db import connections

from entrepot.web.database import FORGET, ON_CONNECT
from entrepot.web.records import models as records

WORDS = "they do not listen to us " * 200  # more than a page


def readable(folder):
    return sum(path.read_bytes().count(b"do not listen") for path in folder.iterdir())


def test_deleted_words_are_in_no_file_of_the_database(tmp_path):
    store = sqlite3.connect(tmp_path / "e.sqlite3")
    store.execute("PRAGMA secure_delete=OFF")  # as SQLite is built in many places
    store.executescript(ON_CONNECT + "CREATE TABLE said (n INTEGER PRIMARY KEY, words TEXT);")
    store.executemany("INSERT INTO said (words) VALUES (?)", [(WORDS,)] * 3)
    store.commit()
    store.execute("DELETE FROM said WHERE n < 3")
    store.execute("UPDATE said SET words = ''")
    store.commit()
    assert readable(tmp_path) > 0  # in the log, so that emptying it is what helps
    store.execute(FORGET)
    assert readable(tmp_path) == 0


@pytest.mark.django_db
def test_an_erasure_empties_the_log_after_its_commit(django_capture_on_commit_callbacks, monkeypatch):
    asked = []
    with django_capture_on_commit_callbacks() as due:
        records.erase("study:1")
    with monkeypatch.context() as pretend:
        pretend.setattr(connections["default"], "vendor", "sqlite")
        pretend.setattr(connections["default"], "in_atomic_block", False)  # as after a commit
        pretend.setattr(connections["default"], "cursor", lambda: Cursor(asked))
        for each in due:
            each()
    assert asked == [FORGET]


class Cursor:
    def __init__(self, asked):
        self.execute = asked.append

    def __enter__(self):
        return self

    def __exit__(self, *told):
        pass
