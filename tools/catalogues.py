"""Catalogues of the pages that are read by people who were asked: what has to be translated, and .mo files from .po.

    python tools/catalogues.py          compile every catalogue
    python tools/catalogues.py missing  name what a catalogue lacks, and what nobody uses any more

No other tool is needed: templates are read by Django's own extraction, Python by its syntax tree.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
APP = ROOT / "src" / "entrepot" / "web" / "sensemaking"
TEMPLATES = (
    "asked.html", "_question.html", "_promise.html", "_feedback.html", "_plane.html", "_assessment.html", "_scale.html",
    "answer.html", "draw.html", "ballot.html", "invitation.txt", "printed.html", "poster.html", "slips.html",
)  # fmt: skip
MODULES = ("telling.py", "assessing.py")
LANGUAGES = ("ko", "zh_Hans")
CALLS = {"_", "lazy", "gettext", "gettext_lazy"}


def wanted() -> set[str]:
    """Every text of the pages for those who are asked, as a program looks it up."""
    found: set[str] = set()
    for name in TEMPLATES:
        text = (APP / "templates" / "sensemaking" / name).read_text("utf-8")
        found |= _of_template(templatize(text))
    for name in MODULES:
        found |= _of_code((APP / name).read_text("utf-8"))
    return found


def _of_template(code: str) -> set[str]:
    """The calls of a template that Django wrote as code: they stand between characters that fill the rest."""
    calls = re.findall(r"gettext\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", code, flags=re.S)
    return {ast.literal_eval(call) for call in calls}


def _of_code(code: str) -> set[str]:
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS
        and node.args and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip


def catalogue(language: str) -> Path:
    return APP / "locale" / language / "LC_MESSAGES" / "django.po"


def read(path: Path) -> dict[str, str]:
    """The entries of a .po file: text → translation; the heading stands under the empty text."""
    entries: dict[str, str] = {}
    parts: dict[str, list[str]] = {}
    field = ""
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        if line.startswith(("msgid ", "msgstr ")):
            field, _, line = line.partition(" ")
            parts[field] = []
        if line.startswith('"') and field:
            parts[field].append(ast.literal_eval(line))
        elif not line.strip() and "msgstr" in parts:
            entries["".join(parts["msgid"])] = "".join(parts["msgstr"])
            parts, field = {}, ""
    return entries


def compiled(entries: dict[str, str]) -> bytes:
    """The .mo file of `entries`: two sorted tables of lengths and offsets, then the texts (GNU gettext's format)."""
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items() if value)
    start = 28 + 16 * len(pairs)
    tables: list[tuple[int, int]] = []
    body = b""
    for side in (0, 1):
        for pair in pairs:
            tables.append((len(pair[side]), start + len(body)))
            body += pair[side] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 28 + 16 * len(pairs))
    return head + b"".join(struct.pack("<2I", *entry) for entry in tables) + body


def main(what: str = "compile") -> int:
    if what == "missing":
        texts = wanted()
        for language in LANGUAGES:
            known = read(catalogue(language)) if catalogue(language).is_file() else {}
            for text in sorted(texts - {key for key, value in known.items() if value}):
                print(f"{language} lacks {text!r}")
            for text in sorted(set(known) - texts - {""}):
                print(f"{language} has no use for {text!r}")
        return 0
    for language in LANGUAGES:
        path = catalogue(language)
        path.with_suffix(".mo").write_bytes(compiled(read(path)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
