"""First room: what was sold, to whom, and what cannot be known of it."""

from entrepot.orders.describing import Summary, check
from entrepot.orders.earlier import up_to, without
from entrepot.orders.reading import read
from entrepot.orders.tables import Orders

__all__ = ["Orders", "Summary", "check", "read", "up_to", "without"]
