"""The front door: make lists itself, versions are pinned with hashes, and no address is baked in."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PINNED = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TARGETS = ("install", "demo", "test", "check", "bench")


def asked_for() -> set[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    lines = [*PROJECT["project"]["dependencies"], *(line for extra in extras for line in extra)]
    return {re.split(r"[\[><=]", line)[0].replace("_", "-").lower() for line in lines}


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_alone_lists_what_can_be_done():
    assert [target for target in TARGETS if not re.search(rf"^  make {target} ", make(), re.MULTILINE)] == []


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_a_recipe(target):
    assert make("--dry-run", target)


def test_everything_that_is_asked_for_is_pinned():
    assert asked_for() - set(PINNED) == set()


def test_every_pinned_version_has_hashes():
    requirements = re.split(r"^(?=[a-z0-9-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(requirements) == len(PINNED)
    assert [r.split()[0] for r in requirements if "--hash=sha256:" not in r] == []


def test_the_lock_names_no_address_and_nothing_that_weighs_gigabytes():
    assert re.findall(r"https?:|--index|--extra-index|--find-links|file:", LOCK) == []
    assert {name for name in PINNED if name.startswith(("torch", "nvidia", "tensorflow"))} == set()
