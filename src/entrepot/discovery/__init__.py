"""Third room: which actors buy beyond personal use, how much, how sure that is, and what else could explain it.

The way of one order line: it becomes part of a *purchase* (a person, a product, a day) in `purchases`; the
purchase enters the sums that the `signals` count; `weighing` fits personal use to each count and gives every
person an e-value; `evidence` merges these for the actor; `listing` says who is on the list at the stated rate;
`excess` says how many units are above personal use; `findings` puts it on one row, with sentences in `sentences`.
"""

from entrepot.discovery.discovering import Discovery, discover
from entrepot.discovery.looking_back import Then, asked_at, look_back, month_ends

__all__ = ["Discovery", "Then", "asked_at", "discover", "look_back", "month_ends"]
