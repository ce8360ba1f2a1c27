"""The two firms of Park, Ritala & Velu 2020, as coded rows and acts: what the paper says and nothing between its lines.

Rows carry the role, the year and the place in the paper; where the paper gives no year there is none, and a score is a
sign. Both sides of a contradiction are kept: SkinGood's senior management saw an illegitimate route, while its CEO was
called more open-minded.
"""

from pathlib import Path

CASES = {name: Path(__file__).parent / f"{name}.csv" for name in ("assessments", "acts")}
STUDY = Path(__file__).parent / "study"
"""The coded testimony of the two firms: Table 2 as records, Table 3's quotes with role, year and line, and a data
structure rebuilt from the text, since Figure 1 is an image that the text lacks."""
