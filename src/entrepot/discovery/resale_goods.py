"""What resellers stock, read off the suspects of other folds.

No price list says which products are worth reselling, and price and popularity tell it badly: formula, batteries and
a hero serum are sought, the dearest jar often is not. But resellers of a market stock the same things. So a first
look, at products chosen by price and depth, says how far each actor is a suspect; a product that suspects buy out
of proportion is then what a reseller would stock, and the evidence is collected once more with these products.

An actor never takes part in the choice of the products by which it is judged: they come from the suspects and
households of the other folds. Since folds may seek other products, everybody is asked about those of each fold, and the
null of a fold is fitted to answers about its own (`weighing`). A fold whose suspects seek hardly anything keeps the
products of the first look. Whoever buys everyday goods in bulk as well (an office) is so much less a suspect.
docs/decisions/0007 says what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from entrepot.discovery import listing
from entrepot.discovery.evidence import EVERYDAY, Evidence
from entrepot.discovery.purchases import FOLDS, in_mask, mask_of
from entrepot.discovery.signals import View
from entrepot.engines import Engine

OUT_OF_PROPORTION = 2.0  # times the share of a product among the units of households
FEWEST_SUSPECTS = 2.0  # expected number of suspects, outside the fold, that bought the product
UNITS_OF_DOUBT = 5.0  # bought as everybody buys, are added to both sides
MOST_TIMES_TYPICAL = 20.0  # units of one suspect that count, in medians of all actors' units
FEWEST_PRODUCTS = 3  # fewer say more of one seller than of a trade


def resale_goods(view: View, evidence: Evidence) -> ir.Table | None:
    """What suspects buy out of proportion, one row a product: `product, sought_by_fold, liked`.

    None where hardly any product is sought.
    """
    bought = view.bought().semi_join(view.traits, "product")
    found = out_of_proportion(view.engine, bought.join(_suspicion(view, evidence), "person"))
    many = {f"fold_{fold}": in_mask(found.sought_by_fold, fold).sum() for fold in range(FOLDS)}
    numbers = view.engine.fetch(found.aggregate(**many)).to_pylist()[0]
    few = [fold for fold in range(FOLDS) if (numbers[f"fold_{fold}"] or 0) < FEWEST_PRODUCTS]
    return None if len(few) == FOLDS else _first_look_for(view, found, few)


def _first_look_for(view: View, found: ir.Table, folds: Sequence[int]) -> ir.Table:
    """`found`, with the products of the first look for `folds`, whose suspects seek too few."""
    if not folds:
        return found
    first = view.traits.select("product", first="sought_by_fold")
    both = found.left_join(first, "product").drop("product_right")
    of_fold = [both["first"].fill_null(0) if fold in folds else both.sought_by_fold for fold in range(FOLDS)]
    mask = mask_of(lambda fold: in_mask(of_fold[fold], fold))
    return view.engine.keep(both.select("product", "liked", sought_by_fold=mask), "resale_goods")


def out_of_proportion(engine: Engine, bought: ir.Table) -> ir.Table:
    """One row a product that anybody bought: `product, sought_by_fold, liked`; kept.

    `bought` has one row a person, product and day: `actor, fold, product, units, suspicion` (0–1, the actor's) and
    `heeded` (the part of its units that counts). With S the units of suspects and H those of households (each actor's
    units split by its suspicion), a product is out of proportion where its part of S is more than twice its part of
    H; bit f of `sought_by_fold` is set where it is so among the actors outside fold f. It is liked where its part is
    the larger at all, so that it is no control.
    """
    each = bought.group_by("actor", "product", "fold").agg(
        suspect=(bought.units * bought.heeded * bought.suspicion).sum(),
        household=(bought.units * bought.heeded * (1 - bought.suspicion)).sum(),
        suspects=bought.suspicion.max(),
    )
    in_fold = each.group_by("product", "fold").agg(
        suspect=each.suspect.sum(), household=each.household.sum(), suspects=each.suspects.sum()
    )
    in_fold = engine.keep(in_fold, "suspects_by_fold")
    goods = in_fold.group_by("product").agg(
        **{
            f"{name}_{fold}": in_fold[name].sum(where=in_fold.fold != fold).fill_null(0.0)
            for fold in range(FOLDS)
            for name in ("suspect", "household", "suspects")
        }
    )
    mask = mask_of(lambda fold: _out_of_proportion(goods, fold))
    suspect = sum(goods[f"suspect_{fold}"] for fold in range(FOLDS))
    household = sum(goods[f"household_{fold}"] for fold in range(FOLDS))
    liked = suspect / suspect.sum().over(ibis.window()) > household / household.sum().over(ibis.window())
    return engine.keep(goods.select("product", sought_by_fold=mask, liked=liked), "resale_goods")


def _out_of_proportion(goods: ir.Table, fold: int) -> ir.BooleanValue:
    suspect, household = goods[f"suspect_{fold}"], goods[f"household_{fold}"]
    usual = (suspect.sum() / ibis.greatest(household.sum(), 1e-9)).over(ibis.window())
    doubt = UNITS_OF_DOUBT * usual
    lifted = suspect + doubt > OUT_OF_PROPORTION * (household * usual + doubt)
    return lifted & (goods[f"suspects_{fold}"] >= FEWEST_SUSPECTS)


def _suspicion(view: View, evidence: Evidence) -> ir.Table:
    """One row a person: `person`, `actor` (number), `suspicion` (0–1) and `heeded` (part of its units that count)."""
    engine = view.engine
    share = listing.businesses_among(engine, evidence.combined)
    ordinary = evidence.weighed.persons.limit(0)
    if EVERYDAY in evidence.weighed.fitted:
        ordinary = evidence.weighed.of(EVERYDAY)
    ordinary = ordinary.select("person", ordinary="log10_e")
    units = view.sums.group_by("person").agg(units=view.sums.units.sum())
    persons = view.purchases.persons.select("person", "actor_id").join(units, "person")
    persons = persons.left_join(ordinary, "person").select("person", "actor_id", "units", "ordinary")
    actors = persons.group_by("actor_id").agg(
        actor=persons.person.min(),
        units=persons.units.sum(),
        ordinary=persons.ordinary.max().fill_null(0.0).clip(lower=0.0),
    )
    actors = actors.join(evidence.combined, "actor_id")
    typical = actors.units.median().over(ibis.window())
    actors = actors.select(
        "actor_id",
        "actor",
        suspicion=listing.probability(actors.log10_e - actors.ordinary, share),
        heeded=ibis.least(1.0, MOST_TIMES_TYPICAL * typical / ibis.greatest(actors.units, 1.0)),
    )
    known = persons.select("person", "actor_id").join(actors, "actor_id")
    return engine.keep(known.select("person", "actor", "suspicion", "heeded"), "suspicion")
