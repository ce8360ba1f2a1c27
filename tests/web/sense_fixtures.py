"""What the tests of making sense share: a question with twelve people in two units on two levels, and their answers."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from entrepot.web.people.models import Colleague
from entrepot.web.sensemaking import ballots, leading
from entrepot.web.sensemaking.leading import Asking, Newcomer
from entrepot.web.sensemaking.models import Question, Round, Seat

TWELVE = [("sales", "leader", 1), ("sales", "staff", 5), ("legal", "leader", 1), ("legal", "staff", 5)]
SIX = [("sales", "leader", 1), ("legal", "leader", 1), ("sales", "staff", 2), ("legal", "staff", 2)]
GIVEN = {"status": "given", "reason_code": "", "reason": ""}


def address_of(unit: str, level: str, place: int) -> str:
    return f"{unit}-{level}-{place}@firm.example"


def people(groups) -> list[Newcomer]:
    """Colleagues of these units and levels, to be asked; without a password, which would take its time."""
    found = []
    for unit, level, number in groups:
        for place in range(number):
            email = address_of(unit, level, place)
            if not Colleague.objects.filter(email=email).exists():
                Colleague.objects.add(email, roles=["stakeholder"])
            found.append(Newcomer(unit, level, email=email))
    return found


@pytest.fixture
def facilitator(db):
    return Colleague.objects.add("lead@firm.example", roles=["facilitator"])


@pytest.fixture
def leads(signed_in, facilitator):
    return signed_in("facilitator", email=facilitator.email)


@pytest.fixture
def asked(facilitator):
    """A question that asks the people of `groups`."""

    def make(groups=TWELVE, owner="sales") -> Question:
        made = leading.ask(
            "Do we want resellers as customers?", "Half of our growth came from them.", owner, by=facilitator
        )
        leading.add(made, people(groups), by=facilitator)
        return made

    return make


@pytest.fixture
def opened(asked, facilitator):
    """An open round of a new question, or of `question`."""

    def make(mode="blind_by_unit", groups=TWELVE, feedback="reasons", question=None) -> Round:
        how = Asking(mode, feedback, timezone.now() + timedelta(days=7))
        return leading.open_round(question or asked(groups), how, by=facilitator)

    return make


def scores(short=(0, 0), long=(0, 0), reason="", **more) -> dict[str, str]:
    """The fields of an answer: (legitimacy, efficiency) in the short and in the long run."""
    return {
        **GIVEN, "legitimacy_short": str(short[0]), "efficiency_short": str(short[1]),
        "legitimacy_long": str(long[0]), "efficiency_long": str(long[1]), "reason": reason, **more,
    }  # fmt: skip


def text(answer) -> str:
    return answer.content.decode()


def code_of(client: Client, round_: Round) -> str:
    """Draw a code as a person does: load the page, press the button, read the code."""
    page = client.get(f"/rounds/{round_.pk}/answer")
    token = re.search(r'name="token" value="([^"]+)"', text(page))[1]
    shown = client.post(f"/rounds/{round_.pk}/answer", {"token": token})
    assert shown.status_code == 200, text(shown)
    return re.search(r'class="secret code">([^<]+)<', text(shown))[1]


def put(code: str, said: dict[str, str], client: Client | None = None):
    """Spend a code on the page of ballots."""
    return (client or Client()).post("/ballot/", {"code": code, **said})


def staff(round_: Round) -> list[Seat]:
    """The seats of those who answer blind."""
    return list(round_.seats.exclude(cell="").select_related("stakeholder__colleague").order_by("pk"))


def leaders(round_: Round) -> list[Seat]:
    return list(round_.seats.filter(cell="").select_related("stakeholder__colleague").order_by("pk"))


def answer_all(round_: Round, said=None, fewer: int = 0) -> None:
    """Everybody who answers blind does so, but for the last `fewer`; `said` says what the nth says."""
    from entrepot.web.sensemaking.saying import Said

    seats = staff(round_)
    for place, seat in enumerate(seats[: len(seats) - fewer]):
        code = ballots.new_code()
        ballots.draw(seat, code)
        usual = {
            "legitimacy_short": place % 3,
            "efficiency_short": 1,
            "legitimacy_long": -1,
            "efficiency_long": 0,
        }
        given = said(place) if said else Said("given", usual)
        ballots.cast(code, given, f"reason {place}")
