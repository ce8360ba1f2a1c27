"""The glossary is law: one word for one thing, and its rivals name nothing in the code."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|\n").split("|"))
    for line in GLOSSARY.splitlines()
    if line[:1] == "|"
]
TERMS = {word: never for word, _, never in ROWS[2:]}
MEANT_OTHERWISE = {"normal", "customer", "account", "cluster"}
"""`normal` is also a distribution, `cluster` is Splink's word for a component of links (only where Splink
is called), `customer` is our own word; `account` is ours too and kept for sensemaking."""


ANOTHERS = {"pre_social_login"}
"""Names that a library calls: a class that it asks cannot name them otherwise."""


def forbidden() -> set[str]:
    words = {word.strip() for never in TERMS.values() for word in never.split(",") if word.strip()}
    return {word.replace(" ", "_") for word in words} - MEANT_OTHERWISE


def names(tree: ast.AST) -> set[str]:
    """Every name that the code gives: variables, arguments, functions, classes, and columns (keyword
    arguments)."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.keyword(arg=str(name)):
                found.add(name)
    return found


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src").rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_no_name_in_the_code_is_a_word_that_the_glossary_rules_out(path):
    given = {name.lower() for name in names(ast.parse(path.read_text("utf-8")))} - ANOTHERS
    used = {(word, name) for word in forbidden() for name in given if re.search(rf"(^|_){word}s?($|_)", name)}
    theirs = (
        {("user", "user")} if "web" in path.parts else set()
    )  # how Django and its libraries call a colleague
    assert used - theirs == set()


def test_the_glossary_defines_the_words_that_everything_is_built_on():
    words = {word.strip() for key in TERMS for word in re.split(r"[/,]", key)}
    assert {
        "customer",
        "person",
        "actor",
        "ring",
        "finding",
        "run",
        "excess units",
        "resale evidence",
    } <= words


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: p.name
)
def test_no_page_calls_people_what_the_glossary_rules_out(page):
    if page.name == "glossary.md":
        return
    text = page.read_text("utf-8").lower()
    assert [
        word for word in ("gang", "fraudster", "abuser", "is_reseller", "risk score") if word in text
    ] == []
