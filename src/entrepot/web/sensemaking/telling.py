"""Words that people read before, while and after they answer: what is promised, and what a score means.

What is promised is made of how the round was opened, and is said before the first answer; the pages keep to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from entrepot.sensemaking.rounds import ALL_UNITS, EVERYBODY, OTHER_UNITS
from entrepot.web.sensemaking.models import DO, GOING_ON, Round

Words = Mapping[str, str | Promise]
LEGITIMACY = (
    lazy("does not fit at all"), lazy("mostly does not fit"), lazy("rather does not fit"), lazy("neither"),
    lazy("rather fits"), lazy("mostly fits"), lazy("fits fully"),
)  # fmt: skip
EFFICIENCY = (
    lazy("works clearly against us"), lazy("works against us"), lazy("works rather against us"), lazy("neither"),
    lazy("rather helps us"), lazy("helps us"), lazy("clearly helps us"),
)  # fmt: skip
STAGES: Words = {GOING_ON: lazy("What is going on?"), DO: lazy("What do we do?")}
SUBJECTS = {False: lazy("Your view is asked for"), True: lazy("A reminder: your view is asked for")}
"""The subject of a letter, by whether it is a reminder."""
REASON_CODES: Words = {
    "fear_of_rebuke": lazy("I would be told that I do wrong"),
    "brand_ruin": lazy("It would be said that this ruins the brand"),
    "not_my_remit": lazy("It is not my business"),
    "know_too_little": lazy("I know too little"),
    "other": lazy("Another reason"),
}
GROUPS: Words = {
    OTHER_UNITS: lazy("other units"),
    ALL_UNITS: lazy("staff of all units"),
    EVERYBODY: lazy("everybody"),
}


def group_name(cell: str) -> str:
    """A group of blind answers in words; a unit's own name stays."""
    return str(GROUPS.get(cell, cell))


def promise(round_: Round) -> list[str]:
    """What is told before the first answer: who answers how, what is shown to whom, and what is not."""
    return [*_how(round_), *_shown(round_), *(_kept() if round_.is_blind else []), *_until(round_)]


def _how(round_: Round) -> list[str]:
    if round_.mode == "attributed":
        return [_("Everybody answers by name in this round."), _named()]
    groups = Counter(round_.seats.exclude(cell="").values_list("cell", flat=True))
    named = round_.seats.filter(cell="").exists()
    told = ", ".join(f"{group_name(cell)} ({number})" for cell, number in sorted(groups.items()))
    who = _("Leaders answer by name. Staff answer blind.") if named else _("Everybody answers blind.")
    return [
        who,
        *([_named()] if named else []),
        _("Blind answers are shown by these groups, with the number of those asked: %(groups)s.")
        % {"groups": told},
    ]


def _named() -> str:
    return _("What is said by name is shown with the name, and so is who moved from one round to the next.")


def _shown(round_: Round) -> list[str]:
    before = _("Nobody sees a result before the round is closed.")
    if round_.feedback == "none":
        return [
            before,
            _("After the close the result is shown to those who lead the round, and to nobody else."),
            _("Others who are asked see of it only which type of account it makes."),
        ]
    later = _("In the next round it is also shown to those who answer then, while they answer.")
    if round_.feedback == "distribution":
        return [before, _("After the close the result is shown to everybody who was asked, reasons only to those who "
                          "lead the round."), later]  # fmt: skip
    return [
        before,
        _("After the close the result is shown with its reasons to everybody who was asked."),
        later,
    ]


def _kept() -> list[str]:
    return [
        _("Of a blind answer we keep its group, its scores and why somebody passed: no name, no time and no order."),
        _("A group with fewer than five answers is joined with others; fewer than five in all are destroyed unseen."),
        _("A reason is optional. Reasons are shown apart from scores, without unit or level, and only where five or "
          "more people gave one; else they are destroyed."),
        _("This protects you from whoever reads the database, the logs or a backup, but not from a server that was "
          "changed."),
    ]  # fmt: skip


def _until(round_: Round) -> list[str]:
    if round_.retain_until is None:
        return []
    said = _("From %(day)s on all answers and reasons of this round are deleted, and who was asked; its result stays "
             "as one sentence, and the account.")  # fmt: skip
    return [said % {"day": round_.retain_until.isoformat()}]


def score_words(scores: Sequence[str | Promise]) -> list[tuple[int, str | Promise]]:
    """−3 to 3, each with its words."""
    return list(zip(range(-3, 4), scores, strict=True))
