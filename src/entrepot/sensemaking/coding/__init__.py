"""Coding of testimony: who said what, under which code, by whom, how often it comes back, and what was made of it.

A study is a set of plain tables with texts; every function takes one and gives one back, or gives rows. REFI-QDA
projects (.qdpx) and codebooks (.qdc) come in and go out, with a side file for what that standard cannot hold.
"""

from entrepot.sensemaking.coding.checking import checked
from entrepot.sensemaking.coding.coders import Reliability, reliability
from entrepot.sensemaking.coding.exchanging import (
    Written,
    add_file,
    add_read,
    add_text,
    consented,
    read_exchange,
    read_file,
    write_exchange,
    write_file,
)
from entrepot.sensemaking.coding.folder import read_study, write_study
from entrepot.sensemaking.coding.member_checks import Round, effect_on, rounds
from entrepot.sensemaking.coding.paper_tables import as_rows, table_2, table_3
from entrepot.sensemaking.coding.refi_reading import Brought
from entrepot.sensemaking.coding.replication import Replication, Rule, choose, excluded, replication
from entrepot.sensemaking.coding.structure import Structure, change, misfits, quotes, structure
from entrepot.sensemaking.coding.study import (
    Check,
    Choice,
    Code,
    Coder,
    Discrepancy,
    Group,
    Guide,
    Informant,
    Intervention,
    Lens,
    Precedence,
    Reading,
    Revision,
    Sampling,
    Scope,
    Segment,
    Source,
    Study,
    Use,
)
from entrepot.sensemaking.coding.texts import Text, read_text, text_of
from entrepot.sensemaking.coding.validity import Point, validity
from entrepot.sensemaking.coding.withdrawing import Withdrawn, black_out, withdraw

__all__ = [
    "Brought", "Check", "Choice", "Code", "Coder", "Discrepancy", "Group", "Guide", "Informant", "Intervention",
    "Lens", "Point", "Precedence", "Reading", "Reliability", "Replication", "Revision", "Round", "Rule", "Sampling",
    "Scope", "Segment", "Source", "Structure", "Study", "Text", "Use", "Withdrawn", "Written", "add_file", "add_read",
    "add_text", "as_rows", "black_out", "change", "checked", "choose", "consented", "effect_on", "excluded",
    "misfits", "quotes", "read_exchange", "read_file", "read_study", "read_text", "reliability", "replication",
    "rounds", "structure", "table_2", "table_3", "text_of", "validity", "withdraw", "write_exchange", "write_file",
    "write_study",
]  # fmt: skip
