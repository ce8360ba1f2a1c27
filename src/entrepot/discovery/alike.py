"""Names and addresses written one way: by letters and digits of any script alone, in lower case.

Whether two are the same is all that is ever asked of them; which they are plays no part.
"""

import ibis.expr.types as ir

NEITHER_LETTER_NOR_DIGIT = r"[^\p{L}\p{M}\p{N}]+"  # of any script


def alike(value: ir.StringValue) -> ir.StringValue:
    """`value` in lower case with one space for all that is neither letter nor digit; null where nothing is left."""
    return value.lower().re_replace(NEITHER_LETTER_NOR_DIGIT, " ").strip().nullif("")
