"""The pages of those who are asked: the answer by name, the code that one draws, and the ballot that knows nobody.

They speak English, Korean and simplified Chinese: as the invitation says, or as the switch at the top. Without a script
the plane is a list of words; a double submit is one answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from entrepot.web.access import needs, open_to_all
from entrepot.web.pages import show
from entrepot.web.records.models import append
from entrepot.web.sensemaking import ballots, leading, telling
from entrepot.web.sensemaking.assessing import AnswerForm, CodeForm
from entrepot.web.sensemaking.box import KeyIsGone
from entrepot.web.sensemaking.models import Answer, Evidence, Round, Seat
from entrepot.web.sensemaking.results import Feedback, feedback_of
from entrepot.web.sensemaking.rows import before
from entrepot.web.sensemaking.saying import Said

SALT = "entrepot.web.sensemaking.code"


@dataclass(frozen=True)
class Asked:
    """What every page of those who are asked shows: the question, what is promised, the languages."""

    round: Round
    stage: Any
    promise: Sequence[str]
    evidence: Sequence[Evidence]
    form: AnswerForm | None = None
    feedback: Feedback | None = None
    code: str = ""
    token: str = ""
    address: str = ""
    state: str = "asked"  # asked, over, saved, drawn, drew, spent
    languages: Sequence[tuple[str, str]] = field(default_factory=lambda: tuple(settings.LANGUAGES))


def _asked(round_: Round, **more: Any) -> Asked:
    question = round_.question
    return Asked(
        round_, telling.STAGES[round_.stage], telling.promise(round_), list(question.evidence.all()), **more
    )


def _speak(request: HttpRequest, otherwise: str) -> None:
    """Speak the language that the switch says, else that of the invitation."""
    said = request.GET.get("language") or otherwise
    if said in dict(settings.LANGUAGES):
        translation.activate(said)
        request.LANGUAGE_CODE = said


def _feedback(round_: Round) -> Feedback | None:
    """What those who are asked may see of the round before, while they answer."""
    last = before(round_)
    if last is None or last.feedback == "none":
        return None
    return feedback_of(last)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs("answer rounds")
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One's place at a round: the form for who answers by name, the code for who answers blind."""
    seat = _seat(request, pk)
    _speak(request, leading.language_of(seat.stakeholder))
    if seat.cell:
        return _draw(request, seat)
    known = Answer.objects.filter(seat=seat).first()
    form = AnswerForm(request.POST or None, initial=_as_initial(known))
    if not seat.round.takes_answers(at=timezone.now()):
        return _told(
            request, "answer.html", _asked(seat.round, form=form, state="over"), 409 if request.POST else 200
        )
    if request.method != "POST" or not form.is_valid():
        page = _asked(seat.round, form=form, feedback=_feedback(seat.round))
        return _told(request, "answer.html", page, 422 if form.is_bound else 200)
    if not keep(seat, form.said, form.cleaned_data["reason"], request.user):
        return _told(request, "answer.html", _asked(seat.round, form=form, state="over"), 409)
    return _told(request, "answer.html", _asked(seat.round, state="saved"))


def _seat(request: HttpRequest, pk: int) -> Seat:
    mine = Seat.objects.filter(round=pk, stakeholder__colleague=request.user)
    seat = mine.select_related("round__question", "stakeholder__colleague").first()
    if seat is None:
        raise Http404
    return seat


def _as_initial(known: Answer | None) -> dict[str, Any]:
    if known is None:
        return {}
    said = Said.of(known.said)
    return {"status": said.status, "reason_code": said.reason_code, "reason": known.reason, **said.scores}


def keep(seat: Seat, said: Said, reason: str, colleague: Any) -> bool:
    """Keep an answer by name, in place of the one before; False where the round closed meanwhile."""
    with transaction.atomic():
        held = Round.objects.select_for_update().get(pk=seat.round_id)
        now = timezone.now()
        if not held.takes_answers(at=now):
            return False
        fields = {"said": said.as_body(), "reason": reason.strip(), "at": now}
        Answer.objects.update_or_create(seat=seat, defaults=fields)
        body = {"round": held.number}
        append("answered by name", by=colleague.mark, body=body, about=held.question.mark)
    return True


def _draw(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The page on which a code is drawn. The code is made before it serves, so that a second tap shows it again."""
    if not seat.round.takes_answers(at=timezone.now()):
        return _told(request, "draw.html", _asked(seat.round, state="over"), 409 if request.POST else 200)
    if request.method != "POST":
        code = ballots.new_code()
        token = signing.dumps([code, seat.pk], salt=SALT)
        state = "drew" if hasattr(seat, "drawn") else "asked"
        return _told(request, "draw.html", _asked(seat.round, token=token, state=state))
    try:
        code, holder = signing.loads(request.POST.get("token", ""), salt=SALT)
        if holder != seat.pk:
            raise signing.BadSignature
        ballots.draw(seat, code)
    except signing.BadSignature:
        raise Http404 from None
    except ballots.AlreadyDrawn:
        return _told(request, "draw.html", _asked(seat.round, state="drew"), 409)
    except ballots.NotOpen:
        return _told(request, "draw.html", _asked(seat.round, state="over"), 409)
    address = f"{reverse('ballot')}?language={translation.get_language()}#{code}"
    return _told(request, "draw.html", _asked(seat.round, code=code, address=address, state="drawn"))


@dataclass(frozen=True)
class BallotPage:
    """The page of a ballot: first its code is asked for, then the answer. `asked` is None before a code is known."""

    code: CodeForm
    asked: Asked | None = None
    state: str = "code"  # code, asked, cast, over, unknown, locked
    languages: Sequence[tuple[str, str]] = field(default_factory=lambda: tuple(settings.LANGUAGES))


@csrf_exempt  # nobody is signed in here, and whoever has the code may answer
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
def ballot(request: HttpRequest) -> HttpResponse:
    """Spend a code: nothing here reads a session or a cookie, and no line is logged (`unseen`)."""
    _speak(request, "")
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _told(request, "ballot.html", BallotPage(form), 422 if form.is_bound else 200)
    code = form.cleaned_data["code"]
    try:
        return _cast(request, form, code)
    except ballots.NoSuchCode:
        return _told(request, "ballot.html", BallotPage(form, state="unknown"), 409)
    except ballots.NotOpen:
        said = AnswerForm(request.POST) if "status" in request.POST else None
        round_ = ballots.round_of_closed(code)
        page = BallotPage(form, _asked(round_, form=said) if round_ else None, "over")
        return _told(request, "ballot.html", page, 409)
    except KeyIsGone:
        return _told(request, "ballot.html", BallotPage(form, state="locked"), 503)


def _cast(request: HttpRequest, code_form: CodeForm, code: str) -> HttpResponse:
    round_ = ballots.round_of(code)
    is_answer = "status" in request.POST
    form = AnswerForm(request.POST if is_answer else None)
    if not is_answer or not form.is_valid():
        page = BallotPage(code_form, _asked(round_, form=form, feedback=_feedback(round_)), "asked")
        return _told(request, "ballot.html", page, 422 if is_answer else 200)
    ballots.cast(code, form.said, form.cleaned_data["reason"])
    return _told(request, "ballot.html", BallotPage(code_form, state="cast"))


def _told(request: HttpRequest, template: str, page: Any, status: int = 200) -> HttpResponse:
    response = show(request, f"sensemaking/{template}", page, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response
