"""What can go wrong, said so that the reader can act.

Every message answers five questions: what happened, where, what was expected, what came, what to do.
Mistakes of one kind are gathered first and raised together, so that a file is mended in one go.
The exit codes are those of the commands: 0 done, 1 found what the user asked to fail on, 2 wrong use or
input, 3 internal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong: `what` happened, `where`, what was `expected`, what `got`, what to `do`."""

    what: str
    where: str = ""
    expected: str = ""
    got: str = ""
    do: str = ""

    def __str__(self) -> str:
        parts = [self.what + (f" in {self.where}" if self.where else "") + "."]
        if self.expected:
            parts.append(f"Expected: {self.expected}.")
        if self.got:
            parts.append(f"Got: {self.got}.")
        if self.do:
            parts.append(f"What to do: {self.do}.")
        return " ".join(parts)


class EntrepotError(Exception):
    """The base of all errors that Entrepot raises on purpose; holds every mistake found, not only the first.

    >>> error = InputError(Mistake("a column is missing", "orders.csv", expected="quantity", do="add --map"))
    >>> print(error)
    a column is missing in orders.csv. Expected: quantity. What to do: add --map.
    """

    exit_code = 3

    def __init__(self, *mistakes: Mistake | str) -> None:
        self.mistakes: Sequence[Mistake] = tuple(
            m if isinstance(m, Mistake) else Mistake(m.rstrip(".")) for m in mistakes
        )
        super().__init__("\n".join(str(m) for m in self.mistakes))


class InputError(EntrepotError):
    """The input or the way of asking is wrong; the user can mend it (exit code 2)."""

    exit_code = 2


class AskedToFail(EntrepotError):
    """The command found what the user asked it to fail on (exit code 1)."""

    exit_code = 1
