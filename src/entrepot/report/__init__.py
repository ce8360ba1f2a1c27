"""The report of a run: one HTML file that opens anywhere, offline, and can be printed and passed on.

The answer comes first, in one sentence computed from the data; then how sure we are; then who is listed,
with what speaks for resale and what else could explain it at equal size; then what we cannot see and what
the promise rests on. It carries codes and never a customer id, name or e-mail, runs no script but one
that saves pictures, and asks no server for anything: its content security policy forbids both.
"""

from entrepot.report.listed import codes_of
from entrepot.report.page import html_of, write

__all__ = ["codes_of", "html_of", "write"]
