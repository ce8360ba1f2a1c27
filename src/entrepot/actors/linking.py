"""Near matches: Splink scores pairs of records, and the cut is chosen without labels.

Splink's model is Fellegi & Sunter's (1969): each field's agreement adds log2(m / u), learned by expectation
maximisation, with rarer values weighing more. What to compare and which pairs to look at is a `Recipe`, so
that one function links a firm's customers, a historical register or a benchmark.

The cut. A probability per pair says little about clusters, since chains join what no pair supports. For each
cut we look at what its clusters hold: with `s` the share of true pairs that blocking lets us score, a cluster
of `c` pairs holds about min(c, Σp / s) true ones. The cut with the largest expected F1 wins, and `s` is read
from its own clusters until both agree. The expected precision is reported.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _
from splink import ColumnExpression, Linker, SettingsCreator, block_on
from splink import comparison_level_library as level
from splink import comparison_library as compare
from splink.internals.exceptions import EMTrainingException

from entrepot.actors.components import components_of
from entrepot.engines import Engine

WEIGHTS_LOG2 = np.arange(-4.0, 24.0)
"""The cuts that are tried, as posterior log2 odds: from 1 in 17 to beyond doubt."""

Piece = str | tuple[str, int]
"""A column, or a column and the number of its first (negative: last) characters."""


@dataclass(frozen=True)
class Field:
    """One thing to compare: a `column`, and the `kind` of value that it holds (see `COMPARISONS`)."""

    column: str
    kind: str
    partner: str = ""  # kind "full_name": the column of surnames
    whole: str = ""  # kind "full_name": both in one


@dataclass(frozen=True)
class Recipe:
    """What is compared, which pairs are looked at, and on which pairs the model learns."""

    fields: Sequence[Field]
    blocks: Sequence[Sequence[Piece]]  # a pair is scored if it agrees on all pieces of one block
    train_on: Sequence[Sequence[Piece]]  # two blocks without a common field
    certain: Sequence[Sequence[Piece]]  # pairs that are almost surely the same, to learn how common they are
    certain_share_0_1: float = 0.6  # of all true pairs, those that `certain` finds
    sampled_pairs: float = 5e6


@dataclass(frozen=True)
class Scored:
    """`pairs` (kept): `record_a, record_b, weight_log2, probability`, and `field_<column>` weights in log2."""

    pairs: ir.Table
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """The chosen probability, and what its clusters are expected to be worth."""

    probability: float
    expected_precision: float
    expected_recall: float
    scored_share_0_1: float


def _postcode(column: str) -> Any:
    levels = [level.NullLevel(column), level.ExactMatchLevel(column, term_frequency_adjustments=True)]
    for characters in (5, 4, 2):
        levels.append(level.ExactMatchLevel(ColumnExpression(column).substr(1, characters)))
    return compare.CustomComparison(comparison_levels=[*levels, level.ElseLevel()], output_column_name=column)


def _same(column: str) -> Any:
    return compare.ExactMatch(column).configure(term_frequency_adjustments=True)


def _number(column: str) -> Any:
    """Splink's Damerau–Levenshtein at 1 and 2, asked only where the far cheaper Levenshtein is at most twice that."""
    a, b = f'"{column}_l"', f'"{column}_r"'
    levels = [level.NullLevel(column), level.ExactMatchLevel(column)]
    for most in (1, 2):
        near = f"levenshtein({a}, {b}) <= {2 * most} AND damerau_levenshtein({a}, {b}) <= {most}"
        levels.append(_custom(near, f"Damerau-Levenshtein distance of {column} <= {most}"))
    return compare.CustomComparison(comparison_levels=[*levels, level.ElseLevel()], output_column_name=column)


def _email(column: str) -> Any:
    """Splink's comparison of addresses, with what stands before the @ cut off instead of searched for."""
    ends = f'"{column}_l"', f'"{column}_r"'
    a, b = (f"NULLIF(split_part({end}, '@', 1), '')" for end in ends)
    return compare.CustomComparison(
        comparison_levels=[
            level.NullLevel(column),
            level.ExactMatchLevel(column, term_frequency_adjustments=True),
            _custom(f"{a} = {b}", "Exact match on username"),
            level.JaroWinklerLevel(column, 0.88),
            _custom(f"jaro_winkler_similarity({a}, {b}) >= 0.88", "Jaro-Winkler >0.88 on username"),
            level.ElseLevel(),
        ],
        output_column_name=column,
    )


def _custom(condition: str, label: str) -> Any:
    return level.CustomLevel(condition, label, base_dialect_str="duckdb")


COMPARISONS: Mapping[str, Any] = {
    "name": compare.NameComparison,
    "date": lambda column: compare.DateOfBirthComparison(column, input_is_string=True),
    "email": _email,
    "number": _number,
    "text": lambda column: compare.JaroWinklerAtThresholds(column, [0.95, 0.88]),
    "postcode": _postcode,
    "same": _same,
}
"""How a value of each kind is compared. `full_name` compares two columns at once."""


def _comparison(of: Field) -> Any:
    if of.kind == "full_name":
        return compare.ForenameSurnameComparison(
            of.column, of.partner, forename_surname_concat_col_name=of.whole or None
        )
    return COMPARISONS[of.kind](of.column)


def _piece(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    column, characters = piece
    return f"substr({column}, 1, {characters})" if characters > 0 else f"right({column}, {-characters})"


def _block(pieces: Sequence[Piece]) -> Any:
    return block_on(*[_piece(piece) for piece in pieces])


def link(engine: Engine, records: ir.Table, recipe: Recipe, *, seed: int, at_least: float = 0.05) -> Scored:
    """Score the pairs of `records` (one row a `unique_id`) whose probability is `at_least` so much.

    Raises nothing where there is too little to learn from: the pairs are then none, and `parameters` say why.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    table = engine.splink_api().register(engine.splink_table(records))
    linker = Linker(table, _settings(recipe), log_level=None)
    trained = _train(linker, recipe, seed)
    if not trained:
        return Scored(_no_pairs(engine), {"learned": "too few near pairs to learn from"})
    predicted = linker.inference.predict(threshold_match_probability=at_least, warning_mode="never")
    pairs = _named(engine.from_splink(predicted.physical_name), recipe)
    return Scored(pairs, _parameters(linker))


def _settings(recipe: Recipe) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(field) for field in recipe.fields],
        blocking_rules_to_generate_predictions=[_block(block) for block in recipe.blocks],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _train(linker: Linker, recipe: Recipe, seed: int) -> int:
    """Learn how common matches are, u from random pairs, m by EM; returns how many blocks taught something."""
    try:
        linker.training.estimate_probability_two_random_records_match(
            [_block(block) for block in recipe.certain], recall=recipe.certain_share_0_1
        )
    except ValueError:  # more agree than that share allows: all of them, then
        linker.training.estimate_probability_two_random_records_match(
            [_block(block) for block in recipe.certain], recall=1.0
        )
    linker.training.estimate_u_using_random_sampling(max_pairs=recipe.sampled_pairs, seed=seed)
    trained = 0
    for block in recipe.train_on:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(_block(block))
            trained += 1
        except EMTrainingException:
            continue
    return trained


def _named(predicted: ir.Table, recipe: Recipe) -> ir.Table:
    weights = {}
    for compared in recipe.fields:
        output = f"{compared.column}_{compared.partner}" if compared.partner else compared.column
        parts = [name for name in (f"mw_{output}", f"mw_tf_adj_{output}") if name in predicted.columns]
        weights[f"field_{compared.column}"] = sum(
            (predicted[name] for name in parts), start=ibis.literal(0.0)
        )
    return predicted.select(
        record_a=predicted.unique_id_l,
        record_b=predicted.unique_id_r,
        weight_log2=predicted.match_weight,
        probability=predicted.match_probability,
        **weights,
    )


def _no_pairs(engine: Engine) -> ir.Table:
    schema = {"record_a": "string", "record_b": "string", "weight_log2": "float64", "probability": "float64"}
    return engine.keep(ibis.memtable([], schema=ibis.schema(schema)), "no_pairs")


def _parameters(linker: Linker) -> dict[str, Any]:
    """The learned model, small enough for `run.json`: m, u of each level of each field."""
    model = linker.misc.save_model_to_json(out_path=None)
    found: dict[str, Any] = {"two_random_records_match": model["probability_two_random_records_match"]}
    for comparison in model["comparisons"]:
        found[comparison["output_column_name"]] = [
            {"level": lv.get("label_for_charts"), "m": lv.get("m_probability"), "u": lv.get("u_probability")}
            for lv in comparison["comparison_levels"]
            if not lv.get("is_null_level")
        ]
    return found


def coded(engine: Engine, pairs: ir.Table) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """The pairs as arrays over 0 … n−1: n, left, right, probability."""
    ends = ibis.union(pairs.select(record=_.record_a), pairs.select(record=_.record_b), distinct=True)
    nodes = engine.keep(ends.mutate(node=ibis.row_number().over(order_by=ends.record)), "records")
    a, b = nodes.view(), nodes.view()
    edges = pairs.join(a, [("record_a", "record")]).join(b, [("record_b", "record")])
    found = engine.fetch(edges.select(left=a.node, right=b.node, probability=pairs.probability))
    left, right, probability = (found[name].to_numpy() for name in ("left", "right", "probability"))
    return engine.fetch(nodes.count()).as_py(), left.astype(np.int64), right.astype(np.int64), probability


def choose_cut(nodes: int, left: np.ndarray, right: np.ndarray, probability: np.ndarray) -> Cut:
    """The cut whose clusters have the largest expected F1 over pairs; see the head of this module."""
    if not len(left):
        return Cut(1.0, 1.0, 0.0, 1.0)
    cuts = 1.0 / (1.0 + 2.0**-WEIGHTS_LOG2)
    held = [_held_by_clusters(nodes, left, right, probability, cut) for cut in cuts]
    scored_share, best = 1.0, -1
    while True:
        found = [_expected(clusters, probability.sum(), scored_share) for clusters in held]
        now = int(np.argmax([f1 for f1, _precision, _recall in found]))
        if now == best:
            return Cut(float(cuts[best]), found[best][1], found[best][2], scored_share)
        if 0 <= best < now:  # `s` only falls as cuts loosen; turning back would go round for ever
            return Cut(float(cuts[best]), found[best][1], found[best][2], scored_share)
        best = now
        pairs, expected = held[best]
        scored_share = min(1.0, float(expected.sum() / max(pairs.sum(), 1.0)))


def _held_by_clusters(
    nodes: int, left: np.ndarray, right: np.ndarray, probability: np.ndarray, cut: float
) -> tuple[np.ndarray, np.ndarray]:
    """Of each cluster: its pairs, and the sum of the probabilities of those that were scored."""
    kept = probability >= cut
    cluster = components_of(nodes, left[kept], right[kept])
    sizes = np.bincount(cluster)
    inside = cluster[left] == cluster[right]
    expected = np.bincount(cluster[left[inside]], probability[inside], minlength=len(sizes))
    return sizes * (sizes - 1) / 2, expected


def _expected(
    clusters: tuple[np.ndarray, np.ndarray], all_probability: float, scored_share: float
) -> tuple[float, float, float]:
    """Expected F1, precision and recall of pairs when a share of the true ones was scored."""
    pairs, expected = clusters
    true_pairs = np.minimum(pairs, expected / scored_share).sum()
    all_true = all_probability / scored_share
    precision = float(true_pairs / max(pairs.sum(), 1.0))
    return float(2 * true_pairs / (pairs.sum() + all_true)), precision, float(true_pairs / all_true)
