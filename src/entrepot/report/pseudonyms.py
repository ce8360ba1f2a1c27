"""Short codes for actors, so that a report can be passed on without a name or a customer id in it.

A code is the beginning of a keyed digest of the actor id: the same key and id give the same code in every
run, and it grows by a letter only where two actors shown together would share it (as git shortens
commits). No vowels, no digits that look like letters: codes spell no words and can be read out on the
phone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
SHORTEST = 4


def _digest(actor_id: str, key: str) -> str:
    raw = hashlib.blake2b(
        actor_id.encode(), key=hashlib.sha256(key.encode()).digest(), digest_size=16
    ).digest()
    number, letters = int.from_bytes(raw), ""
    for _ in range(24):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return letters


def pseudonyms(actor_ids: Iterable[str], *, key: str = "") -> dict[str, str]:
    """The code of each actor, `A-` and at least four letters, unique among those given.

    >>> pseudonyms(["anna", "bo"], key="k") == pseudonyms(["bo", "anna"], key="k")
    True
    """
    digests = {actor_id: _digest(actor_id, key) for actor_id in actor_ids}
    length = SHORTEST
    while len({digest[:length] for digest in digests.values()}) < len(digests):
        length += 1
    return {actor_id: f"A-{digest[:length]}" for actor_id, digest in digests.items()}
