"""What both ways of REFI-QDA share: GUIDs for our ids, the names of our variables and sets, XML in and out.

The models and the binding of XML are pyrefiqda's and xsdata's. Archives are opened and written here (see the decision
record): pyrefiqda unpacks whatever comes onto the disk, and testimony has no business there.
"""

from __future__ import annotations

import re
import uuid
import warnings
from collections.abc import Mapping
from typing import TypeVar

from pyrefiqda.models import CodeBook, Project
from pyrefiqda.models import project as model
from xsdata.exceptions import ConverterWarning, ParserError
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers.config import SerializerConfig
from xsdata_pydantic.bindings import XmlParser, XmlSerializer

from entrepot.errors import InputError, Mistake
from entrepot.sensemaking.coding.archives import plain_xml

ORIGIN = "Entrepot"
GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
COLOUR = re.compile(r"#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})")
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
OURS = uuid.UUID("1d6f0b0e-7f0c-5a57-9b5e-2a2f6a3f9c11")
INTERNAL = "internal://"
SPACES = {Project: "urn:QDA-XML:project:1.0", CodeBook: "urn:QDA-XML:codebook:1.0"}
LEVEL_SETS: Mapping[str, str] = {
    "concept": "First-order concepts", "theme": "Second-order themes", "dimension": "Aggregate dimensions",
}  # fmt: skip
OF_SOURCE = ("kind", "group", "role", "at", "sensitivity", "follow_up")
OF_INFORMANT = ("group", "role", "consent")
Root = TypeVar("Root", Project, CodeBook)


def guid_of(kind: str, name: str) -> str:
    """The GUID of an id: itself where it is one, else one made from it, the same every time.

    >>> guid_of("code", "C1") == guid_of("code", "C1") != guid_of("source", "C1")
    True
    """
    return name if GUID.fullmatch(name) else str(uuid.uuid5(OURS, f"{kind}:{name}"))


def variable_guid(table: str, column: str) -> str:
    """The GUID of the variable that holds a column of ours."""
    return guid_of("variable", f"{table}.{column}")


def parsed(data: bytes, kind: type[Root], name: str) -> Root:
    """The XML as a model; unknown attributes of other programs are passed over, what is missing is one error."""
    try:
        config = ParserConfig(fail_on_unknown_properties=False, fail_on_unknown_attributes=False)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConverterWarning)
            return XmlParser(config=config).from_bytes(plain_xml(data, name), kind)
    except (ParserError, ConverterWarning, ValueError, TypeError) as error:
        raise InputError(
            Mistake("this is no REFI-QDA", name, f"XML of {SPACES[kind]}", str(error).split("\n")[0][:300],
                    "export it anew where it was made")
        ) from error  # fmt: skip


def written(root: Root) -> bytes:
    """The model as XML."""
    config = SerializerConfig(xml_declaration=True, encoding="UTF-8")
    return XmlSerializer(config=config).render(root, ns_map={None: SPACES[type(root)]}).encode()


def writable(text: str, where: str) -> str:
    """`text` as it is; raises `InputError` where XML cannot hold a sign of it."""
    if found := NOT_XML.search(text):
        raise InputError(
            Mistake(
                "a sign cannot be written to XML",
                where,
                got=f"U+{ord(found.group()):04X}",
                do="take it out of the name or note",
            )
        )
    return text


__all__ = ["CodeBook", "Project", "model"]
