"""The front of a benchmark that measures one made market a seed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path("build/benchmarks")


def main(name: str, measure: Callable[[int, int], dict[str, Any]], customers: int) -> None:
    """`measure` (of a seed and so many customers) with each seed asked for, each kept as `NAME-SEED.json`."""
    parser = argparse.ArgumentParser(
        description=f"Measure the {name} on the made market with each of the seeds given."
    )
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--customers", type=int, default=customers)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for seed in asked.seeds:
        path = asked.out / f"{name}-{seed:03d}.json"
        path.write_text(json.dumps(measure(seed, asked.customers)), encoding="utf-8")
        print(path, flush=True)
