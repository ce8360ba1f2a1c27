"""Links by exact keys: each judged key joins its customers to the first of them, dated by the later of the two.

A crowded personal key joins persons into an actor; within it, equal names are one person all the same.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from entrepot.actors.tables import LINKS

WORDS = {
    "email": "the same mailbox",
    "phone": "the same telephone",
    "payment_token": "the same means of payment",
    "device_id": "the same device",
    "address": "the same address",
    "address_name": "the same address and a name in common",
    "door_name": "the same address and the same name",
    "recipient": "parcels to the same person at the same address",
}
"""What an agreeing key is called on a page."""


MOST_OF_A_CODE = 2**48
"""Codes below this can be added up for thousands of keys of one pair; sums of equal keys are equal."""


def links(keys: ir.Table, judged: ir.Table) -> ir.Table:
    """One row a pair as in `LINKS`, from `keys` (customer × key) and `judged` keys that join somebody."""
    pairs = ibis.union(_stars(keys, judged), _stars_of_equal_names(keys, judged))
    agreed = ibis.struct({"key_kind": pairs.key_kind, "weight_log2": pairs.weight_log2})
    pairs = pairs.mutate(agreed=agreed.hash() % MOST_OF_A_CODE)
    once = pairs.group_by("customer_a", "customer_b").aggregate(
        joins=pairs.joins.max(),  # "person" sorts after "actor"
        weight_log2=pairs.weight_log2.sum(),
        doubt=(1 - pairs.probability).ln().sum(),
        link_from=pairs.link_from.min(),
        agreed=pairs.agreed.sum(),
    )
    told = once.join(_told(pairs, once), "agreed")
    crowd = ibis.ifelse(
        told.joins == "actor", "; more people than one household explains, so they act together", ""
    )
    return told.mutate(
        kind=ibis.literal("exact"),
        probability=1 - told.doubt.exp(),
        used=ibis.literal(True),
        why=told.words + _since(told.link_from) + crowd,
    ).select(*LINKS).cast(dict(LINKS))  # fmt: skip


def _told(pairs: ir.Table, once: ir.Table) -> ir.Table:
    """By what two customers agree in (`agreed`): `fields` and `words`. Few ways to agree are common to many pairs,
    and to sort and join texts is dear, so each way is told once, from one pair."""
    example = once.distinct(on="agreed", keep="first")
    rows = pairs.drop("agreed").join(
        example.select("customer_a", "customer_b", way=example.agreed), ["customer_a", "customer_b"]
    )
    rows = rows.mutate(words=rows.key_kind.substitute(WORDS))
    rows = rows.mutate(text=_field_text(rows))
    in_order = {"order_by": [rows.key_kind, rows.weight_log2]}
    told = rows.group_by(agreed=rows.way).aggregate(
        fields=rows.text.group_concat(", ", **in_order), words=rows.words.group_concat(" and ", **in_order)
    )
    return told.mutate(fields=ibis.literal("{") + told.fields + "}")


def _since(day: ir.DateValue) -> ir.StringValue:
    return ibis.ifelse(day.isnull(), "", ibis.literal(", known since ") + day.strftime("%Y-%m-%d"))


def _field_text(pairs: ir.Table) -> ir.StringValue:
    weight = pairs.weight_log2.round(2).cast("string")
    return (
        ibis.literal('"')
        + pairs.key_kind
        + '": {"agreed": "'
        + pairs.words
        + '", "weight_log2": '
        + weight
        + "}"
    )


def _stars(keys: ir.Table, judged: ir.Table) -> ir.Table:
    """One row a customer and joining key: from the key's first customer to this one."""
    joining = judged.filter(_.joins.notnull())
    rows = keys.join(joining, ["key_kind", "value"]).filter(_.customer_id != _.centre)
    return rows.select(
        "key_kind", "joins", "probability", "weight_log2",
        customer_a=rows.centre, customer_b=rows.customer_id,
        link_from=ibis.greatest(rows.centre_first_on, rows.first_on),
    )  # fmt: skip


def _stars_of_equal_names(keys: ir.Table, judged: ir.Table) -> ir.Table:
    """Within a key that joins an actor: customers of one name are one person."""
    crowded = judged.filter(_.joins == "actor")
    rows = keys.join(crowded, ["key_kind", "value"]).filter(_.name.notnull())
    same = ibis.window(group_by=[rows.key_kind, rows.value, rows.name], order_by=rows.customer_id)
    rows = rows.mutate(
        eldest=rows.customer_id.first().over(same), eldest_known=rows.first_on.first().over(same)
    )
    rows = rows.filter(_.customer_id != _.eldest)
    return rows.select(
        "key_kind", "weight_log2",
        joins=ibis.literal("person"), probability=ibis.literal(0.99),
        customer_a=rows.eldest, customer_b=rows.customer_id,
        link_from=ibis.greatest(rows.eldest_known, rows.first_on),
    ).select("key_kind", "joins", "probability", "weight_log2", "customer_a", "customer_b", "link_from")  # fmt: skip
