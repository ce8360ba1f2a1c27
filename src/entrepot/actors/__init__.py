"""Second room: who is who.

Customers are joined to persons by identity, and persons to actors by what they do together.
"""

from entrepot.actors.explain import Explanation, explain
from entrepot.actors.resolution import resolve
from entrepot.actors.tables import Actors

__all__ = ["Actors", "Explanation", "explain", "resolve"]
