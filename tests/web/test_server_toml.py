"""What server.toml may say: the code reads what is listed, the page explains it, and no slip goes unseen."""

import re
from pathlib import Path

import pytest

from entrepot.errors import InputError
from entrepot.web import configuring, server_toml
from entrepot.web.home import Home

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "deploy.md").read_text("utf-8")
READ = re.compile(
    r'(?:said|server|settings|sign_in)(?:\.get\(|\[)"(\w+)"|(?<!def )(?:setting|months_kept)\(\s*"(\w+)"'
)
READERS = (
    "configuring.py", "people/providers.py", "runs/limits.py", "discovery/queueing.py", "discovery/appeals.py",
    "protection/holding.py", "sensemaking/retaining.py",
)  # fmt: skip
SECTION_NAMES = {"mail", "keep", "sign_in", "oidc", "saml"}


def read_by_the_code():
    texts = [(ROOT / "src/entrepot/web" / name).read_text("utf-8") for name in READERS]
    return {a or b for text in texts for a, b in READ.findall(text)} - SECTION_NAMES


def listed():
    return set(server_toml.NAMES) | {name for inside in server_toml.SECTIONS.values() for name in inside}


def test_the_code_reads_what_is_listed_and_nothing_else():
    assert read_by_the_code() == listed()


def test_no_other_module_reads_the_settings_of_the_server():
    web = ROOT / "src/entrepot/web"
    others = [p for p in web.rglob("*.py") if p.relative_to(web).as_posix() not in READERS]
    found = [p.name for p in others if "ENTREPOT.settings" in p.read_text("utf-8")]
    assert found == []


def test_the_page_explains_every_name():
    table = PAGE.partition("## server.toml")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(server_toml.NAMES)


@pytest.mark.parametrize("section", server_toml.SECTIONS)
def test_the_page_explains_every_section(section):
    block = PAGE.partition("\nSections:")[2].partition("\n## ")[0]
    inside = re.search(rf"^\[{re.escape(section)}\].*?\n(.*?)(?=^\[|^```)", block, re.MULTILINE | re.DOTALL)[
        1
    ]
    assert set(re.findall(r"^(\w+) = ", inside, re.MULTILINE)) == set(server_toml.SECTIONS[section])


def home(tmp_path, text):
    (tmp_path / "server.toml").write_text(text, encoding="utf-8")
    return Home(tmp_path)


def test_every_line_that_cannot_be_used_is_told_at_once(tmp_path):
    text = 'idle_minuets = 3\nproxies = "one"\nhttps = 1\n[keep]\nuploads = 3\n[mail]\npassword = 5\n'
    with pytest.raises(InputError) as told:
        configuring.made_of(home(tmp_path, text))
    assert len(told.value.mistakes) == 5
    assert "idle_minutes" in str(told.value)


def test_what_the_page_shows_can_be_used(tmp_path):
    blocks = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    text = "\n".join(blocks)
    saml = text.index("[sign_in.saml]")
    server_toml.check(home(tmp_path, text).settings)
    assert saml > 0
