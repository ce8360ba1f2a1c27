"""Documentation as data: pages, their snippets, and the folder in which a page's snippets run."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Snippet:
    """One fenced block: its language and text."""

    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The commands of a console block: what follows a dollar sign."""
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def snippets(page: Path) -> list[Snippet]:
    """The Python and console blocks of a page, in order."""
    found = [Snippet(*match.groups()) for match in FENCE.finditer(page.read_text("utf-8"))]
    return [snippet for snippet in found if snippet.language in ("python", "console")]


def links(page: Path) -> list[str]:
    """The links of a page that stay inside the project."""
    text = FENCE.sub("", page.read_text("utf-8"))
    return [link for link in LINK.findall(text) if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
