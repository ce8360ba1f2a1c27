"""`python -m benchmarks` measures what it says; and the section of the web app is written from results."""

import sys

import pytest

from benchmarks import __main__ as front
from benchmarks import pages


@pytest.mark.parametrize(
    ("asked", "measured"), [([], ["linking", "web"]), (["web"], ["web"]), (["pages"], [])]
)
def test_all_sections_are_measured_where_none_is_named(monkeypatch, tmp_path, asked, measured):
    done = []
    sections = {name: lambda folder, name=name: done.append(name) for name in ("linking", "web")}
    monkeypatch.setattr(front, "SECTIONS", {**sections, "pages": lambda folder: None})
    monkeypatch.setattr(pages, "rewrite", lambda folder: None)
    monkeypatch.setattr(sys, "argv", ["benchmarks", *asked, "--results", str(tmp_path)])
    front.main()
    assert done == measured


def test_the_section_of_the_web_app_holds_pages_and_paints():
    times = {"n": 4, "p50_ms": 30.4, "p95_ms": 99.6, "max_ms": 120.0}
    text = pages.web(
        {
            "actors": 1_000_000, "listed": 20_000, "people": 20, "think_s": 4.0, "workers": 2,
            "load_of_the_machine_before": 0.5, "index_s": 57.0, "index_peak_gib": 1.7,
            "one_person": {"home": times}, "twenty": {"home": times, "all": times},
            "first_paint_of_actor": {"first-paint, cold": times},
        }
    )  # fmt: skip
    assert "| home | 4 | 30 / 100 | 30 / 100 |" in text
    assert "| all | 4 | – | 30 / 100 |" in text
    assert "| first paint, cold | 4 | 30 / 100 | 120 |" in text
