"""Who else could rank the same actors: simple counts, two outlier detectors, and a model that is told the truth.

All are given the actors that we resolved, and features that any firm can count. The supervised model is no
competitor, it is the ceiling: nobody has its labels.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from pyod.models.ecod import ECOD
from pyod.models.iforest import IForest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from benchmarks.measures import Bools, Floats
from entrepot.actors.tables import Actors
from entrepot.engines import Engine
from entrepot.orders.tables import Orders

DEAR_QUANTILE = 0.75  # of lines, in order of the product's mean price
SOUGHT_BUYERS_QUANTILE = 0.5  # of lines, in order of the number of the product's buyers
FOLDS, REPEATS = 5, 3


def features(engine: Engine, orders: Orders, actors: Actors) -> pd.DataFrame:
    """One row an actor with a purchase, by `actor_id`: what any firm can count of its buying."""
    who = actors.actors.select("customer_id", "person_id", "actor_id")
    used = orders.lines.filter(orders.lines.customer_id.notnull() & (orders.lines.quantity_net > 0))
    bought = engine.keep(used.join(who, "customer_id").join(_goods(engine, used), "product_id"), "features")
    tables = [_of_lines(bought), _of_purchases(bought), _of_products(bought), _of_identities(orders, who)]
    frames = [engine.fetch(table).to_pandas().set_index("actor_id") for table in tables]
    joined = frames[0].join(frames[1:]).astype(float).fillna(0.0)
    return _with_ratios(joined).sort_index()


def _goods(engine: Engine, used: ir.Table) -> ir.Table:
    goods = used.group_by("product_id").agg(
        price=used.unit_price.cast("float64").mean(), buyers=used.customer_id.nunique(), lines=used.count()
    )
    weighed = goods.mutate(
        price_place=goods.lines.sum().over(_up_to(goods.price, goods.product_id)) / goods.lines.sum(),
        buyers_place=goods.lines.sum().over(_up_to(goods.buyers, goods.product_id)) / goods.lines.sum(),
    )
    dear = weighed.price_place > DEAR_QUANTILE
    sought = dear & (weighed.buyers_place > SOUGHT_BUYERS_QUANTILE)
    return engine.keep(weighed.select("product_id", "price", dear=dear, sought=sought), "goods")


def _up_to(*order: ir.Value) -> ibis.expr.builders.WindowBuilder:
    return ibis.window(order_by=list(order), preceding=None, following=0)


def _of_lines(bought: ir.Table) -> ir.Table:
    units, money = bought.quantity_net, bought.revenue_net.cast("float64")
    first_on, last_on = bought.ordered_on.min(), bought.ordered_on.max()
    return bought.group_by("actor_id").agg(
        units=units.sum(), revenue=money.sum(), lines=bought.count(), orders=bought.order_id.nunique(),
        days=bought.ordered_on.nunique(), products=bought.product_id.nunique(),
        months=bought.ordered_on.truncate("M").nunique(), stores=bought.store_id.nunique(),
        channels=bought.channel.nunique(), customers=bought.customer_id.nunique(),
        persons=bought.person_id.nunique(), span_days=last_on.delta(first_on, unit="day"),
        dear_units=units.sum(where=bought.dear), sought_units=units.sum(where=bought.sought),
        dear_lines=bought.dear.sum(), sought_products=bought.product_id.nunique(where=bought.sought),
        mean_price=bought.price.mean(),
    )  # fmt: skip


def _of_purchases(bought: ir.Table) -> ir.Table:
    each = bought.group_by("actor_id", "person_id", "product_id", "ordered_on").agg(
        units=bought.quantity_net.sum(), sought=bought.sought.max()
    )
    return each.group_by("actor_id").agg(
        purchases=each.count(), largest_purchase=each.units.max(), spread_of_purchases=each.units.std(),
        units_a_sought_purchase=each.units.mean(where=each.sought), deep_purchases=(each.units >= 4).sum(),
    )  # fmt: skip


def _of_products(bought: ir.Table) -> ir.Table:
    each = bought.group_by("actor_id", "product_id").agg(
        units=bought.quantity_net.sum(), days=bought.ordered_on.nunique(), sought=bought.sought.max()
    )
    return each.group_by("actor_id").agg(
        most_of_one=each.units.max(), most_of_one_sought=each.units.max(where=each.sought),
        most_days_of_one=each.days.max(), bought_once=(each.days == 1).sum(),
        sought_once=((each.days == 1) & each.sought).sum(),
    )  # fmt: skip


def _of_identities(orders: Orders, who: ir.Table) -> ir.Table:
    seen = orders.identities.join(who, "customer_id")
    return seen.group_by("actor_id").agg(
        recipients=seen.address.nunique(where=seen.is_recipient), phones=seen.phone.nunique(),
        payments=seen.payment_token.nunique(), devices=seen.device_id.nunique(),
    )  # fmt: skip


def _with_ratios(counted: pd.DataFrame) -> pd.DataFrame:
    per = {
        "units_a_purchase": ("units", "purchases"),
        "units_an_order": ("units", "orders"),
        "units_a_day": ("units", "days"),
        "units_a_person": ("units", "persons"),
        "orders_a_person": ("orders", "persons"),
        "products_a_unit": ("products", "units"),
        "dear_share": ("dear_units", "units"),
        "sought_share": ("sought_units", "units"),
        "one_share": ("most_of_one", "units"),
        "once_share": ("bought_once", "products"),
        "deep_share": ("deep_purchases", "purchases"),
    }
    ratios = {name: counted[a] / counted[b].clip(lower=1e-9) for name, (a, b) in per.items()}
    return counted.assign(**ratios)


def untold(table: pd.DataFrame, *, seed: int) -> dict[str, Floats]:
    """The scores of the peers that know no truth, by their names, one number an actor."""
    logs = np.log1p(table.to_numpy().clip(min=0))
    return {
        "units": table["units"].to_numpy(),
        "most units of one product": table["most_of_one"].to_numpy(),
        "isolation forest": IForest(random_state=seed).fit(logs).decision_scores_,
        "ECOD": ECOD().fit(logs).decision_scores_,
    }


def told(table: pd.DataFrame, right: Bools, *, seed: int) -> list[Floats]:
    """Out-of-fold probabilities of a gradient boosting that is told who is right, once for each way of folding."""
    return [_told_once(table.to_numpy(), right, seed=seed * REPEATS + n) for n in range(REPEATS)]


def _told_once(values: Floats, right: Bools, *, seed: int) -> Floats:
    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=200, min_samples_leaf=5, l2_regularization=1.0, random_state=seed
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1):  # on small tables threads mostly wait for each other
        return np.asarray(cross_val_predict(model, values, right, cv=folds, method="predict_proba")[:, 1])
