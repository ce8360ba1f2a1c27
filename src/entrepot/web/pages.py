"""What every page shares: who is here, where one can go, and how an answer comes as a whole page or a part of one.

A page is a dataclass rendered by one template; a part is the same template's block for htmx, so that everything works
without a script too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_resolver
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import entrepot

MOST_IN_A_LINE = 8


@dataclass(frozen=True)
class Place:
    """A place of the navigation: its address by name, its title, and the action that one needs.

    `is_seldom` is a place that is folded away for whoever has more places than one line holds; `shut_to` a role to
    which it refuses, whatever other roles stand beside it.
    """

    name: str
    title: str | Promise
    needs: str
    is_seldom: bool = False
    shut_to: str = ""


PLACES = (
    Place("home", _("Home"), "be here"),
    Place("findings", _("Findings"), "read findings"),
    Place("review", _("Review"), "read findings"),
    Place("appeals", _("Appeals"), "take appeals"),
    Place("observations", _("Observations"), "read findings"),
    Place("interdependence", _("Interdependence"), "read findings"),
    Place("questions", _("Making sense"), "make sense"),
    Place("coding", _("Testimony"), "keep consent", is_seldom=True, shut_to="administrator"),
    Place("runs", _("Runs"), "read findings"),
    Place("protection", _("Data protection"), "protect data", is_seldom=True),
    Place("fairness", _("Errors compared"), "compare errors", is_seldom=True),
    Place("records", _("Records"), "read records", is_seldom=True),
    Place("colleagues", _("Colleagues"), "keep colleagues", is_seldom=True),
)


def surroundings(request: HttpRequest) -> Mapping[str, Any]:
    """What the base template needs on every page."""
    colleague = getattr(request, "user", None)
    allowed: frozenset[str] = getattr(colleague, "actions", frozenset())
    roles: frozenset[str] = getattr(colleague, "role_names", frozenset())
    known = get_resolver().reverse_dict
    here = request.resolver_match.view_name if request.resolver_match else ""
    places = [p for p in PLACES if p.needs in allowed and p.name in known and p.shut_to not in roles]
    folded = [place for place in places if place.is_seldom] if len(places) > MOST_IN_A_LINE else []
    return {
        "places": [place for place in places if place not in folded],
        "folded": folded,
        "here": here.partition("_")[0],
        "version": entrepot.__version__,
        "allowed": allowed,
        "request_number": getattr(request, "number", ""),
    }


def show(request: HttpRequest, template: str, page: Any, **more: Any) -> HttpResponse:
    """`page` by `template`; status and headers by `more`."""
    status = more.pop("status", 200)
    return render(request, template, {"page": page, **more}, status=status)


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page only."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
