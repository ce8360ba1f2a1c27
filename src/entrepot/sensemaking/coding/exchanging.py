"""Bringing files into a study and taking a study out, whatever the format; the file's name tells which.

A txt, docx or pdf becomes a source. A .qdpx or .qdc becomes a study, completed from a side file
where one lies beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding import refi_reading, refi_writing, side
from entrepot.sensemaking.coding.checking import checked, ids
from entrepot.sensemaking.coding.refi_reading import Brought
from entrepot.sensemaking.coding.study import Group, Informant, Source, Study
from entrepot.sensemaking.coding.texts import READ, Text, read_text, text_of
from entrepot.sensemaking.moments import Moment

PROJECT, CODEBOOK, SIDE = ".qdpx", ".qdc", ".entrepot.json"


@dataclass(frozen=True)
class Written:
    """The files of an export, and the sources that were held back."""

    files: tuple[Path, ...]
    held_back: tuple[str, ...]


def add_text(study: Study, source: Source, data: bytes, name: str) -> Brought:
    """The study with a file as a new source; its group and informants are added where they are not there yet.

    `InputError` where the file cannot be read, a speaker has withdrawn consent, or the source is there already: a text
    under codes is never replaced.
    """
    return add_read(study, source, text_of(data, name), name)


def add_read(study: Study, source: Source, found: Text, name: str) -> Brought:
    """`add_text` with the text of a file that is read already: reading takes its time, and nothing waits for it."""
    if source.source in ids(study, "sources"):
        raise InputError(
            Mistake("a source has the id of another", name, got=source.source, do="give it another id")
        )
    left = {each.informant for each in study.informants if each.consent == "withdrawn"} & set(
        source.informants
    )
    if left:
        raise InputError(
            Mistake("they withdrew their consent", ", ".join(sorted(left)), do="do not bring it in")
        )
    groups, people = ids(study, "groups"), ids(study, "informants")
    new = [each for each in source.informants if each not in people]
    if new and not source.group:
        raise InputError(
            Mistake("a new informant has no group", ", ".join(new), do="name the group of the source")
        )
    grown = study.having(
        groups=(
            *study.groups,
            *([Group(source.group)] if source.group and source.group not in groups else []),
        ),
        informants=(*study.informants, *(Informant(each, source.group, source.role) for each in new)),
        sources=(*study.sources, replace(source, name=source.name or PurePath(name).stem)),
        texts={**study.texts, source.source: found.text},
    )
    return Brought(checked(grown), found.notices)


def consented(study: Study, source: Source, *, at: Moment) -> Study:
    """The study with the consent of those who speak in `source`, given on `at`, where none was stated."""
    new = {each.informant for each in study.informants if each.consent == "unstated"} & set(source.informants)
    return study.having(
        informants=tuple(
            replace(each, consent="given", consent_at=at) if each.informant in new else each
            for each in study.informants
        )
    )


def add_file(study: Study, source: Source, path: Path | str) -> Brought:
    """`add_text` for a file on disk."""
    return add_read(study, source, read_text(path), Path(path).name)


def read_exchange(
    data: bytes, name: str, side_data: bytes | None = None, *, line_end_is_one: bool | None = None
) -> Brought:
    """The study of a .qdpx or .qdc, with what its side file adds."""
    kind = PurePath(name.lower()).suffix
    if kind not in (PROJECT, CODEBOOK):
        raise InputError(
            Mistake("this kind of file cannot be imported", name, ", ".join((PROJECT, CODEBOOK, *READ)))
        )
    found = (
        refi_reading.read_project(data, name, line_end_is_one=line_end_is_one)
        if kind == PROJECT
        else refi_reading.read_codebook(data, name)
    )
    if side_data is None:
        return found
    return Brought(side.with_side(found.study, side_data, side_name(name)), found.notices)


def side_name(name: str) -> str:
    """The name of the side file of a project or codebook.

    >>> side_name("study.qdpx")
    'study.entrepot.json'
    """
    return f"{PurePath(name).stem}{SIDE}"


def read_file(path: Path | str, *, line_end_is_one: bool | None = None) -> Brought:
    """The study of a .qdpx or .qdc on disk; a side file beside it is read too."""
    path = Path(path)
    if not path.is_file():
        raise InputError(Mistake("there is no such file", str(path), f"a {PROJECT} or {CODEBOOK} file"))
    beside = path.with_name(side_name(path.name))
    side_data = beside.read_bytes() if beside.is_file() else None
    return read_exchange(path.read_bytes(), path.name, side_data, line_end_is_one=line_end_is_one)


def write_exchange(
    study: Study, name: str, *, sealed: bool = False
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files of an export by name, the project or codebook and its side file; and the sources held back."""
    kind = PurePath(name.lower()).suffix
    if kind not in (PROJECT, CODEBOOK):
        raise InputError(Mistake("this kind of file cannot be exported", name, f"{PROJECT} or {CODEBOOK}"))
    out = refi_writing.shown(study, sealed=sealed)
    held = tuple(sorted(set(study.texts) - set(out.texts)))
    if kind == CODEBOOK:
        out = Study(name=out.name, codes=out.codes)
        held = ()
    data = refi_writing.write_project(out) if kind == PROJECT else refi_writing.write_codebook(out)
    return {PurePath(name).name: data, side_name(name): side.write_side(out)}, held


def write_file(study: Study, path: Path | str, *, sealed: bool = False) -> Written:
    """Export to `path` and its side file; both are whole before either takes its place."""
    path = Path(path)
    files, held = write_exchange(study, path.name, sealed=sealed)
    path.parent.mkdir(parents=True, exist_ok=True)
    places = {path.with_name(name): data for name, data in files.items()}
    for place, data in places.items():
        place.with_name(place.name + ".new").write_bytes(data)
    for place in places:
        place.with_name(place.name + ".new").replace(place)
    return Written(tuple(places), held)
