"""The peak of a process is its own, whatever started it."""

import subprocess
import sys

from benchmarks.memory import peak_gib

ASK = "from benchmarks.memory import peak_gib; print(peak_gib())"


def test_a_small_process_of_a_large_one_is_small():
    much = bytearray(b"x") * (600 * 2**20)
    said = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True).stdout
    assert len(much) / 2**30 < peak_gib()
    assert float(said) < 0.3


def test_what_was_held_once_counts():
    held = bytearray(b"x") * (400 * 2**20)
    before = peak_gib()
    del held
    assert peak_gib() >= before > 0.39
