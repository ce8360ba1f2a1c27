"""A study as a REFI-QDA project or codebook.

What another program's project held beyond our tables is written out again around what is ours. A withdrawn source is
never written; a sealed one only where that was asked.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from pyrefiqda.models import codebook as book
from xsdata.models.datatype import XmlDateTime

from entrepot.sensemaking.coding import refi_ids as refi
from entrepot.sensemaking.coding.refi_ids import guid_of, model, writable
from entrepot.sensemaking.coding.study import Carried, Code, Coder, Segment, Source, Study
from entrepot.sensemaking.coding.withdrawing import without_sources
from entrepot.sensemaking.moments import Moment

MADE_BY = "creating_user"  # the standard's word; ours is coder
BEGINNING = (1980, 1, 1, 0, 0, 0)  # of zip's time, so that the same study is the same file


def shown(study: Study, *, sealed: bool = False) -> Study:
    """The study as it may leave the house: without sealed sources unless asked, and their carried parts."""
    held = {
        each.source
        for each in study.sources
        if each.withdrawn or (each.sensitivity == "sealed" and not sealed)
    }
    return without_sources(study, held)


def write_project(study: Study) -> bytes:
    """The bytes of a .qdpx; the same study gives the same bytes."""
    project = _base(study)
    project.users = (
        model.UsersType(**{"user": [_known_as(each) for each in study.coders]}) if study.coders else None
    )
    kept_notes = {each.guid: each.note_ref for each in _all_codes(project)}
    project.code_book = _code_book(study, kept_notes)
    project.sets = _sets(study, project.sets)
    project.variables = _variables(study, project.variables)
    project.cases = _cases(study, project.cases)
    project.sources = _sources(study, project.sources)
    files = dict(study.carried.files)
    for each in study.sources:
        if each.source in study.texts:
            files[f"sources/{_file(each)}"] = study.texts[each.source].encode()
    return _zipped({"project.qde": refi.written(project)} | files)


def write_codebook(study: Study) -> bytes:
    """The bytes of a .qdc: the codes, and their levels as sets."""

    def made(each: Code) -> book.CodeType:
        return book.CodeType(code=[made(one) for one in study.children(each.code)], **_fields(each))

    sets = [
        book.SetType(
            guid=guid_of("set", level), name=name, member_code=[book.MemberCodeType(guid=each) for each in of]
        )
        for level, name in refi.LEVEL_SETS.items()
        if (of := _of_level(study, level))
    ]
    root = refi.CodeBook(
        codes=book.CodesType(code=[made(each) for each in study.children("")]), origin=refi.ORIGIN,
        sets=book.SetsType(set=sets) if sets else None,
    )  # fmt: skip
    return refi.written(root)


def _base(study: Study) -> refi.Project:
    carried: Carried = study.carried
    name = writable(study.name, "the name of the study")
    if not carried.xml:
        return refi.Project(name=name, origin=refi.ORIGIN)
    project = refi.parsed(carried.xml.encode(), refi.Project, "what was carried along")
    project.name = name
    return project


def _known_as(coder: Coder) -> model.UserType:
    name = writable(coder.name, f"the coder {coder.coder}") or None
    return model.UserType(guid=guid_of("coder", coder.coder), name=name)


def _all_codes(project: refi.Project) -> Iterable[model.CodeType]:
    waiting = list(project.code_book.codes.code) if project.code_book else []
    while waiting:
        each = waiting.pop()
        waiting += each.code
        yield each


def _fields(each: Code) -> dict[str, Any]:
    where = f"the code {each.code}"
    return {
        "guid": guid_of("code", each.code), "name": writable(each.name, where), "is_codable": each.codable,
        "description": writable(each.description, where) or None,
        "color": each.colour if refi.COLOUR.fullmatch(each.colour) else None,
    }  # fmt: skip


def _code_book(study: Study, notes: dict[str, Any]) -> model.CodeBookType | None:
    def made(each: Code) -> model.CodeType:
        fields = _fields(each)
        inner = [made(one) for one in study.children(each.code)]
        return model.CodeType(code=inner, note_ref=notes.get(fields["guid"], []), **fields)

    top = [made(each) for each in study.children("")]
    return model.CodeBookType(codes=model.CodesType(code=top)) if top else None


def _sets(study: Study, given: model.SetsType | None) -> model.SetsType | None:
    ours = [
        model.SetType(
            guid=guid_of("set", level),
            name=name,
            member_code=[model.CodeRefType(target_guid=each) for each in of],
        )
        for level, name in refi.LEVEL_SETS.items()
        if (of := _of_level(study, level))
    ]
    theirs = [each for each in (given.set if given else []) if each.name not in refi.LEVEL_SETS.values()]
    return model.SetsType(set=theirs + ours) if theirs or ours else None


def _of_level(study: Study, level: str) -> list[str]:
    return [guid_of("code", each.code) for each in study.codes if each.level == level]


def _variables(study: Study, given: model.VariablesType | None) -> model.VariablesType | None:
    columns = [("sources", column) for column in refi.OF_SOURCE if study.texts]
    columns += [("informants", column) for column in refi.OF_INFORMANT if study.informants]
    ours = [
        model.VariableType(
            guid=refi.variable_guid(table, column),
            name=f"{table}.{column}",
            type_of_variable=model.TypeOfVariableType.TEXT,
        )
        for table, column in columns
    ]
    known = {each.guid for each in ours}
    theirs = [each for each in (given.variable if given else []) if each.guid not in known]
    return model.VariablesType(variable=theirs + ours) if theirs or ours else None


def _values(
    row: Any, table: str, columns: Iterable[str], given: Iterable[Any] = ()
) -> list[model.VariableValueType]:
    ours = [
        model.VariableValueType(
            variable_ref=model.VariableRefType(target_guid=refi.variable_guid(table, column)),
            text_value=writable(str(getattr(row, column)), f"{column} of {getattr(row, table[:-1])}"),
        )
        for column in columns if str(getattr(row, column))
    ]  # fmt: skip
    known = {refi.variable_guid(table, column) for column in columns}
    return [each for each in given if each.variable_ref.target_guid not in known] + ours


def _cases(study: Study, given: model.CasesType | None) -> model.CasesType | None:
    there = {each.guid: each for each in (given.case if given else [])}
    for one in study.informants:
        guid = guid_of("informant", one.informant)
        case = there.get(guid) or model.CaseType(
            guid=guid, name=writable(one.informant, "the table informants")
        )
        case.variable_value = _values(one, "informants", refi.OF_INFORMANT, case.variable_value)
        case.source_ref = [
            model.SourceRefType(target_guid=guid_of("source", each.source))
            for each in study.sources if one.informant in each.informants and each.source in study.texts
        ]  # fmt: skip
        there[guid] = case
    return model.CasesType(case=list(there.values())) if there else None


def _sources(study: Study, given: model.SourcesType | None) -> model.SourcesType | None:
    sources = given or model.SourcesType()
    plain = {each.guid: each for each in sources.text_source}
    of_pdf = {each.guid: each.representation for each in sources.pdfsource if each.representation}
    for each in study.sources:
        guid = guid_of("source", each.source)
        if each.source in study.texts:
            there = of_pdf.get(guid) or plain.get(guid) or model.TextSourceType(guid=guid)
            if guid not in of_pdf:
                plain[guid] = there
            _fill(there, each, study)
    sources.text_source = list(plain.values())
    return sources if any(getattr(sources, kind) for kind in type(sources).model_fields) else None


def _fill(there: model.TextSourceType, source: Source, study: Study) -> None:
    there.name = writable(source.name, f"the source {source.source}") or None
    there.plain_text_path, there.plain_text_content = refi.INTERNAL + _file(source), None
    there.variable_value = _values(source, "sources", refi.OF_SOURCE, there.variable_value)
    known = {each.guid: each for each in there.plain_text_selection}
    bare = [each for each in there.plain_text_selection if not each.coding]
    joined: dict[tuple[str, int, int, str], list[Segment]] = {}
    for each in study.segments:
        if each.source == source.source:
            key = each.selection or f"selection of {each.segment}"
            joined.setdefault((key, each.first, each.last, each.note), []).append(each)
    taken: set[str] = set()
    made = []
    for (key, *_), segments in joined.items():
        guid = guid_of("selection", key)
        guid = guid if guid not in taken else guid_of("selection", f"selection of {segments[0].segment}")
        taken.add(guid)
        made.append(_selection(guid, segments, known.get(guid)))
    there.plain_text_selection = [each for each in bare if each.guid not in taken] + made


def _selection(
    guid: str, segments: list[Segment], known: model.PlainTextSelectionType | None
) -> model.PlainTextSelectionType:
    one = segments[0]
    there = known or model.PlainTextSelectionType(
        guid=guid,
        start_position=one.first,
        end_position=one.last,
        **{MADE_BY: _coder(one)},
        creation_date_time=_instant(one.at),
    )
    there.start_position, there.end_position = one.first, one.last
    there.description = writable(one.note, f"the segment {one.segment}") or None
    codings = {each.guid: each for each in there.coding}
    there.coding = [_coding(each, codings.get(guid_of("segment", each.segment))) for each in segments]
    return there


def _coding(each: Segment, known: model.CodingType | None) -> model.CodingType:
    code = model.CodeRefType(target_guid=guid_of("code", each.code))
    return model.CodingType(
        guid=guid_of("segment", each.segment), code_ref=code, **{MADE_BY: _coder(each)},
        creation_date_time=_instant(each.at), note_ref=known.note_ref if known else [],
    )  # fmt: skip


def _coder(each: Segment) -> str | None:
    return guid_of("coder", each.coder) if each.coder else None


def _instant(at: Moment) -> XmlDateTime | None:
    return XmlDateTime.from_datetime(at.begins) if at and at.begins == at.ends else None


def _file(source: Source) -> str:
    return guid_of("source", source.source).strip("{}") + ".txt"


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, BEGINNING)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()
