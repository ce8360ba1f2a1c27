"""Where a server keeps what is its own: one folder, readable by its owner only.

HOME/secret.key       signs sessions and links; made at the first start
HOME/vault.key        locks the words of sealed sources; made at the first start
HOME/entrepot.sqlite3 the database, unless DATABASE_URL names another
HOME/runs/            runs, as `entrepot discover` writes them
HOME/uploads/         files that were sent in
HOME/ballots/         keys of open rounds, which no backup should hold; gone at the close
HOME/mail/            letters, where no mail server is configured
HOME/server.toml      optional settings; `docs/how-to/deploy.md` lists them
"""

from __future__ import annotations

import base64
import os
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from entrepot.errors import InputError, Mistake

FOLDER_VARIABLE, DATABASE_VARIABLE = "ENTREPOT_HOME", "DATABASE_URL"
DEFAULT = Path("entrepot-home")


@dataclass(frozen=True)
class Home:
    """The folder of a server and what its surroundings say: `database_url` is empty for the embedded database."""

    folder: Path
    database_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Home:
        """The home that the variables ENTREPOT_HOME and DATABASE_URL name."""
        folder = Path(environment.get(FOLDER_VARIABLE) or DEFAULT)
        return cls(folder.resolve(), environment.get(DATABASE_VARIABLE, ""))

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def sqlite(self) -> Path:
        return self.folder / "entrepot.sqlite3"

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """`server.toml`; raises `InputError` where it is no TOML."""
        path = self.folder / "server.toml"
        if not path.is_file():
            return {}
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(
                Mistake("server.toml cannot be read", str(path), "a TOML file", str(error))
            ) from error

    def prepare(self) -> Home:
        """Make the folders that are missing; raises `InputError` where that is not allowed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (self.runs, self.uploads, self.mail):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise InputError(
                Mistake("the server's folder cannot be made", str(self.folder), "a folder in which you may write",
                        error.strerror or str(error), f"set {FOLDER_VARIABLE} to a folder of yours")
            ) from error  # fmt: skip
        return self

    @cached_property
    def secret_key(self) -> str:
        """The key that signs sessions and links, made at the first use; whoever has it can sign in as anybody."""
        return _made_once(self.folder / "secret.key", lambda: secrets.token_urlsafe(48))

    @cached_property
    def vault_keys(self) -> Sequence[str]:
        """The keys of sealed testimony, one a line: the first locks, each opens; `InputError` on what is none."""
        path = self.folder / "vault.key"
        keys = _made_once(path, _new_key).split()
        wrong = [n for n, key in enumerate(keys, 1) if not _is_key(key)]
        if wrong or not keys:
            raise InputError(
                Mistake("the key of the vault cannot be used", str(path), "32 bytes in base64, one key a line",
                        f"none in line {wrong[0]}" if wrong else "an empty file", "put the file of a backup back")
            )  # fmt: skip
        return keys


def _new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii") + "\n"


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def _on_disk(folder: Path) -> None:
    """The names in `folder` outlive a power cut."""
    if os.name == "posix":
        there = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(there)
        finally:
            os.close(there)


def _named(coming: Path, path: Path) -> None:
    """Call it `path`, unless another process was first: then its key holds."""
    try:
        os.link(coming, path)
    except FileExistsError:
        pass
    except OSError:  # some file systems know no links; what they know is not proof against two at once
        if not path.exists():
            coming.rename(path)


def _made_once(path: Path, make: Callable[[], str]) -> str:
    """What `path` holds; made where it is missing, for the owner alone.

    It gets its name when all of it is on disk: whoever starts beside us reads no half of it, and what was locked is
    never there without its key.
    """
    if not path.is_file():
        coming = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        made = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(made, "w", encoding="ascii") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            _named(coming, path)
        finally:
            coming.unlink(missing_ok=True)
        _on_disk(path.parent)
    return path.read_text(encoding="ascii", errors="replace")
