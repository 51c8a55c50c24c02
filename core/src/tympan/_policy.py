"""Policy: keys, documents, merge by scope, and decisions that know their origin. Pure: no file, clock or key here.

- Scopes from wide to narrow: service owner, tenant, group, machine, user. The widest scope that says ON or OFF wins.
- USER leaves the choice to narrower scopes. Within one scope the stricter value wins: OFF over ON over USER.
- A scope whose document cannot be read or verified decides OFF for every key: policy fails closed, with the reason.
- An expired document keeps what is needed to print and turns the rest off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum

import attrs

from tympan._ids import CapabilityKey


class Verdict(StrEnum):
    """What a document says of a key."""

    ON = "on"
    OFF = "off"
    USER = "user"


class Scope(StrEnum):
    """Whose document it is, from wide to narrow."""

    OWNER = "service-owner"
    TENANT = "tenant"
    GROUP = "group"
    MACHINE = "machine"
    USER = "user"


WIDE_TO_NARROW = tuple(Scope)
_STRICTNESS = {Verdict.OFF: 0, Verdict.ON: 1, Verdict.USER: 2}


@attrs.frozen(kw_only=True)
class PolicyDocument:
    """A verified policy document.

    Attributes:
        scope: Whose it is.
        name: Its name within the scope, such as a group's.
        number: Grows with every edition; an older one is refused.
        issued_at: When it was signed, UTC.
        expires_at: When it ends, UTC; None never.
        rules: What it says, by capability key.
        origins: Who decides a rule, by its key, where a document is put together from several, such as a group's name.
    """

    scope: Scope
    name: str
    number: int
    issued_at: dt.datetime
    expires_at: dt.datetime | None = None
    rules: Mapping[str, Verdict] = attrs.field(factory=dict, hash=False)
    origins: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    def expired(self, now: dt.datetime) -> bool:
        """Whether it has ended."""
        return self.expires_at is not None and now >= self.expires_at

    def repeats(self, known: PolicyDocument) -> bool:
        """Whether it says the same under the same number as one that is known, whenever each of them ends."""
        return attrs.evolve(self, expires_at=known.expires_at) == known

    def renews(self, known: PolicyDocument) -> bool:
        """Whether it repeats one that is known, until later or without an end; one without an end may be given one."""
        if self.expires_at is None or known.expires_at is None:
            return self.repeats(known) and self.expires_at != known.expires_at
        return self.repeats(known) and self.expires_at > known.expires_at


@attrs.frozen(kw_only=True)
class PolicyProblem:
    """A document that was offered and refused. ``closes`` tells whether it turns its scope off (fails closed)."""

    scope: Scope
    name: str
    reason: str
    closes: bool = True


@attrs.frozen(kw_only=True)
class Decision:
    """Whether a capability is on, and who says so.

    Attributes:
        key: The capability.
        on: The answer.
        verdict: What the deciding document says.
        scope: The deciding scope; None when the default decides.
        document: Name of the deciding document; "" for the default.
        number: Its number; 0 for the default.
        reason: A sentence for people.
    """

    key: CapabilityKey
    on: bool
    verdict: Verdict
    scope: Scope | None = None
    document: str = ""
    number: int = 0
    reason: str = ""


@attrs.frozen(kw_only=True)
class PolicySnapshot:
    """All documents in force, and those refused, at one moment."""

    documents: tuple[PolicyDocument, ...] = ()
    problems: tuple[PolicyProblem, ...] = ()
    now: dt.datetime

    def decide(self, key: CapabilityKey, *, default: Verdict, essential: bool = False) -> Decision:
        """Merges all scopes for one key. ``default`` holds when no document says ON or OFF."""
        for scope in WIDE_TO_NARROW:
            decision = self._scope(scope, key, essential)
            if decision is not None and decision.verdict is not Verdict.USER:
                return decision
        on = default is not Verdict.OFF
        reason = f"no policy document says otherwise; the default is {default.value}"
        return Decision(key=key, on=on, verdict=default, reason=reason)

    def chain(self, key: CapabilityKey, *, essential: bool = False) -> tuple[Decision, ...]:
        """What each scope says of the key, from wide to narrow, for ``policy explain``."""
        found = (self._scope(scope, key, essential) for scope in WIDE_TO_NARROW)
        return tuple(decision for decision in found if decision is not None)

    def next_change(self) -> dt.datetime | None:
        """When the next document expires."""
        ends = [doc.expires_at for doc in self.documents if doc.expires_at is not None and not doc.expired(self.now)]
        return min(ends, default=None)

    def _scope(self, scope: Scope, key: CapabilityKey, essential: bool) -> Decision | None:
        closing = next((problem for problem in self.problems if problem.scope is scope and problem.closes), None)
        if closing is not None:
            reason = f"the {scope.value} policy cannot be used, so everything is off: {closing.reason}"
            return Decision(key=key, on=False, verdict=Verdict.OFF, scope=scope, document=closing.name, reason=reason)
        said = [d for doc in self.documents if doc.scope is scope and (d := self._said(doc, key, essential))]
        return min(said, key=lambda decision: _STRICTNESS[decision.verdict], default=None)

    def _said(self, document: PolicyDocument, key: CapabilityKey, essential: bool) -> Decision | None:
        verdict = document.rules.get(key)
        name = document.origins.get(key, document.name)
        where = f"the {document.scope.value} policy '{name}' number {document.number}"
        reason = f"{where} says {verdict.value}" if verdict is not None else ""
        if document.expired(self.now) and not essential:
            verdict, reason = Verdict.OFF, f"{where} expired on {document.expires_at:%Y-%m-%d %H:%M} UTC"
        if verdict is None:
            return None
        return Decision(
            key=key,
            on=verdict is Verdict.ON,
            verdict=verdict,
            scope=document.scope,
            document=name,
            number=document.number,
            reason=reason,
        )


def newest(documents: Iterable[PolicyDocument]) -> tuple[PolicyDocument, ...]:
    """The newest edition of each document, by scope and name."""
    best: dict[tuple[Scope, str], PolicyDocument] = {}
    for document in documents:
        known = best.get((document.scope, document.name))
        if known is None or document.number > known.number:
            best[document.scope, document.name] = document
    return tuple(best.values())
