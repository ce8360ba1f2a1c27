"""Near identities: customers whose names, mailboxes or addresses are almost the same, weighed by Splink.

Values of hubs are blanked first: that two people use one parcel locker says nothing of who they are. So are
keys that join an actor, which must not make one household of many people. What is left is compared by one
`Recipe` cut to the columns that the firm has. Country and city are in no recipe.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from entrepot.actors import linking
from entrepot.actors.keys import PERSONAL_KINDS, door
from entrepot.actors.linking import Field, Recipe
from entrepot.actors.tables import LINKS
from entrepot.engines import Engine

FIELDS = (
    Field("name", "name"),
    Field("email", "email"),
    Field("phone", "number"),
    Field("payment_token", "same"),
    Field("device_id", "same"),
    Field("address", "text"),
    Field("postcode", "postcode"),
)
BLOCKS = (
    ("name", "postcode"),
    (("address", 8), "postcode"),
    ("email",),
    ("phone",),
    ("payment_token",),
    ("device_id",),
    ("mail_name",),
    ("name", ("phone", -4)),
    (("name", 4), "address"),
)
TRAIN_ON = (("name", "postcode"), ("email",), ("phone",), ("address",))
CERTAIN = (("name", "postcode"), ("email",), ("phone",))
LEAST_PAIRS = 100
"""Fewer pairs than this with an exact key in common teach no model."""

MANY_RECORDS = 100_000

MOST_NAMESAKES = 20
"""A mailbox name, or a door, behind more customers is no reason to look at all their pairs."""

WORDS = {
    "name": "name", "email": "mailbox", "phone": "telephone", "payment_token": "means of payment",
    "device_id": "device", "address": "street", "postcode": "postcode",
}  # fmt: skip


def recipe_for(columns: frozenset[str], count: int) -> Recipe | None:
    """What can be compared with these columns; none where they hold too little to find a pair and to learn.

    With `count` records below `MANY_RECORDS` chance agreement is common enough to be seen in few sampled pairs.
    """
    known = columns | ({"mail_name"} if "email" in columns else set())

    def possible(blocks: tuple) -> list:
        return [block for block in blocks if all((p if isinstance(p, str) else p[0]) in known for p in block)]

    fields = [field for field in FIELDS if field.column in columns]
    if len(fields) < 2 or not possible(TRAIN_ON):
        return None
    certain = possible(CERTAIN) or possible(TRAIN_ON)
    sampled = 5e5 if count < MANY_RECORDS else 5e6
    return Recipe(fields, possible(BLOCKS), possible(TRAIN_ON)[:2], certain, 0.7, sampled)


def records(engine: Engine, rows: ir.Table, judged: ir.Table) -> ir.Table:
    """One row a customer, its own values with those of hubs and of crowded keys blanked; kept."""
    own = rows.filter(_.is_self)
    for kind in PERSONAL_KINDS:
        crowded = judged.filter(_.key_kind == kind, _.is_hub | (_.joins == "actor")).select(crowd=_.value)
        joined = own.left_join(crowded, [(kind, "crowd")])
        blank = ibis.ifelse(joined.crowd.isnull(), joined[kind], ibis.null("string"))
        own = joined.select(*[c for c in own.columns if c != kind], **{kind: blank})
    crowded = judged.filter(_.key_kind == "address", _.people > MOST_NAMESAKES).select(crowd=_.value)
    joined = own.mutate(door=door(own)).left_join(crowded, [("door", "crowd")])
    street = ibis.ifelse(joined.crowd.isnull(), joined.address, ibis.null("string"))
    own = joined.select(*[c for c in own.columns if c != "address"], address=street)
    values = {field.column: own[field.column].min() for field in FIELDS}
    once = engine.keep(own.group_by(unique_id=own.customer_id).aggregate(**values), "records")
    return _with_mail_names(engine, once)


def _with_mail_names(engine: Engine, once: ir.Table) -> ir.Table:
    """Add `mail_name`, the part before the @, where few enough customers have it."""
    named = once.mutate(mail_name=once.email.split("@")[0])
    count = named.unique_id.count().over(group_by=named.mail_name)
    rare = (count <= MOST_NAMESAKES) & (named.mail_name.length() > 4)
    return engine.keep(
        named.mutate(mail_name=ibis.ifelse(rare, named.mail_name, ibis.null("string"))), "records"
    )


def columns_with_values(engine: Engine, table: ir.Table) -> frozenset[str]:
    """The fields that hold at least two different values."""
    counts = table.aggregate(**{field.column: table[field.column].nunique() for field in FIELDS})
    return frozenset(name for name, count in engine.fetch(counts).to_pylist()[0].items() if count >= 2)


def links(
    engine: Engine, rows: ir.Table, judged: ir.Table, exact: ir.Table, *, seed: int, notes: dict[str, object]
) -> ir.Table | None:
    """Fuzzy links as in `LINKS`, of pairs that no exact key joins; none where nothing can be learned."""
    pairs = engine.fetch(exact.filter(_.joins == "person").count()).as_py()
    if pairs < LEAST_PAIRS:
        notes["fuzzy"] = f"not done: {pairs} pairs share a key, {LEAST_PAIRS} are needed to learn from"
        return None
    table = records(engine, rows, judged)
    recipe = recipe_for(columns_with_values(engine, table), int(engine.fetch(table.count()).as_py()))
    if recipe is None:
        notes["fuzzy"] = "not done: too few identity columns hold values"
        return None
    scored = linking.link(engine, table, recipe, seed=seed)
    count, left, right, probability = linking.coded(engine, scored.pairs)
    cut = linking.choose_cut(count, left, right, probability)
    notes["fuzzy"] = {"pairs_scored": len(left), "cut": cut.probability, "expected_precision": cut.expected_precision,
                      "expected_recall": cut.expected_recall, "model": scored.parameters}  # fmt: skip
    return _described(engine, scored.pairs, recipe, cut, rows, exact)


def _described(
    engine: Engine, pairs: ir.Table, recipe: Recipe, cut: linking.Cut, rows: ir.Table, exact: ir.Table
) -> ir.Table:
    known = exact.filter(_.joins == "person").select("customer_a", "customer_b")
    pairs = pairs.mutate(
        customer_a=ibis.least(_.record_a, _.record_b), customer_b=ibis.greatest(_.record_a, _.record_b)
    )
    pairs = pairs.filter(_.probability >= 0.5).anti_join(known, ["customer_a", "customer_b"])
    seen = engine.keep(rows.group_by("customer_id").aggregate(first_on=_.first_on.min()), "first_seen")
    dated = pairs.join(seen.view(), [("customer_a", "customer_id")]).select(*pairs.columns, from_a=_.first_on)
    dated = dated.join(seen.view(), [("customer_b", "customer_id")]).select(*dated.columns, from_b=_.first_on)
    described = dated.mutate(
        kind=ibis.literal("fuzzy"),
        joins=ibis.literal("person"),
        fields=_fields_text(dated, recipe),
        link_from=ibis.greatest(dated.from_a, dated.from_b),
        used=dated.probability >= cut.probability,
        why=_why(dated, recipe, cut),
    )
    return engine.keep(described.select(*LINKS).cast(dict(LINKS)), "fuzzy_links")


def _fields_text(pairs: ir.Table, recipe: Recipe) -> ir.StringValue:
    parts = []
    for field in recipe.fields:
        weight = pairs[f"field_{field.column}"]
        agreed = ibis.ifelse(weight > 0, "alike", ibis.ifelse(weight < 0, "different", "unknown"))
        text = '{"agreed": "' + agreed + '", "weight_log2": ' + weight.round(2).cast("string") + "}"
        parts.append(ibis.literal(f'"{field.column}": ') + text)
    return ibis.literal("{") + ibis.literal(", ").join(parts) + "}"


def _why(pairs: ir.Table, recipe: Recipe, cut: linking.Cut) -> ir.StringValue:
    words = [
        ibis.ifelse(pairs[f"field_{field.column}"] > 1, f" {WORDS[field.column]},", "")
        for field in recipe.fields
    ]
    text = words[0]
    for word in words[1:]:
        text = text + word
    percent = (pairs.probability * 100).round(1).cast("string")
    verdict = ibis.ifelse(pairs.probability >= cut.probability, "", "; too light to join them")
    return ibis.literal("alike:") + text + " probability " + percent + " %" + verdict
