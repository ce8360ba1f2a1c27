"""Sent when a run is whole: whoever needs the run's tables in the database takes them then.

Receivers may be called again for the same run (after a crash, or to make a copy anew) and must leave the same behind.
"""

from django.dispatch import Signal

run_is_whole = Signal()  # run: the row of `runs.models.Run`
nothing_to_do = Signal()  # the worker is idle: a receiver may do one small thing, and says whether it did
