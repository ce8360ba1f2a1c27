"""The most memory that this process held at once."""

from pathlib import Path

KIB_A_GIB = 2**20


def peak_gib(status: Path = Path("/proc/self/status")) -> float:
    """GiB of the peak since this program began.

    Not `ru_maxrss`: a process that was started by a larger one begins there with what that one held.

    >>> peak_gib() > 0
    True
    """
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / KIB_A_GIB
