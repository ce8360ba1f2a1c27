import hashlib
import json

import pytest

from entrepot import receipts


@pytest.fixture
def chain(tmp_path):
    for number in range(4):
        receipts.add(tmp_path, {"what": "purge", "run": f"{number:04d}"})
    return tmp_path


def lines(folder):
    return (folder / receipts.NAME).read_text("utf-8").splitlines()


def rewrite(folder, kept):
    (folder / receipts.NAME).write_text("\n".join(kept) + "\n", encoding="utf-8")


def test_a_chain_that_nobody_touched_holds(chain):
    assert receipts.first_broken(chain) is None
    assert receipts.first_broken(chain / "nowhere") is None


def test_a_changed_receipt_is_seen(chain):
    changed = [line.replace('"0001"', '"0009"') for line in lines(chain)]
    rewrite(chain, changed)
    assert receipts.first_broken(chain) == 2


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_receipt_is_seen_at_the_one_after(chain, missing):
    rewrite(chain, [line for number, line in enumerate(lines(chain)) if number != missing])
    assert receipts.first_broken(chain) == missing + 1


def test_the_digest_is_that_of_the_entry_as_anyone_can_compute_it(chain):
    entry = json.loads(lines(chain)[0])
    digest = entry.pop("digest")
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert digest == hashlib.sha256(text.encode()).hexdigest()
