"""How much hangs on them, and since when we could have known.

The measures are sums over buyers of probability times amount, each with an interval from the same draws (`ground`);
each is a table. Coverage comes first: what can be seen at all.
"""

from entrepot.interdependence.concentration import concentration
from entrepot.interdependence.coverage import coverage
from entrepot.interdependence.dependence import shares
from entrepot.interdependence.displacement import displacement
from entrepot.interdependence.efficiency import Assumptions, efficiency_gap
from entrepot.interdependence.ground import Ground
from entrepot.interdependence.growth import Period, growth
from entrepot.interdependence.hindsight import hindsight
from entrepot.interdependence.narrowing import Part, narrowed
from entrepot.interdependence.stress import path, stress
from entrepot.interdependence.their_side import both_directions

__all__ = [
    "Assumptions",
    "Ground",
    "Part",
    "Period",
    "both_directions",
    "concentration",
    "coverage",
    "displacement",
    "efficiency_gap",
    "growth",
    "hindsight",
    "narrowed",
    "path",
    "shares",
    "stress",
]
