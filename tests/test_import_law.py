"""The way through the house, as a law: data goes forward, and only the engines know an engine."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "entrepot"
ROOMS = ("orders", "actors", "discovery", "interdependence", "sensemaking")
BASE = {"errors", "units", "engines"}
ABOVE = {"settings", "run", "exports", "receipts"}
"""Modules of the front of the house that belong to no room; a room takes what it needs as arguments."""

MAY_IMPORT = {
    **{room: BASE | set(ROOMS[: place + 1]) for place, room in enumerate(ROOMS)},
    "engines": {"engines", "errors"},
    "errors": set(),
    "units": set(),
    "simulation": BASE | {"orders", "simulation"},
    "report": BASE | set(ROOMS) | {"report", "run"},
    "settings": {"errors"},
    "run": BASE | {"exports"},
    "exports": {"errors"},
    "receipts": set(),
    "privacy": BASE | ABOVE | {"orders", "report"},
    "measures": BASE | {"measuring", "exports", "run", "report"} | set(ROOMS),
    "measuring": BASE | set(ROOMS) | {"report", "run"},
    "analysis": BASE | ABOVE | set(ROOMS) | {"report", "privacy", "looking_back", "__init__"},
    "looking_back": BASE | {"settings"} | set(ROOMS),
    "sorting": BASE | {"report", "run"},
    "identities": BASE | ABOVE | {"orders", "report", "analysis"},
    "__init__": set(),
    "__main__": {"cli"},
}
"""What each room may import; `cli` and `web` may import everything."""

ABOVE_ALL = {"cli", "web"}
ENGINES = {"duckdb", "pyspark"}
CLOCKS = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "ibis.now", "ibis.today"}
MODULES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module that the file imports, at its top or inside a function, with its full name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(path: Path) -> set[str]:
    parts = [name.split(".") for name in imported(path) if name.split(".")[0] == "entrepot"]
    known = {p.stem if p.suffix else p.name for p in SOURCE.iterdir()}
    return {part[1] if len(part) > 1 and part[1] in known else "__init__" for part in parts}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_what_stands_before_it(path):
    if room_of(path) in ABOVE_ALL:
        return
    assert rooms_imported(path) - MAY_IMPORT[room_of(path)] - {room_of(path)} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_only_the_engines_import_an_engine(path):
    direct = {name.split(".")[0] for name in imported(path)} & ENGINES
    assert not direct or room_of(path) == "engines"


def test_an_engine_is_chosen_only_where_a_run_begins():
    choosing = {
        room_of(p) for p in MODULES if any(n.startswith("entrepot.engines.duckdb") for n in imported(p))
    }
    assert choosing <= {
        "analysis",
        "looking_back",
        "measuring",
        "identities",
        "sorting",
        "cli",
        "engines",
        "web",
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_no_room_knows_the_web(path):
    direct = {name.split(".")[0] for name in imported(path)} & {
        "django",
        "allauth",
        "ninja",
        "csp",
        "granian",
    }
    assert not direct or room_of(path) == "web"


def test_splink_is_imported_by_the_linking_alone():
    users = {
        p.relative_to(SOURCE).as_posix() for p in MODULES if any(n.startswith("splink") for n in imported(p))
    }
    assert users <= {"actors/linking.py", "engines/duckdb.py"}


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, entrepot; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(loaded.stdout.split()) & {"ibis", "duckdb", "numpy", "pyarrow", "splink", "typer"} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_a_module_opens_with_its_idea(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_a_calculation_reads_no_clock():
    readers = {
        room_of(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCKS
    }
    assert readers <= {"cli", "analysis", "web"}
