"""How often a concept comes back: by how many informants, in how many sources and of how many kinds.

The paper kept concepts "replicated across multiple informants and confirmed by several data sources" and excluded what
was idiosyncratic to a few (Park, Ritala & Velu 2020, Data Analysis). The rule proposes, a person decides: keeping or
excluding is a choice in the log, with its reason and the counts of then.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.sensemaking.coding.study import Choice, Code, Intervention, Segment, Study


@dataclass(frozen=True)
class Rule:
    """A concept is kept from so many informants and sources on; it is confirmed from so many kinds of source on."""

    informants: int = 2
    sources: int = 2
    kinds: int = 2


@dataclass(frozen=True)
class Replication:
    """One concept: its counts, what the rule proposes, what was decided, and what to mind.

    `confirmed` is the flag for what may be shown: at least two kinds of source. `unattributed` segments name no speaker
    and count for no informant. `after_intervention`: all of it was said after the researcher had intervened.
    """

    code: str
    name: str
    segments: int
    informants: int
    sources: int
    kinds: int
    groups: int
    unattributed: int
    confirmed: bool
    proposed: str
    decided: str
    reason: str
    after_intervention: bool
    mind: str


def replication(study: Study, rule: Rule | None = None) -> list[Replication]:
    """One row a concept, in the order of the codes."""
    rule = rule or Rule()
    return [_of(study, each, rule) for each in study.codes if each.level == "concept"]


def _of(study: Study, code: Code, rule: Rule) -> Replication:
    segments = study.under(code.code)
    informants = {name for each in segments for name in study.speakers(each)}
    sources = {each.source for each in segments}
    counts = len(informants), len(sources), len({study.source(name).kind for name in sources})
    proposed = "kept" if counts[0] >= rule.informants and counts[1] >= rule.sources else "excluded"
    choice = latest_choice(study, code.code)
    late = bool(segments) and all(after_intervention(study, each) for each in segments)
    return Replication(
        code=code.code, name=code.name, segments=len(segments), informants=counts[0], sources=counts[1],
        kinds=counts[2], groups=len({study.source(name).group for name in sources}),
        unattributed=sum(not study.speakers(each) for each in segments), confirmed=counts[2] >= rule.kinds,
        proposed=proposed, decided=choice.decision if choice else "", reason=choice.reason if choice else "",
        after_intervention=late, mind=_mind(choice, proposed, counts, late=late),
    )  # fmt: skip


def _mind(choice: Choice | None, proposed: str, counts: tuple[int, int, int], *, late: bool) -> str:
    if choice and choice.decision != proposed:
        return f"decided against the rule, which now says {proposed}"
    if choice and (choice.informants, choice.sources, choice.kinds) != counts:
        return "the counts have changed since it was decided"
    return "said only after the researcher had intervened" if late else ""


def latest_choice(study: Study, code: str) -> Choice | None:
    """The last choice on a concept; None where nobody has decided."""
    return next((each for each in reversed(study.choices) if each.code == code), None)


def excluded(study: Study) -> frozenset[str]:
    """The concepts that people took out; a proposal of the rule alone takes nothing out."""
    decided = {each.code: each.decision for each in study.choices}
    return frozenset(code for code, decision in decided.items() if decision == "excluded")


def choose(study: Study, choice: Choice, rule: Rule | None = None) -> Study:
    """The study with a choice in its log, with the counts of now; a choice needs a reason."""
    from entrepot.errors import InputError, Mistake

    if not choice.reason.strip():
        raise InputError(
            Mistake(
                "a choice gives no reason",
                "the exclusion log",
                do=f"say why {choice.code} is {choice.decision}",
            )
        )
    if choice.code not in {each.code for each in study.codes if each.level == "concept"}:
        raise InputError(Mistake(f"unknown concept {choice.code!r}", "the exclusion log"))
    now = _of(study, study.code(choice.code), rule or Rule())
    row = Choice(
        choice.code,
        choice.decision,
        choice.reason,
        choice.by,
        choice.at,
        now.informants,
        now.sources,
        now.kinds,
    )
    return study.having(choices=(*study.choices, row))


def interventions_on(study: Study, segment: Segment) -> tuple[Intervention, ...]:
    """The interventions that the words of a segment may answer to: in its source, or earlier with its group."""
    source = study.source(segment.source)
    return tuple(
        each for each in study.interventions
        if each.source == source.source or (each.group == source.group and each.at and each.at < source.at)
    )  # fmt: skip


def after_intervention(study: Study, segment: Segment) -> bool:
    """Whether the words of a segment may answer to something that the researcher had said."""
    return bool(interventions_on(study, segment))
