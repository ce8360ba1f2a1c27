"""Measure quality and cost on fixed seeds, and write the tables of docs/benchmarks.md.

python -m benchmarks                         # everything; hours on a small machine
python -m benchmarks linking discovery       # some of it
python -m benchmarks pages                   # only write the page anew from results that are there
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import interdependence, linking, pages

RESULTS = Path("build/benchmarks")
SEEDS, DRAWS = (1, 2, 3), 200
LATE_SEEDS, LEAD_SEEDS = range(801, 841), range(901, 911)
ACTORS = 1_000_000
CUSTOMERS = (100_000, 1_000_000)  # about 1 and 10 million lines


def measure_linking(folder: Path) -> None:
    """Clustered F1 and time, beside Splink alone; and the time of as many customers as a large firm has."""
    pages.write("linking", linking.run())
    _module("linking_million", *CUSTOMERS, "--out", folder)


def measure_discovery(folder: Path) -> None:
    """Both worlds with every seed, and one run of each with fuzzy linking."""
    for world in ("planted", "made market"):
        _module("discovery", world, *SEEDS, "--out", folder)
        _module("discovery", world, SEEDS[0], "--fuzzy", "--out", folder)


def measure_households(folder: Path) -> None:
    """Populations without resellers, and the real list."""
    for what in ("list", "made", "made-merged", "real", "real-merged"):
        _module("households", what, DRAWS, "--out", folder)


def measure_speed(folder: Path) -> None:
    """Time, memory and growth by size."""
    _module("speed", *CUSTOMERS, "--out", folder)


def measure_interdependence(folder: Path) -> None:
    """Shares, growth and displacement beside the truth of made markets."""
    seeds = range(interdependence.FIRST_SEED, interdependence.FIRST_SEED + DRAWS)
    _module("interdependence", *seeds, "--out", folder, "--runs", folder / "interdependence-runs")
    _module("emergence", *LATE_SEEDS, "--out", folder)
    _module("lead", *LEAD_SEEDS, "--out", folder)


def measure_web(folder: Path) -> None:
    """Pages of the web app with a million actors in the run, and how soon Chromium paints one."""
    _module("pages_web", ACTORS, "--out", folder)


SECTIONS: dict[str, Callable[[Path], None]] = {
    "linking": measure_linking,
    "discovery": measure_discovery,
    "households": measure_households,
    "speed": measure_speed,
    "interdependence": measure_interdependence,
    "web": measure_web,
    "pages": lambda folder: None,
}


def _module(name: str, *arguments: object) -> None:
    """Each measurement is a process of its own: what one leaves in memory is no burden on the next."""
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)], check=True)


def main() -> None:
    """Measure the sections asked for, all by default, and write the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "sections", nargs="*", choices=[*SECTIONS, []], help="what to measure; all by default"
    )
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args()
    for name in asked.sections or SECTIONS:
        SECTIONS[name](asked.results)
    pages.rewrite(asked.results)


if __name__ == "__main__":
    main()
