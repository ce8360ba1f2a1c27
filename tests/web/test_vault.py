"""The vault: what is sealed stands encrypted in the database, and opens with the keys of this server alone."""

import importlib
import secrets
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from entrepot.errors import InputError
from entrepot.web.coding import acting
from entrepot.web.coding.models import Sealed, Study
from entrepot.web.coding.storing import load
from entrepot.web.coding.vault import Unreadable, locked, unlocked
from entrepot.web.home import Home

WORDS = "What was said in confidence: 代购 🙂, and a lone \ud800 sign."


@pytest.fixture
def keys(monkeypatch, tmp_path):
    """Keys of another server, which may be taken in turn."""

    def take(*names):
        folder = tmp_path / "-".join(names)
        folder.mkdir(exist_ok=True)
        lines = []
        for name in names:
            (tmp_path / name).mkdir(exist_ok=True)
            lines += Home(tmp_path / name).vault_keys[:1]
        (folder / "vault.key").write_text("\n".join(lines), encoding="ascii")
        monkeypatch.setattr(settings, "ENTREPOT", Home(folder))

    return take


@pytest.mark.parametrize("words", ["", WORDS, "x" * 200_000])
def test_words_come_back_and_stand_nowhere_meanwhile(keys, words):
    keys("a")
    kept = locked(words)
    assert unlocked(kept) == words and not isinstance(unlocked(kept), Unreadable)
    assert "confidence" not in kept and kept != locked(words)


@pytest.mark.parametrize(
    "change", [lambda kept: kept[:-9] + kept[-8:], lambda kept: "", lambda kept: "plain words"]
)
def test_what_was_changed_in_the_database_does_not_open(keys, change):
    keys("a")
    assert isinstance(unlocked(change(locked(WORDS))), Unreadable)


def test_another_key_opens_nothing_and_a_line_more_opens_both(keys):
    keys("a")
    old = locked(WORDS)
    keys("b")
    new = locked(WORDS)
    assert isinstance(unlocked(old), Unreadable)
    keys("b", "a")
    assert unlocked(old) == unlocked(new) == WORDS
    keys("a")
    assert isinstance(unlocked(new), Unreadable)


def test_a_key_that_is_appended_as_it_lies_in_the_backup_is_a_line_more(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        _ = Home(tmp_path / name).vault_keys
    old = (tmp_path / "old" / "vault.key").read_bytes()
    with (tmp_path / "new" / "vault.key").open("ab") as file:
        file.write(old)
    assert Home(tmp_path / "new").vault_keys[1:] == [old.decode().strip()]


def test_who_starts_while_the_key_is_made_reads_no_half_of_it(tmp_path, monkeypatch):
    """Another process comes while ours makes its key: it makes one of its own, and both use that."""
    real, others = secrets.token_bytes, []

    def slow(n):
        if not others:
            others.append(None)
            others[0] = Home(tmp_path).vault_keys
        return real(n)

    monkeypatch.setattr("entrepot.web.home.secrets.token_bytes", slow)
    assert Home(tmp_path).vault_keys == others[0]
    assert [each.name for each in tmp_path.iterdir()] == ["vault.key"]


def test_the_key_is_made_once_for_the_owner_alone(tmp_path):
    made = Home(tmp_path).vault_keys
    assert Home(tmp_path).vault_keys == made and len(made) == 1
    assert (tmp_path / "vault.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("text", "got"), [("", "an empty file"), ("short", "none in line 1"), ("ä=", "none in line 1")]
)
def test_a_key_that_is_none_is_told(tmp_path, text, got):
    (tmp_path / "vault.key").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=got):
        _ = Home(tmp_path).vault_keys


@pytest.fixture
def sealed(colleague):
    """A sealed text, with somebody who may open it."""
    one = colleague("facilitator")
    study = Study.objects.create(name="S", by=one)
    row = Sealed.objects.create(study=study, source="s1", text="What was said in confidence.")
    row.named.create(colleague=one)
    return row, one


def test_the_database_does_not_tell_what_is_sealed(sealed):
    row, _colleague = sealed
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM coding_sealed")
        [(kept,)] = cursor.fetchall()
    assert "confidence" not in kept
    assert Sealed.objects.get(pk=row.pk).text == "What was said in confidence."
    assert not Sealed.objects.filter(text="What was said in confidence.").exists()


def test_without_its_key_a_text_stays_shut_and_nothing_goes_on_record(sealed, keys):
    row, colleague = sealed
    opening = row.openings.create(colleague=colleague, until=timezone.now() + timedelta(hours=1))
    assert load(row.study, colleague).study.texts == {"s1": "What was said in confidence."}
    keys("another")
    opened = load(row.study, colleague)
    assert (opened.hidden, opened.study.texts) == ({"s1"}, {})
    opening.delete()
    with pytest.raises(InputError, match="another key"):
        acting.open_sealed(Sealed.objects.get(pk=row.pk), by=colleague, why="To read", at=None)
    assert not row.openings.exists()


def _migration():
    """The migration, and the apps as they were before: the column is plain text."""
    state = MigrationExecutor(connection).loader.project_state(("coding", "0003_stamps"))
    return importlib.import_module("entrepot.web.coding.migrations.0004_vault"), state.apps


def test_a_dump_and_its_migration_lock_what_stood_there_in_the_clear(sealed):
    row, _colleague = sealed
    with connection.cursor() as cursor:
        cursor.execute("UPDATE coding_sealed SET text = 'As it was kept before.'")
    migration, before = _migration()
    migration.lock(before, None)
    assert Sealed.objects.get(pk=row.pk).text == "As it was kept before."
    migration.unlock(before, None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM coding_sealed")
        assert cursor.fetchall() == [("As it was kept before.",)]


def test_two_servers_that_migrate_at_once_lock_once(sealed):
    row, _colleague = sealed
    migration, before = _migration()
    migration.lock(before, None)
    assert Sealed.objects.get(pk=row.pk).text == "What was said in confidence."


def test_the_way_back_empties_nothing_whose_key_is_away(sealed, keys, monkeypatch):
    row, _colleague = sealed
    migration, before = _migration()
    here = settings.ENTREPOT
    keys("another")
    migration.unlock(before, None)
    monkeypatch.setattr(settings, "ENTREPOT", here)
    assert Sealed.objects.get(pk=row.pk).text == "What was said in confidence."


def test_a_file_system_without_links_keeps_a_key_too(tmp_path, monkeypatch):
    def none(*_names):
        raise PermissionError("links are not supported")

    monkeypatch.setattr("os.link", none)
    made = Home(tmp_path).vault_keys
    assert Home(tmp_path).vault_keys == made
    assert [path.name for path in tmp_path.iterdir()] == ["vault.key"]
