"""Colours that can be read, and codes that say nothing."""

from __future__ import annotations

import colorsys

import pytest

from entrepot.report.pseudonyms import LETTERS, pseudonyms
from entrepot.report.theme import COLOURS, style_sheet

TEXT = ("ink", "muted", "accent", "second")
MARKS = ("accent", "second", "line")


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_words_reach_aa_contrast_on_every_ground(night: bool, ground: str) -> None:
    value = {c.role: c.dark if night else c.light for c in COLOURS}
    assert {
        role: contrast(value[role], value[ground])
        for role in TEXT
        if contrast(value[role], value[ground]) < 4.5
    } == {}


@pytest.mark.parametrize("night", [False, True])
def test_marks_reach_the_contrast_of_graphics(night: bool) -> None:
    value = {c.role: c.dark if night else c.light for c in COLOURS}
    assert [role for role in MARKS if contrast(value[role], value["paper"]) < 3] == []


def test_no_colour_is_red() -> None:
    for colour in COLOURS:
        for value in (colour.light, colour.dark):
            hue, _, saturation = colorsys.rgb_to_hls(*(int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)))
            assert saturation < 0.3 or 0.06 < hue < 0.9


def test_each_role_has_a_colour_of_its_own_so_that_night_can_find_it() -> None:
    assert len({c.light for c in COLOURS}) == len(COLOURS)
    assert all(f'[fill="{c.light}"]' in style_sheet() for c in COLOURS)


def test_codes_are_unique_stable_and_spell_no_words() -> None:
    ids = [f"actor {n}" for n in range(5000)]
    codes = pseudonyms(ids, key="a key")
    assert len(set(codes.values())) == len(ids)
    assert all(
        set(code[2:]) <= set(LETTERS) and not set("AEIOUY01") & set(code[2:]) for code in codes.values()
    )
    assert codes["actor 7"].startswith(pseudonyms(["actor 7"], key="a key")["actor 7"])


def test_another_key_gives_other_codes() -> None:
    assert pseudonyms(["anna"], key="one") != pseudonyms(["anna"], key="two")
