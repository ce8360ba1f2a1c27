"""Making sense of it together: what people think, who said what to whom, and the account that the firm has come to.

Two plain tables come in (contracts.md): assessments, one row an answer, and acts of sensegiving, one row an act. Out
comes, for each question, the account with the acts that it rests on, how far people agree, the gap between leaders and
staff, and who kept silent, as far as small groups may be shown. Pure functions of dataclasses; no server is needed.
"""

from entrepot.sensemaking.making_sense import Sense, make_sense
from entrepot.sensemaking.tables import Act, Assessment, read_acts, read_assessments

__all__ = ["Act", "Assessment", "Sense", "make_sense", "read_acts", "read_assessments"]
