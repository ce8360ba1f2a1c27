"""A study as a folder that anyone can read: `study.json`, one CSV a table, the texts under `texts/`.

A folder is written whole beside its place and then renamed, so that a failure leaves the old one.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from dataclasses import fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.checking import checked
from entrepot.sensemaking.coding.rows import row_of, rows_of
from entrepot.sensemaking.coding.study import TABLES, Carried, Source, Study

ABOUT, TEXTS, CARRIED = "study.json", "texts", "carried"
PROJECT = "project.qde"
FORMAT = 1
csv.field_size_limit(2**27)


def write_study(study: Study, folder: Path | str) -> Path:
    """Write `study` as a folder; raises `InputError` where something else stands there."""
    folder = Path(folder)
    if folder.exists() and not is_study(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            Mistake(
                "something else stands there", str(folder), "a study or nothing", do="choose another folder"
            )
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fill(new, study)
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return folder


def _fill(folder: Path, study: Study) -> None:
    study = study.having(sources=_with_files(study))
    (folder / ABOUT).write_text(
        json.dumps({"name": study.name, "format": FORMAT}, ensure_ascii=False), "utf-8"
    )
    for table, kind in TABLES.items():
        if rows := getattr(study, table):
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, [each.name for each in fields(kind)])
                writer.writeheader()
                writer.writerows(row_of(row) for row in rows)
    (folder / TEXTS).mkdir()
    for source in study.sources:
        if source.source in study.texts:
            (folder / TEXTS / source.file).write_bytes(study.texts[source.source].encode())
    if study.carried.xml:
        (folder / CARRIED).mkdir()
        (folder / CARRIED / PROJECT).write_bytes(study.carried.xml.encode())
        for number, (name, data) in enumerate(study.carried.files.items()):
            place = folder / CARRIED / f"{number}" / PurePosixPath(name).name
            place.parent.mkdir()
            place.write_bytes(data)


def _with_files(study: Study) -> tuple[Source, ...]:
    """The sources with the name of the file that holds their text, different for each."""
    taken: set[str] = set()
    named = []
    for number, each in enumerate(study.sources, start=1):
        kept = "".join(
            sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in each.source
        )
        name = f"{kept[:80]}.txt" if kept.strip("-") else f"{number}.txt"
        name = name if name.lower() not in taken else f"{number}-{name}"
        taken.add(name.lower())
        named.append(replace(each, file=name if each.source in study.texts else ""))
    return tuple(named)


def read_study(folder: Path | str) -> Study:
    """The study of a folder; raises `InputError` that names every row that cannot be used."""
    folder = Path(folder)
    if not is_study(folder):
        raise InputError(
            Mistake("there is no study", str(folder), "a folder with sources.csv or codes.csv",
                    do="make one with entrepot coding import")
        )  # fmt: skip
    tables: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for table in TABLES:
        try:
            tables[table] = rows_of(table, _csv(folder / f"{table}.csv"), str(folder / f"{table}.csv"))
        except InputError as error:
            mistakes += error.mistakes
    if mistakes:
        raise InputError(*mistakes)
    sources: tuple[Source, ...] = tables["sources"]
    texts = {each.source: _text(folder, each) for each in sources if each.file}
    return checked(Study(name=_name(folder), texts=texts, carried=_carried(folder / CARRIED), **tables))


def is_study(folder: Path) -> bool:
    """Whether a study's tables stand in a folder."""
    return any((folder / name).is_file() for name in (ABOUT, "sources.csv", "codes.csv"))


def _name(folder: Path) -> str:
    if not (folder / ABOUT).is_file():
        return folder.name
    try:
        return str(json.loads((folder / ABOUT).read_text("utf-8"))["name"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            Mistake("the file is broken", str(folder / ABOUT), '{"name": …}', str(error))
        ) from error


def _csv(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(Mistake("the file cannot be read", str(path), "CSV in UTF-8", str(error))) from error


def _text(folder: Path, source: Source) -> str:
    path = folder / TEXTS / source.file
    if PurePosixPath(source.file).name != source.file or not path.is_file():
        raise InputError(
            Mistake(f"the text of {source.source} is missing", str(folder), f"{TEXTS}/{source.file}")
        )
    return path.read_bytes().decode()


def _carried(folder: Path) -> Carried:
    if not (folder / PROJECT).is_file():
        return Carried()
    files = {
        f"sources/{path.name}": path.read_bytes()
        for number in sorted(
            (each for each in folder.iterdir() if each.is_dir()), key=lambda each: int(each.name)
        )
        for path in number.iterdir()
    }
    return Carried((folder / PROJECT).read_bytes().decode(), files)
