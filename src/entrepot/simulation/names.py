"""Made-up names, e-mails and phones, in several scripts, and the slips that people make in them.

The words are in `names.toml`. A name is three numbers (script, surname, given name), so that a million names
are made by three draws and written in Arrow.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.simulation.calendar import Ints

_LARGEST_NUMBER = 100_000


@cache
def words() -> Mapping[str, Any]:
    """The words of `names.toml`."""
    return tomllib.loads((files(__package__) / "names.toml").read_text(encoding="utf-8"))


def joined(*parts: pa.Array | str) -> pa.Array:
    """The parts of each row, one after the other."""
    return pc.binary_join_element_wise(*parts, "")


def text(numbers: Ints, width: int = 0) -> pa.Array:
    """Numbers as text, padded with zeros to `width`."""
    plain = pa.array(numbers).cast(pa.string())
    return pc.utf8_lpad(plain, width=width, padding="0") if width else plain


def choice(options: Sequence[str], which: Ints) -> pa.Array:
    """The option of each number."""
    return pa.array(list(options)).take(pa.array(which))


@dataclass(frozen=True)
class Named:
    """Names as numbers: which script, which surname and which given name of it."""

    script: Ints
    surname: Ints
    given: Ints

    def first(self, count: int) -> Named:
        """The first `count` of them."""
        return Named(self.script[:count], self.surname[:count], self.given[:count])

    def _words(self, kind: str, which: Ints) -> pa.Array:
        by_script = [script[kind].split() for script in words()["script"]]
        starts = np.cumsum([0] + [len(one) for one in by_script])[:-1]
        return choice([word for one in by_script for word in one], starts[self.script] + which)

    def written(self) -> pa.Array:
        """As the person writes it: given name first, or surname first, by the script's custom."""
        surname, given = self._words("surnames", self.surname), self._words("given", self.given)
        first = np.array([script["given_first"] for script in words()["script"]])[self.script]
        return pc.if_else(pa.array(first), joined(given, " ", surname), joined(surname, given))

    def latin_parts(self) -> tuple[pa.Array, pa.Array]:
        """Given name and surname in small Latin letters."""
        return self._words("given_latin", self.given), self._words("surnames_latin", self.surname)

    def latin(self) -> pa.Array:
        """The name in Latin letters, given name first."""
        given, surname = self.latin_parts()
        return pc.utf8_title(joined(given, " ", surname))


def draw(rng: np.random.Generator, count: int) -> Named:
    """`count` names; few surnames are common, most are not."""
    shares = np.array([script["share_0_1"] for script in words()["script"]])
    script = rng.choice(len(shares), count, p=shares / shares.sum())
    return Named(script, np.minimum(rng.geometric(0.13, count) - 1, 19), rng.integers(0, 24, count))


def emails(rng: np.random.Generator, named: Named) -> pa.Array:
    """An address for each name at a common provider."""
    given, surname = named.latin_parts()
    count = len(named.script)
    dot = choice(["", ".", "_"], rng.integers(0, 3, count))
    return joined(
        given, dot, surname, text(rng.integers(1, _LARGEST_NUMBER, count)), "@", _providers(rng, count)
    )


def other_emails(rng: np.random.Generator, named: Named) -> pa.Array:
    """Another address for each name, made without the first."""
    _, surname = named.latin_parts()
    count = len(named.script)
    return joined(surname, text(rng.integers(1, _LARGEST_NUMBER, count)), "@", _providers(rng, count))


def _providers(rng: np.random.Generator, count: int) -> pa.Array:
    options = words()["given"]["mail"]
    return choice(options, rng.integers(0, len(options), count))


def phones(rng: np.random.Generator, count: int) -> pa.Array:
    """Mobile numbers, written with or without the country's prefix, with dashes, blanks or neither."""
    prefixes = ["+82 10-", "010-", "+8210", "+86 138 ", "+81 90-"]
    prefix = choice(prefixes, rng.choice(5, count, p=[0.3, 0.3, 0.1, 0.2, 0.1]))
    dash = choice(["-", " ", ""], rng.choice(3, count, p=[0.6, 0.1, 0.3]))
    front, back = text(rng.integers(2000, 10_000, count)), text(rng.integers(0, 10_000, count), 4)
    return joined(prefix, front, dash, back)


def companies(rng: np.random.Generator, named: Named) -> pa.Array:
    """A company's name for each person's."""
    _, surname = named.latin_parts()
    trades = words()["given"]["company"]
    trade = choice(trades, rng.integers(0, len(trades), len(named.script)))
    return joined(pc.utf8_title(surname), " ", trade, " Co.")


def misspelt(rng: np.random.Generator, values: pa.Array, share_0_1: float) -> pa.Array:
    """The same values, a share of them with one slip of the finger."""
    slips = rng.random(len(values)) < share_0_1
    wrong = [_slip(rng, value) for value in values.filter(pa.array(slips)).to_pylist()]
    return pc.replace_with_mask(values, pa.array(slips), pa.array(wrong, pa.string()))


def _slip(rng: np.random.Generator, value: str) -> str:
    """One character dropped, doubled or exchanged with the next."""
    if len(value) < 4:
        return value
    at = int(rng.integers(1, len(value) - 2))
    before, one, two, after = value[:at], value[at], value[at + 1], value[at + 2 :]
    return (before + two + after, before + one + one + two + after, before + two + one + after)[
        rng.integers(3)
    ]
