"""How long the list would be if heavy households were more common: only who could be on it is weighed again."""

import pytest

from entrepot.discovery.evidence import if_heavy_households_were

ENOUGH = 1.3  # log10 e: nobody below it can be listed at .05


def evidence_if(engine, town, known, times, at_least):
    rows = engine.fetch(if_heavy_households_were(known.view, known.evidence, town.actors, times, at_least))
    return dict(zip(rows["actor_id"].to_pylist(), rows["log10_e"].to_pylist(), strict=True))


@pytest.mark.parametrize("times", [2, 4])
def test_nobody_who_would_have_enough_evidence_is_left_out(engine, town, times):
    known = town.known(engine)
    everybody = evidence_if(engine, town, known, times, -1000.0)
    near = evidence_if(engine, town, known, times, ENOUGH)
    enough = {actor for actor, log10_e in everybody.items() if log10_e >= ENOUGH}
    assert enough and enough <= set(near)
    assert times > 2 or len(near) < len(everybody) / 2  # at four times the bound keeps all of so small a town
    assert near == pytest.approx({actor: everybody[actor] for actor in near}, abs=1e-9)
