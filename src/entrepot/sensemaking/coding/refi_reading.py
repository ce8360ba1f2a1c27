"""A REFI-QDA project or codebook as a study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding import refi_ids as refi
from entrepot.sensemaking.coding.archives import members
from entrepot.sensemaking.coding.checking import checked
from entrepot.sensemaking.coding.refi_ids import model
from entrepot.sensemaking.coding.study import (
    Carried,
    Code,
    Coder,
    Group,
    Informant,
    Segment,
    Source,
    Study,
)
from entrepot.sensemaking.moments import UNKNOWN, Moment


@dataclass(frozen=True)
class Brought:
    """A study that came in, and what to know of it."""

    study: Study
    notices: tuple[str, ...] = ()


def read_project(data: bytes, name: str, *, line_end_is_one: bool | None = None) -> Brought:
    """The study of a .qdpx; `InputError` where it is broken, a bomb, or says what cannot be.

    `line_end_is_one`: the program that wrote it counts `\\r\\n` as one position; by default ATLAS.ti does.
    """
    files = members(data, name)
    inside = [each for each in files if each.endswith(".qde") and "/" not in each]
    if len(inside) != 1:
        raise InputError(
            Mistake("this is no REFI-QDA project", name, "one .qde file in it", f"{len(inside)} of them")
        )
    project = refi.parsed(files[inside[0]], refi.Project, f"{name}, {inside[0]}")
    origin = project.origin or ""
    as_one = "ATLAS" in origin.upper() if line_end_is_one is None else line_end_is_one
    texts = {guid: _text(each, files, name, origin) for guid, each in _text_sources(project)}
    known = {guid: text for guid, text in texts.items() if text is not None}
    places = {guid: _places(text) if as_one else None for guid, text in known.items()}
    sources = tuple(_source(each, guid) for guid, each in _text_sources(project))
    informants = tuple(_informants(project))
    several = _spoke_in(project, {one.informant for one in informants})
    groups = dict.fromkeys([each.group for each in sources] + [each.group for each in informants])
    study = Study(
        name=project.name,
        groups=tuple(Group(each) for each in groups if each),
        informants=informants,
        sources=tuple(replace(each, informants=several.get(each.source, ())) for each in sources),
        coders=tuple(
            Coder(each.guid, each.name or "") for each in (project.users.user if project.users else ())
        ),
        codes=_codes(project),
        segments=tuple(_segments(project, places)),
        texts=known,
        carried=_carried(project, files, origin),
    )
    notices = _notices(project, study, as_one=as_one)
    return Brought(checked(study), notices)


def read_codebook(data: bytes, name: str) -> Brought:
    """The codes of a .qdc as a study without texts."""
    book = refi.parsed(data, refi.CodeBook, name)
    sets = book.sets.set if book.sets else []
    return Brought(
        checked(Study(name=name.rpartition(".")[0], codes=_levelled(_flat(book.codes.code, ""), sets)))
    )


def _text_sources(project: refi.Project) -> Iterator[tuple[str, model.TextSourceType]]:
    """Every text of the project with the GUID of its source; of a pdf it is its representation."""
    if project.sources:
        yield from ((each.guid, each) for each in project.sources.text_source)
        yield from (
            (each.guid, each.representation) for each in project.sources.pdfsource if each.representation
        )


def _text(source: model.TextSourceType, files: Mapping[str, bytes], name: str, origin: str) -> str | None:
    if source.plain_text_content is not None:
        return source.plain_text_content
    path = source.plain_text_path or ""
    data = files.get(
        "sources/" + path.removeprefix(refi.INTERNAL),
        files.get("Sources/" + path.removeprefix(refi.INTERNAL)),
    )
    if not path.startswith(refi.INTERNAL) or data is None:
        if not source.plain_text_selection:
            return None
        raise InputError(
            Mistake(f"the text of {source.name or source.guid} is missing", name, "in sources/", path)
        )
    try:
        return data.decode("utf-8" if origin == refi.ORIGIN else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Mistake(f"the text of {source.name or source.guid} is not in UTF-8", name)
        ) from error


def _places(text: str) -> list[int]:
    """The code point of each position of a program that counts a line end as one, and of the end."""
    starts = [at for at, sign in enumerate(text) if not (sign == "\n" and at and text[at - 1] == "\r")]
    return [*starts, len(text)]


def _source(source: model.TextSourceType, guid: str) -> Source:
    values = _values(source.variable_value, "sources", refi.OF_SOURCE)
    at = Moment.read(values.pop("at", ""))
    return Source(source=guid, name=source.name or "", at=at, **values)


def _values(given: Iterable[model.VariableValueType], table: str, columns: Iterable[str]) -> dict[str, Any]:
    ours = {refi.variable_guid(table, column): column for column in columns}
    return {
        ours[each.variable_ref.target_guid]: each.text_value or ""
        for each in given
        if each.variable_ref.target_guid in ours
    }


def _informants(project: refi.Project) -> Iterator[Informant]:
    for case in project.cases.case if project.cases else ():
        values = _values(case.variable_value, "informants", refi.OF_INFORMANT)
        if values.get("group"):
            yield Informant(case.guid, **values)


def _spoke_in(project: refi.Project, known: set[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for case in project.cases.case if project.cases else ():
        for each in case.source_ref if case.guid in known else ():
            found[each.target_guid] = (*found.get(each.target_guid, ()), case.guid)
    return found


def _codes(project: refi.Project) -> tuple[Code, ...]:
    if not project.code_book:
        return ()
    return _levelled(_flat(project.code_book.codes.code, ""), project.sets.set if project.sets else [])


def _flat(codes: Iterable[Any], parent: str) -> list[Code]:
    found = []
    for each in codes:
        found.append(
            Code(
                each.guid,
                each.name,
                "concept",
                parent,
                each.description or "",
                each.color or "",
                each.is_codable,
            )
        )
        found += _flat(each.code, each.guid)
    return found


def _levelled(codes: list[Code], sets: Iterable[Any]) -> tuple[Code, ...]:
    """The codes with their level: by our sets where they are, else by how many levels stand below."""
    said = {
        member: level
        for level, name in refi.LEVEL_SETS.items() for each in sets if each.name == name
        for member in (getattr(one, "target_guid", None) or getattr(one, "guid", "") for one in each.member_code)
    }  # fmt: skip
    height: dict[str, int] = {}
    for each in reversed(codes):  # children stand after their parents
        height.setdefault(each.code, 0)
        if each.parent:
            height[each.parent] = max(height.get(each.parent, 0), height[each.code] + 1)
    levels = ("concept", "theme", "dimension")
    return tuple(
        replace(each, level=said.get(each.code, levels[min(height[each.code], 2)])) for each in codes
    )


def _segments(project: refi.Project, places: Mapping[str, list[int] | None]) -> Iterator[Segment]:
    for guid, source in _text_sources(project):
        for each in source.plain_text_selection:
            first, last = _span(each.start_position, each.end_position, places.get(guid))
            for coding in each.coding:
                yield Segment(
                    segment=coding.guid, source=guid, first=first, last=last, code=coding.code_ref.target_guid,
                    coder=coding.creating_user or each.creating_user or "",
                    at=_moment(coding.creation_date_time or each.creation_date_time),
                    note=each.description or "", selection=each.guid,
                )  # fmt: skip


def _span(first: int, last: int, places: list[int] | None) -> tuple[int, int]:
    if places is None or not (0 <= first <= last < len(places) - 1):
        return first, last
    return places[first], places[last + 1] - 1


def _moment(at: Any) -> Moment:
    try:
        return UNKNOWN if at is None else Moment.read(str(at))
    except ValueError:
        return UNKNOWN


def _carried(project: refi.Project, files: Mapping[str, bytes], origin: str) -> Carried:
    """What we have no table for, of other programs' projects: notes, links, pictures, sound."""
    if origin == refi.ORIGIN:
        return Carried()
    texts = set()
    for _, each in _text_sources(project):
        texts.add((each.plain_text_path or "").removeprefix(refi.INTERNAL))
        each.plain_text_content = None
    kept = {f"sources/{name.partition('/')[2]}": data for name, data in files.items()
            if name.lower().startswith("sources/") and name.partition("/")[2] not in texts}  # fmt: skip
    return Carried(refi.written(project).decode(), kept)


def _notices(project: refi.Project, study: Study, *, as_one: bool) -> tuple[str, ...]:
    found = []
    if as_one and any("\r\n" in text for text in study.texts.values()):
        found.append("Line ends counted as one position there; places were counted anew.")
    sources = project.sources
    others = [
        (sources.picture_source if sources else [], "pictures"),
        (sources.audio_source if sources else [], "sound recordings"),
        (sources.video_source if sources else [], "films"),
        (project.notes.note if project.notes else [], "notes"),
        (project.links.link if project.links else [], "links"),
        (project.graphs.graph if project.graphs else [], "graphs"),
    ]
    carried = [f"{len(each)} {name}" for each, name in others if each]
    if carried and study.carried.xml:
        found.append(f"Carried along and written out again, not shown: {', '.join(carried)}.")
    return tuple(found)
