"""Views of the findings that a colleague keeps under a name: filters and order, without a run or a page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entrepot.web.discovery.models import SavedView
from entrepot.web.discovery.queries import Asked
from entrepot.web.records.models import append

MOST_VIEWS = 50
MOST_LETTERS = 1000


class NotKept(Exception):
    """The view was not kept; `why` says what to do."""

    def __init__(self, why: str | Promise) -> None:
        super().__init__(str(why))
        self.why = why


def keep(name: str, asked: Asked, *, by: Any) -> SavedView:
    """Keep what is asked for under `name`; a name that is there takes the new filters. Raises `NotKept`."""
    name = " ".join(name.replace("\x00", "").split())[:100]
    if not name:
        raise NotKept(_("Give the view a name, so that you find it again."))
    others = SavedView.objects.filter(colleague=by).exclude(name=name)
    if others.count() >= MOST_VIEWS:
        raise NotKept(_("You keep %(n)s views; forget one first.") % {"n": MOST_VIEWS})
    with transaction.atomic():
        said = {"query": asked.query(run="", page=1)[:MOST_LETTERS]}
        view, _made = SavedView.objects.update_or_create(colleague=by, name=name, defaults=said)
        # a record holds nothing that names somebody, so not what was searched for
        append("view kept", by=by.mark, body={"view": view.pk, "query": asked.query(run="", q="")})
    return view


def forget(view: SavedView, *, by: Any) -> None:
    """Let `view` go."""
    with transaction.atomic():
        append("view forgotten", by=by.mark, body={"view": view.pk})
        view.delete()


def asked_of(view: SavedView) -> Asked:
    """What `view` asks for."""
    return Asked.of(dict(parse_qsl(view.query)))
