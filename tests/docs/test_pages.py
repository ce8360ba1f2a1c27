"""The docs are true: links lead somewhere, the reference is what the code says, everything public is in
it."""

import importlib.util
import inspect

import pytest
from pages import PAGES, ROOT, anchors, links, name

import entrepot
from entrepot import cli


def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_project_leads_somewhere(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_reference_is_what_the_code_says():
    module = reference()
    expected = module.pages()
    on_disk = {name: (module.FOLDER / name).read_text("utf-8") for name in expected}
    assert on_disk == expected, "run `make docs`"


def test_every_page_can_be_reached_from_the_first():
    start = ROOT / "docs" / "index.md"
    reached, new = set(), {start}
    while new:
        reached |= new
        found = {(page.parent / link.partition("#")[0]).resolve() for page in new for link in links(page)}
        new = {page for page in found if page.suffix == ".md" and (ROOT / "docs") in page.parents} - reached
    assert {page for page in PAGES if (ROOT / "docs") in page.parents} - reached == set()


@pytest.mark.parametrize("public", sorted(set(entrepot.__all__) - {"__version__"}))
def test_everything_public_says_what_it_is(public):
    assert len(inspect.getdoc(getattr(entrepot, public)) or "") > 20


@pytest.mark.parametrize("command", cli.app.registered_commands, ids=lambda c: c.name)
def test_every_command_has_help_and_an_example_that_names_it(command):
    assert command.help
    assert command.epilog.startswith(f"Example: entrepot {command.name} ")


@pytest.mark.parametrize(
    ("group", "command"),
    [(g, c) for g in cli.app.registered_groups for c in g.typer_instance.registered_commands],
    ids=lambda each: each.name,
)
def test_every_command_of_a_group_has_help_and_an_example_that_names_it(group, command):
    assert command.help
    assert command.epilog.startswith(f"Example: entrepot {group.name} {command.name} ")
