"""A study of testimony as plain tables: who spoke, what was said, how it was coded, and every choice on the way.

One dataclass is one row of one table. A position is a code point of the text, counted from 0; `first` and `last` are
both inside the segment, as REFI-QDA has them, and `\\r\\n` counts as two. A study is never changed: a function that
changes something gives another study back. The tables follow Park, Ritala & Velu 2020 (Methods, Table 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from entrepot.sensemaking.moments import UNKNOWN, Moment

KINDS = ("interview", "observation", "social_media", "meeting", "annual_report", "press")
LEVELS = ("concept", "theme", "dimension")
STEPS = ("", "interpretation", "integration", "account")
SENSITIVITIES = ("open", "restricted", "sealed")
WORDED = ("name", "description")
"""Properties of a code that may be somebody's own words."""
LOGICS = ("purposeful", "theoretical", "incremental", "referral", "trial_and_error", "probing")
CONSENTS = ("given", "unstated", "withdrawn")


def _one_of(*known: str, usually: str) -> Any:
    return field(default=usually, metadata={"one_of": known})


@dataclass(frozen=True)
class Group:
    """A group of informants. `case` is the firm whose sensemaking it shows; empty for those who look from outside."""

    group: str
    called: str = ""
    case: str = ""
    collected_from: Moment = UNKNOWN
    collected_until: Moment = UNKNOWN
    comparison: bool = False
    note: str = ""


@dataclass(frozen=True)
class Informant:
    """Somebody who spoke, under a pseudonym, with what they consented to."""

    informant: str
    group: str
    role: str = ""
    consent: str = _one_of(*CONSENTS, usually="unstated")
    consent_at: Moment = UNKNOWN
    withdrawn_at: Moment = UNKNOWN
    note: str = ""


@dataclass(frozen=True)
class Source:
    """One text or record: an interview, an observation, a post. `role` is the speaker's at the time.

    `follow_up` says why somebody was asked again (a new inquiry, a striking event), `follows` which source it follows.
    A sealed source lies in the vault; a withdrawn one has lost its text.
    """

    source: str
    name: str = ""
    kind: str = _one_of(*KINDS, usually="interview")
    group: str = ""
    informants: tuple[str, ...] = ()
    role: str = ""
    at: Moment = UNKNOWN
    minutes: int = 0
    sensitivity: str = _one_of(*SENSITIVITIES, usually="open")
    follow_up: str = ""
    follows: str = ""
    guide: str = ""
    withdrawn: bool = False
    file: str = ""
    note: str = ""


@dataclass(frozen=True)
class Coder:
    """Somebody who codes."""

    coder: str
    name: str = ""


@dataclass(frozen=True)
class Code:
    """A first-order concept, a second-order theme or an aggregate dimension, under its `parent`.

    `step` says which row of Table 3 a theme fills. A `reconstruction` was not read but rebuilt from a description.
    """

    code: str
    name: str = ""
    level: str = _one_of(*LEVELS, usually="concept")
    parent: str = ""
    description: str = ""
    colour: str = ""
    codable: bool = True
    step: str = _one_of(*STEPS, usually="")
    reconstruction: bool = False


@dataclass(frozen=True)
class Segment:
    """The span `first`–`last` of a text, both inside it, that a coder put under a code.

    `quoted` marks what is shown in a table; `line` is its place in a publication; `selection` joins segments that were
    one selection with several codes.
    """

    segment: str
    source: str
    first: int
    last: int
    code: str
    coder: str = ""
    at: Moment = UNKNOWN
    informant: str = ""
    quoted: bool = False
    line: str = ""
    note: str = ""
    selection: str = ""


@dataclass(frozen=True)
class Reading:
    """A coder read a source to its end: what they did not code there, they meant not to."""

    source: str
    coder: str
    at: Moment = UNKNOWN


@dataclass(frozen=True)
class Intervention:
    """The researcher told, explained or advised: what `group` said later may answer to that (reactivity)."""

    intervention: str
    group: str
    what: str
    source: str = ""
    at: Moment = UNKNOWN
    reactivity: str = ""


@dataclass(frozen=True)
class Choice:
    """A person kept or excluded a concept, with the reason and the counts of then: the exclusion log."""

    code: str
    decision: str = _one_of("excluded", "kept", usually="excluded")
    reason: str = ""
    by: str = ""
    at: Moment = UNKNOWN
    informants: int = 0
    sources: int = 0
    kinds: int = 0


@dataclass(frozen=True)
class Precedence:
    """One category comes before another, and by which theory."""

    before: str
    after: str
    lens: str = ""
    why: str = ""
    by: str = ""
    at: Moment = UNKNOWN


@dataclass(frozen=True)
class Lens:
    """A theory that was tried on the concepts: how well it fitted, and why it was dropped, if it was."""

    lens: str
    tried_at: Moment = UNKNOWN
    fit: str = ""
    dropped: bool = False
    dropped_at: Moment = UNKNOWN
    why: str = ""
    by: str = ""


@dataclass(frozen=True)
class Revision:
    """One change of a code, with what was before, and the source that was revisited."""

    code: str
    what: str
    was: str = ""
    now: str = ""
    why: str = ""
    source: str = ""
    by: str = ""
    at: Moment = UNKNOWN


@dataclass(frozen=True)
class Check:
    """One informant in one round of member checks: sent, seen, does it fit, what to correct, what was done.

    `about` is the code or account that was shown, `changed` what the answer changed (a code, `account 2`).
    """

    round: str
    informant: str
    about: str = ""
    sent_at: Moment = UNKNOWN
    seen_at: Moment = UNKNOWN
    fits: str = _one_of("yes", "no", "", usually="")
    correction: str = ""
    action: str = ""
    changed: str = ""


@dataclass(frozen=True)
class Sampling:
    """How a group came into the study, and why."""

    group: str
    logic: str = _one_of(*LOGICS, usually="purposeful")
    why: str = ""
    at: Moment = UNKNOWN


@dataclass(frozen=True)
class Guide:
    """What a group was asked, or how it was observed: one version of an instrument."""

    guide: str
    group: str
    asked: str
    version: str = "1"
    kind: str = _one_of(*KINDS, usually="interview")


@dataclass(frozen=True)
class Use:
    """One use of a group's data in the analysis (Table 2, last column)."""

    group: str
    use: str


@dataclass(frozen=True)
class Discrepancy:
    """Two places that say different things; both are kept."""

    about: str
    says: str
    where: str
    but_says: str
    but_where: str
    note: str = ""


@dataclass(frozen=True)
class Scope:
    """A limit of the study or a question left open."""

    limit: str
    what: str
    where: str = ""


@dataclass(frozen=True)
class Carried:
    """What another program's project held beyond our tables: its XML, and its files by name. Written out again."""

    xml: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """All tables of one study, and `texts` by source."""

    name: str = "study"
    groups: tuple[Group, ...] = ()
    informants: tuple[Informant, ...] = ()
    sources: tuple[Source, ...] = ()
    coders: tuple[Coder, ...] = ()
    codes: tuple[Code, ...] = ()
    segments: tuple[Segment, ...] = ()
    readings: tuple[Reading, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    choices: tuple[Choice, ...] = ()
    sequence: tuple[Precedence, ...] = ()
    lenses: tuple[Lens, ...] = ()
    revisions: tuple[Revision, ...] = ()
    checks: tuple[Check, ...] = ()
    sampling: tuple[Sampling, ...] = ()
    guides: tuple[Guide, ...] = ()
    uses: tuple[Use, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    scope: tuple[Scope, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    carried: Carried = field(default_factory=Carried)

    def source(self, name: str) -> Source:
        """The source of that id; KeyError where there is none."""
        return self._source_of[name]

    def code(self, name: str) -> Code:
        """The code of that id; KeyError where there is none."""
        return self._code_of[name]

    def quote(self, segment: Segment) -> str:
        """The words of a segment; empty where its source has lost them."""
        return self.texts.get(segment.source, "")[segment.first : segment.last + 1]

    def speakers(self, segment: Segment) -> tuple[str, ...]:
        """Who said it: the segment's informant, or the source's only one; nobody where several spoke."""
        if segment.informant:
            return (segment.informant,)
        spoke = self.source(segment.source).informants
        return spoke if len(spoke) == 1 else ()

    def role(self, segment: Segment) -> str:
        """The role of who said it, at the time where that is known."""
        at_the_time = self.source(segment.source).role
        return at_the_time or ", ".join(self._role_of.get(name, "") for name in self.speakers(segment))

    def year(self, segment: Segment) -> str:
        """The year in which it was said; empty where it is not known."""
        return self.source(segment.source).at.text[:4]

    def children(self, code: str) -> tuple[Code, ...]:
        """The codes right below a code, or with "" the topmost."""
        return tuple(self._children_of.get(code, ()))

    def below(self, code: str) -> frozenset[str]:
        """A code and all codes under it.

        >>> sorted(Study(codes=(Code("a", "A"), Code("b", "B", parent="a"))).below("a"))
        ['a', 'b']
        """
        found, waiting = {code}, [code]
        while waiting:
            new = {each.code for each in self.children(waiting.pop())} - found
            found |= new
            waiting += new
        return frozenset(found)

    def under(self, code: str) -> tuple[Segment, ...]:
        """The segments of a code and of all codes below it, in order."""
        found = [one for name in self.below(code) for one in self._segments_of.get(name, ())]
        return tuple(self.segments[place] for place in sorted(found))

    @cached_property
    def _source_of(self) -> Mapping[str, Source]:
        return {each.source: each for each in self.sources}

    @cached_property
    def _code_of(self) -> Mapping[str, Code]:
        return {each.code: each for each in self.codes}

    @cached_property
    def _role_of(self) -> Mapping[str, str]:
        return {each.informant: each.role for each in self.informants}

    @cached_property
    def _children_of(self) -> Mapping[str, list[Code]]:
        found: dict[str, list[Code]] = {}
        for each in self.codes:
            found.setdefault(each.parent, []).append(each)
        return found

    @cached_property
    def _segments_of(self) -> Mapping[str, list[int]]:
        """The places of each code's segments in their table."""
        found: dict[str, list[int]] = {}
        for place, each in enumerate(self.segments):
            found.setdefault(each.code, []).append(place)
        return found

    def having(self, **changed: Any) -> Study:
        """This study with some tables replaced."""
        return replace(self, **changed)


TABLES: Mapping[str, type] = {
    "groups": Group, "informants": Informant, "sources": Source, "coders": Coder, "codes": Code, "segments": Segment,
    "readings": Reading, "interventions": Intervention, "choices": Choice, "sequence": Precedence, "lenses": Lens,
    "revisions": Revision, "checks": Check, "sampling": Sampling, "guides": Guide, "uses": Use,
    "discrepancies": Discrepancy, "scope": Scope,
}  # fmt: skip
"""Each table's name and what a row of it is."""

ID = {"groups": "group", "informants": "informant", "sources": "source", "coders": "coder", "codes": "code",
      "segments": "segment", "interventions": "intervention", "lenses": "lens", "guides": "guide"}  # fmt: skip
"""The column that names a row, in tables that have one."""
