"""The pages of one actor: all on one page, a panel beside the list, its picture, its neighbourhood, and its name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from entrepot import identities
from entrepot.errors import InputError
from entrepot.report import around as neighbourhood
from entrepot.report.around import Around
from entrepot.report.charts import FARTHEST_LOG10, odds
from entrepot.report.listed import QUESTIONS, kind_name
from entrepot.report.words import count, in_hundred, plural, share, strength
from entrepot.web.access import needs
from entrepot.web.discovery.actor import UNREADABLE, Shown, find, shown, told
from entrepot.web.discovery.models import SECOND, Finding, Review, Turn
from entrepot.web.discovery.pictures import NAMES
from entrepot.web.discovery.queries import STATE_NAMES
from entrepot.web.discovery.timeline import Moment, events_of, timeline
from entrepot.web.failing import Problem, tell
from entrepot.web.pages import is_part, show
from entrepot.web.permissions import may
from entrepot.web.records.models import append
from entrepot.web.runs.models import DONE, Run

UNKNOWN = _("This run knows no actor of this id")
ACTIONS = (
    ("review_finding", _("Review"), "review"),
    ("join", _("Join with another actor"), "correct actors"),
    ("part", _("Part into two"), "correct actors"),
    ("appeal_link", _("Invite an answer"), "take appeals"),
)
"""What can be done with a finding, by the address that does it (with the finding's key), and who may."""


@dataclass(frozen=True)
class Action:
    """A button: its words and where it leads."""

    title: str | Promise
    address: str


@dataclass(frozen=True)
class Like:
    """An actor that is like this one, and in what."""

    finding: Finding
    address: str
    kind: str
    strength: str
    alike: str
    signal: str
    product: str


@dataclass(frozen=True)
class Walk:
    """The neighbourhood as it is drawn: `picture` is SVG whose nodes are links; `steps` the same as a table."""

    around: Around
    picture: SafeString
    steps: Sequence[tuple[neighbourhood.Node, str]]


@dataclass(frozen=True)
class ActorPage:
    """The page of one actor. `names` is None until somebody who may has asked for them."""

    run: Run
    run_is_there: bool
    sentence: str
    how_sure: str
    shown: Shown
    state: str | Promise
    walk: Walk | None
    moments: Sequence[Moment]
    likes: Sequence[Like]
    reviews: Sequence[tuple[Review, str | Promise]]
    second_is_open: bool
    actions: Sequence[Action]
    names: Sequence[Mapping[str, Any]] | None


@require_safe
@needs("read findings")
def findings_actor(request: HttpRequest, run: str, actor: str) -> HttpResponse:
    """One actor: evidence and innocent explanations, and all that stands behind; as a part, the panel of the list."""
    finding = _finding(run, actor)
    draw = NAMES if request.GET.get("pictures") == "now" else ()
    if is_part(request):
        return show(request, "discovery/_panel.html", shown(finding, draw=draw))
    return show(request, "discovery/actor.html", _page(request, finding, draw=draw))


@require_safe
@needs("read findings")
def findings_purchases(request: HttpRequest, run: str, actor: str) -> HttpResponse:
    """The picture of purchases in one `width`, for the page that left its place free; as a whole, that page drawn."""
    finding = _finding(run, actor)
    if not is_part(request):
        return redirect(f"{reverse('findings_actor', args=(run, actor))}?pictures=now")
    width = request.GET.get("width", "")
    drawn = shown(finding, draw=[width]).purchases if width in NAMES else None
    if drawn is None:
        raise Http404(_("There is no such picture"))
    return show(request, "discovery/_drawing.html", drawn, drawing=drawn.of(width))


@require_safe
@needs("read findings")
def findings_around(request: HttpRequest, run: str, actor: str) -> HttpResponse:
    """The neighbourhood of one of the actor's records, `at` its number; as a part, the picture alone."""
    finding = _finding(run, actor)
    walk = _walk(finding, told(finding) or {}, at=request.GET.get("at", ""))
    template = "discovery/_around.html" if is_part(request) else "discovery/around.html"
    return show(request, template, walk, finding=finding)


@require_POST
@needs("see names")
def findings_names(request: HttpRequest, run: str, actor: str) -> HttpResponse:
    """The actor's page with its name, read from the orders now and kept nowhere; who saw it is recorded."""
    finding = _finding(run, actor)
    try:
        names = identities.of_actor(finding.run.folder, finding.actor_id)
    except UNREADABLE as error:
        reasons = " ".join(str(m) for m in error.mistakes) if isinstance(error, InputError) else ""
        return tell(request, Problem(409, _("The names cannot be read"), reasons,
                                     _("They stand in the files of which the run was made.")))  # fmt: skip
    with transaction.atomic():
        body = {"run": finding.run.name, "records": len({row["customer_id"] for row in names})}
        append("names seen", by=request.user.mark, body=body, about=f"actor:{finding.actor_id}")
    answer = show(request, "discovery/actor.html", _page(request, finding, names=names))
    answer["Cache-Control"] = "no-store"
    return answer


def _finding(run: str, actor: str) -> Finding:
    """The actor of the run; 404 where there is no such run or actor."""
    found = find(get_object_or_404(Run, name=run, state=DONE), actor)
    if found is None:
        raise Http404(UNKNOWN)
    return found


def _page(
    request: HttpRequest,
    finding: Finding,
    *,
    draw: Collection[str] = (),
    names: Sequence[Mapping[str, Any]] | None = None,
) -> ActorPage:
    reviews, second_is_open = reviews_of(finding, request.user)
    said = shown(finding, draw=draw)
    return ActorPage(
        run=finding.run,
        sentence=answer(finding),
        how_sure=how_sure(finding),
        run_is_there=finding.run.is_there,
        shown=said,
        state=STATE_NAMES[finding.state],
        walk=_walk(finding, said.told),
        moments=timeline(finding, said.told, reviews, events_of(finding.run)),
        likes=_likes(finding, said.told),
        reviews=[(review, STATE_NAMES.get(review.verdict, review.verdict)) for review in reviews],
        second_is_open=second_is_open,
        actions=_actions(request, finding),
        names=names,
    )


def answer(finding: Finding) -> str:
    """What the page tells, in one sentence."""
    said = {
        "units": count(finding.excess_units),
        "low": count(finding.excess_units_low),
        "high": count(finding.excess_units_high),
        "all": plural(finding.units or 0, "unit"),
    }
    if finding.flagged:
        words = gettext("Of %(all)s about %(units)s, between %(low)s and %(high)s, are beyond personal use.")
        return words % said
    if finding.resale_evidence > 0:
        return gettext("Not on the list: personal use is not ruled out for these %(all)s.") % said
    return gettext("Not on the list: personal use explains these %(all)s.") % said


def how_sure(finding: Finding) -> str:
    """How strong the evidence is, and what that means for the list."""
    odds_said = odds(max(-FARTHEST_LOG10, min(FARTHEST_LOG10, finding.resale_evidence)))
    said = {"strength": strength(finding.resale_evidence), "odds": odds_said,
            "rate": in_hundred(float(finding.run.about.get("fdr") or 0.05))}  # fmt: skip
    if finding.flagged:
        words = gettext(
            "The evidence against personal use is %(strength)s, %(odds)s. At most %(rate)s of such a list are "
            "ordinary customers; whether this is one of them a person decides."
        )
        return words % said
    if finding.resale_evidence > 0:
        return gettext("The evidence against personal use is %(odds)s: too little for the list.") % said
    return gettext("What the orders say of this actor, they say for personal use.")


def reviews_of(finding: Finding, colleague: Any) -> tuple[list[Review], bool]:
    """What was concluded of the actor in this and other runs, and whether it is held back.

    Who may still be the second reviewer must not know what the first concluded.
    """
    second = Turn.objects.filter(finding__actor_id=finding.actor_id, queue=SECOND, done_at=None).first()
    if second is not None and may(colleague, "review") and second.not_by_id != colleague.pk:
        return [], True
    found = Review.objects.filter(finding__actor_id=finding.actor_id).select_related(
        "finding__run", "reviewer"
    )
    return list(found), False


def _walk(finding: Finding, said: Mapping[str, Any], *, at: str = "") -> Walk | None:
    """The neighbourhood; None where the actor's links are not known, or lead nowhere."""
    if not said.get("records"):
        return None
    outside = {link[end] for link in said["links"] for end in ("a", "b")} - {r["n"] for r in said["records"]}
    codes = dict(finding.run.findings.filter(actor_id__in=outside).values_list("actor_id", "code"))
    found = neighbourhood.around(said, centre=at, codes=codes)
    if found is None or len(found.nodes) < 2:
        return None

    def address(node: neighbourhood.Node) -> str:
        actor = finding.actor_id if node.is_own else node.key
        path = reverse("findings_around", args=(finding.run.name, actor))
        return f"{path}?at={node.key}" if node.is_own else path

    picture = mark_safe(neighbourhood.svg(found, address))  # every word in it is escaped where it is drawn
    return Walk(found, picture, [(node, address(node)) for node in found.nodes])


def _likes(finding: Finding, said: Mapping[str, Any]) -> list[Like]:
    rows = said.get("alike") or ()
    others = Finding.objects.in_bulk([row["finding"] for row in rows])
    return [
        Like(
            finding=other,
            address=reverse("findings_actor", args=(finding.run.name, other.actor_id)),
            kind=kind_name(other.kind),
            strength=strength(other.resale_evidence),
            alike=share(row["alike_0_1"]),
            signal=QUESTIONS.get(row["signal"], ""),
            product=row["product"],
        )
        for row in rows
        if (other := others.get(row["finding"])) is not None
    ]


def _actions(request: HttpRequest, finding: Finding) -> list[Action]:
    """What whoever looks may do with the finding: the places that are there."""
    if finding.pk is None:
        return []
    found = []
    for name, title, action in ACTIONS:
        if may(request.user, action) and (address := _address(name, finding)):
            found.append(Action(title, address))
    return found


def _address(name: str, finding: Finding) -> str:
    try:
        return reverse(name, args=(finding.pk,))
    except NoReverseMatch:
        return ""
