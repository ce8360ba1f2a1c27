"""Reading a docx or pdf in a process of its own, ended when it takes too long or too much memory.

A file of a few hundred bytes can ask its reader for years of work: forms that draw forms that draw forms, or a stream
that unpacks to gigabytes. No rule tells such a file beforehand, so what reads it is bounded instead, and nothing but
the reading ends. Where the system bounds no memory (Windows), the time alone does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from entrepot.errors import InputError, Mistake

if TYPE_CHECKING:
    from entrepot.sensemaking.coding.texts import Text

MOST_SECONDS = 30
MOST_MEMORY = 2**30
"""Bytes of address space of the process that reads."""
TOO_MUCH = "memory"


def read_apart(data: bytes, name: str, *, seconds: float | None = None, memory: int | None = None) -> Text:
    """The text of a docx or pdf, read in another process within `seconds` and `memory` bytes.

    Raises `InputError` with what the reader finds wrong, or with the bound that the reading met.
    """
    from entrepot.sensemaking.coding.texts import Text

    seconds, memory = seconds or MOST_SECONDS, memory or MOST_MEMORY
    command = [sys.executable, "-m", __name__, name, str(memory), str(int(seconds) + 5)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as late:
        raise _unreadable("reading it takes too long", name, f"up to {seconds:g} seconds") from late
    try:
        said = json.loads(done.stdout)
    except (
        ValueError
    ) as error:  # it was ended from outside: by the system, for memory, or by a fault of its own
        raise _unreadable("reading it broke off", name, f"up to {memory // 2**20} MiB of memory") from error
    if said == TOO_MUCH:
        raise _unreadable("reading it takes too much memory", name, f"up to {memory // 2**20} MiB")
    if "mistakes" in said:
        raise InputError(*(Mistake(**each) for each in said["mistakes"]))
    return Text(said["text"], tuple(said["notices"]))


def _unreadable(what: str, name: str, expected: str) -> InputError:
    do = "save it anew as text, docx or pdf from the program that shows it; nothing was kept"
    return InputError(Mistake(what, name, expected, do=do))


def _bound(memory: int, seconds: int) -> None:
    """Let the system end this process, also where whoever started it is gone."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (most, hard))
        except (ValueError, OSError):  # a system that bounds this in no process; the time is still kept
            continue


def main(name: str, memory: str, seconds: str) -> None:
    """Read the file of standard input, and say its text or what is wrong as JSON."""
    from entrepot.sensemaking.coding.texts import kind_of

    _bound(int(memory), int(seconds))
    try:
        found = kind_of(name)(sys.stdin.buffer.read(), name)
        said = json.dumps({"text": found.text, "notices": found.notices})
    except InputError as error:
        said = json.dumps({"mistakes": [asdict(each) for each in error.mistakes]})
    except MemoryError:
        said = json.dumps(TOO_MUCH)
    sys.stdout.write(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
