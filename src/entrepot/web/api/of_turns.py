"""Review by programs: queues, a finding held by one at a time, and what is concluded of it; as the pages do it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Path
from ninja.responses import Status

from entrepot.web.api import answers, queries, said, shapes
from entrepot.web.api.guard import needs
from entrepot.web.api.of_files import Once
from entrepot.web.api.problems import Refused, checked, or_problem
from entrepot.web.api.routing import router
from entrepot.web.discovery import appeals, queueing
from entrepot.web.discovery.models import APPEALED, Finding, Review, Turn
from entrepot.web.discovery.review_pages import VerdictForm
from entrepot.web.discovery.reviewing import NotTaken, Said, conclude
from entrepot.web.failing import Problem
from entrepot.web.people.models import Colleague

REVIEW: Any = needs("review")
HAND_OVER: Any = needs("hand over")
NOT_YOURS = Problem(409, _("You do not hold this finding"), _("Nothing was changed."), _("Take it first."))
NOT_FREE = Problem(
    409, _("The finding cannot be taken"), _("It is done, somebody else holds it, or you have judged it before.")
)  # fmt: skip
NOT_FOR_THEM = Problem(
    409, _("The finding cannot be handed over"), _("It is done, held, or not for this colleague.")
)
DONE = Problem(409, _("The finding is done"), _("Nothing was changed."))


@router.get(
    "/queues", auth=needs("read findings"), response=or_problem(list[shapes.QueueOut]), tags=["reviews"]
)
def queues(request: HttpRequest) -> Any:
    """How each queue stands, and how much of it waits for who asks."""
    return [vars(queue) for queue in queueing.standing(request.auth.colleague)]


@router.post("/reviews/next", auth=REVIEW, response=or_problem(shapes.Next), tags=["reviews"])
def next_review(request: HttpRequest, given: shapes.Claim) -> Any:
    """Take the finding that waits most urgently; nobody else gets it until `held_until`."""
    queueing.escalate_overdue()
    turn = queueing.take_next(request.auth.colleague, given.queue)
    return {"turn": said.turn(_turn(turn.pk)) if turn else None}


@router.post("/reviews", auth=REVIEW, response=or_problem(shapes.ReviewOut, 201), tags=["reviews"])
def add_review(request: HttpRequest, given: shapes.ReviewIn, key: Once = None) -> Any:
    """Conclude a finding that you hold. In the queue of appeals `answer` is what the person concerned reads."""
    turn, colleague = _turn(given.turn), request.auth.colleague
    number = answers.form_number(request, key)
    sent = {**given.model_dump(exclude={"turn"}), "form": number}
    words = checked(VerdictForm(sent, is_appeal=turn.queue == APPEALED)).cleaned_data
    verdict = Said(words["verdict"], number, words["kind"], words["reason"], words["note"])

    def conclude_it() -> shapes.ReviewOut:
        try:
            made: Review = (
                appeals.decide(turn, colleague, verdict, words["answer"])
                if turn.queue == APPEALED
                else conclude(turn, colleague, verdict)
            )
        except NotTaken as error:
            raise Refused(Problem(409, _("The verdict was not saved"), error.why)) from None
        return said.review(made)

    return answers.once(request, key, conclude_it)


def _turn(number: int) -> Turn:
    found = Turn.objects.select_related("finding__run", "holder").filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@router.put("/turns/{number}/hold", auth=REVIEW, response=or_problem(shapes.TurnOut), tags=["reviews"])
def hold_turn(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Take one finding out of turn, or hold longer what you hold."""
    if not queueing.take(_turn(number), request.auth.colleague):
        raise Refused(NOT_FREE)
    return said.turn(_turn(number))


@router.delete("/turns/{number}/hold", auth=REVIEW, response=or_problem(None, 204), tags=["reviews"])
def let_go(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Let others have it."""
    if not queueing.give_back(_turn(number), request.auth.colleague):
        raise Refused(NOT_YOURS)
    return Status(204, None)


@router.post("/turns/{number}/postponement", auth=REVIEW, response=or_problem(None, 204), tags=["reviews"])
def put_off(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Later: it comes back on the next working day."""
    if not queueing.put_off(_turn(number), request.auth.colleague):
        raise Refused(NOT_YOURS)
    return Status(204, None)


@router.put("/turns/{number}/reviewer", auth=HAND_OVER, response=or_problem(None, 204), tags=["reviews"])
def hand_over(request: HttpRequest, number: Path[shapes.Number], given: shapes.To) -> Any:
    """Ask a colleague to judge it."""
    turn, to = _turn(number), Colleague.objects.filter(pk=given.colleague).first()
    if to is None or not queueing.hand_over(turn, to, request.auth.colleague):
        raise Refused(NOT_FOR_THEM)
    return Status(204, None)


@router.post("/turns/{number}/escalation", auth=HAND_OVER, response=or_problem(None, 204), tags=["reviews"])
def escalate(request: HttpRequest, number: Path[shapes.Number]) -> Any:
    """Put it at the top for everybody."""
    if not queueing.escalate(_turn(number), request.auth.colleague):
        raise Refused(DONE)
    return Status(204, None)


@router.post("/findings/{actor_id}/turn", auth=REVIEW, response=or_problem(shapes.TurnOut), tags=["reviews"])
def ask_for(request: HttpRequest, actor_id: Path[shapes.Word], run: shapes.Word | None = None) -> Any:
    """A finding to judge that was not due: its turn, or a new one."""
    here = Finding.objects.select_related("run").filter(run=queries.run_of(run), actor_id=actor_id).first()
    if here is None:
        raise Http404
    turn = queueing.ask_for(here, request.auth.colleague)
    if turn is None:
        raise Refused(NOT_FREE)
    return said.turn(_turn(turn.pk))
