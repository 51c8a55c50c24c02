"""Crossings: one job's way through the hub, from its sender to one agent on the device's network.

- A crossing is leased to one agent at a time; each lease has the next fence, and a word under an older one counts not.
- A lease that ran out is a lease still, until another agent is given the next one.
- Once its agent was allowed to begin, no other one is ever given it: what became of it only that agent can tell.
- Its end is told once. What an agent tells as the end of one that was given up for lost counts all the same: its word
  is the truth. It may not begin with one any more: a person was told to decide, and may have.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId, CrossingId, JobId, PrinterId, TenantId, UploadId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.limits.tunnel import BACK_OFF, BACK_OFF_MOST, LEASE, OVERTIME


class CrossingState(StrEnum):
    """Where a crossing stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    BEGUN = "begun"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"
    EXPIRED = "expired"
    LOST = "lost"


class CrossingStep(StrEnum):
    """What happens to a crossing."""

    LEASE = "lease"
    BEGIN = "begin"
    GIVE_BACK = "give-back"
    REFUSE = "refuse"
    CANCEL = "cancel"
    EXPIRE = "expire"
    COMPLETE = "complete"
    ABORT = "abort"
    STOP = "stop"
    LOSE = "lose"
    DOUBT = "doubt"


_C, _S = CrossingState, CrossingStep
STEPS: Final = {
    (_C.WAITING, _S.LEASE): _C.TAKEN,
    (_C.WAITING, _S.CANCEL): _C.CANCELED,
    (_C.WAITING, _S.EXPIRE): _C.EXPIRED,
    (_C.TAKEN, _S.LEASE): _C.TAKEN,
    (_C.TAKEN, _S.BEGIN): _C.BEGUN,
    (_C.TAKEN, _S.GIVE_BACK): _C.WAITING,
    (_C.TAKEN, _S.REFUSE): _C.ABORTED,
    (_C.TAKEN, _S.CANCEL): _C.CANCELED,
    (_C.TAKEN, _S.EXPIRE): _C.EXPIRED,
    (_C.BEGUN, _S.COMPLETE): _C.COMPLETED,
    (_C.BEGUN, _S.ABORT): _C.ABORTED,
    (_C.BEGUN, _S.STOP): _C.CANCELED,
    (_C.BEGUN, _S.LOSE): _C.LOST,
    (_C.WAITING, _S.DOUBT): _C.LOST,
    (_C.TAKEN, _S.DOUBT): _C.LOST,
    (_C.BEGUN, _S.DOUBT): _C.LOST,
    (_C.LOST, _S.COMPLETE): _C.COMPLETED,
    (_C.LOST, _S.ABORT): _C.ABORTED,
    (_C.LOST, _S.STOP): _C.CANCELED,
}
"""The one table of what may happen to a crossing."""

OPEN: Final = frozenset({CrossingState.WAITING, CrossingState.TAKEN, CrossingState.BEGUN})
"""States in which its bytes are at the hub; of a job one such crossing."""

UNBEGUN: Final = frozenset({CrossingState.WAITING, CrossingState.TAKEN})
"""States in which nothing of it was printed, and another agent may be given it."""

CALLED_OFF: Final = "job-canceled-by-operator"
"""Why one is over whose printer uses the tunnel no more, or whose sender was shut out (RFC 8011 section 5.3.8)."""

_SWITCHED_OFF_SENTENCE: Final = "Printing through the hub was switched off for this printer."

_REMOVED_SENTENCE: Final = "Its printer was removed at the hub before any of it was printed."

_DISOWNED_SENTENCE: Final = "The computer it came from was shut out before any of it was printed."

_FORGOTTEN_SENTENCE: Final = (
    "The computer that began with it knows nothing of it any more; look whether its pages are there."
)
_DOUBTED_SENTENCE: Final = "The hub was restored from a backup: it cannot be told whether this was printed."

_ENDS: Final = {
    Standing.COMPLETED: CrossingStep.COMPLETE,
    Standing.ABORTED: CrossingStep.ABORT,
    Standing.EXPIRED: CrossingStep.ABORT,
    Standing.CANCELED: CrossingStep.STOP,
    Standing.UNKNOWN: CrossingStep.LOSE,
}


@frozen(kw_only=True)
class Crossing:
    """One job's way through the hub.

    Attributes:
        id: Agents know it by it.
        tenant: Whose.
        job: Which job.
        printer: Where it shall come out.
        sender: Who sent it; None for one that was handed in.
        upload: Its sealed bytes.
        size: Of them.
        note: What belongs to the job beside its document, sealed with the document's key, base64; "" once it is over.
        offered_at: When it was sent.
        expires_at: When it is over, unless it was begun.
        free_at: When it began to wait for an agent, the last time.
        fence: Of the newest lease; 0 before the first one.
        state: Where it stands.
        holder: Who has or had the newest lease.
        leased_until: When that runs out.
        begun_at: When its agent was allowed to begin.
        ended_at: When it was over.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence.
    """

    id: CrossingId
    tenant: TenantId
    job: JobId
    printer: PrinterId
    sender: AgentId | None
    upload: UploadId
    size: int
    note: str
    offered_at: dt.datetime
    expires_at: dt.datetime
    free_at: dt.datetime
    fence: int = 0
    state: CrossingState = CrossingState.WAITING
    holder: AgentId | None = None
    leased_until: dt.datetime | None = None
    begun_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    reason: str = "none"
    detail: str = ""

    @property
    def is_open(self) -> bool:
        """Whether its bytes are at the hub still."""
        return self.state in OPEN

    @property
    def was_begun(self) -> bool:
        """Whether an agent was or may have been allowed to begin: whatever became of it, there is no second one."""
        return self.begun_at is not None or self.state is CrossingState.LOST

    def is_free(self, now: dt.datetime) -> bool:
        """Whether an agent may be given it."""
        if self.state is CrossingState.TAKEN:
            return self.leased_until is None or self.leased_until <= now
        return self.state is CrossingState.WAITING

    def is_held(self, agent: AgentId, now: dt.datetime) -> bool:
        """Whether an agent has it under a lease that did not run out."""
        return self.state is CrossingState.TAKEN and self.holder == agent and not self.is_free(now)

    def may_be_read(self, agent: AgentId) -> bool:
        """Whether an agent may fetch its bytes: it holds the newest lease, or began under it."""
        return self.state in (CrossingState.TAKEN, CrossingState.BEGUN) and self.holder == agent

    def is_due(self, now: dt.datetime) -> bool:
        """Whether nobody printed it in its time, and nobody is about to."""
        return self.is_free(now) and self.expires_at <= now

    def may_be_kept(self, now: dt.datetime) -> bool:
        """Whether its agent may keep its lease: not for ever, once nobody printed it in its time."""
        return now < self.expires_at + OVERTIME

    def leased(self, agent: AgentId, now: dt.datetime) -> "Crossing":
        """Given to an agent, under the next fence; raises ``Conflict`` while another one has it."""
        if not self.is_free(now):
            raise Conflict("another agent has the job")
        return self._stepped(CrossingStep.LEASE, holder=agent, fence=self.fence + 1, leased_until=now + LEASE)

    def heard(
        self,
        step: CrossingStep,
        agent: AgentId,
        fence: int,
        now: dt.datetime,
        *,
        reason: str = "none",
        detail: str = "",
    ) -> "tuple[Crossing, bool]":
        """What an agent's word comes to, and whether it counts; the same word again is answered the same.

        Args:
            step: BEGIN, GIVE_BACK or REFUSE.
            agent: Who says so.
            fence: Under which lease.
            now: The time.
            reason: IPP keyword.
            detail: The same as a sentence.
        """
        if agent != self.holder or fence != self.fence:
            return self, False
        if self._said(step):
            return self, True
        if self.state is CrossingState.BEGUN and step is CrossingStep.REFUSE:
            return self._stepped(CrossingStep.LOSE, ended_at=now, detail=_FORGOTTEN_SENTENCE), True
        if self.state is not CrossingState.TAKEN:
            return self, False
        match step:
            case CrossingStep.BEGIN:
                return self._stepped(step, begun_at=now), True
            case CrossingStep.GIVE_BACK:
                return self.given_back(now), True
            case CrossingStep.REFUSE:
                return self._stepped(step, reason=reason, detail=detail, ended_at=now), True
        return self, False

    def _said(self, step: CrossingStep) -> bool:
        """Whether the newest lease's agent said this already."""
        match step:
            case CrossingStep.BEGIN:
                return self.was_begun and self.state is not CrossingState.LOST
            case CrossingStep.GIVE_BACK:
                return self.state is CrossingState.WAITING
            case CrossingStep.REFUSE:
                return self.state is CrossingState.LOST or (self.state is CrossingState.ABORTED and not self.was_begun)
        return False

    def given_back(self, now: dt.datetime) -> "Crossing":
        """It waits for another agent."""
        return self._stepped(CrossingStep.GIVE_BACK, free_at=now, leased_until=None)

    def canceled(self, now: dt.datetime) -> "Crossing":
        """Its owner wants it no more; raises ``Conflict`` once it was begun."""
        return self._stepped(CrossingStep.CANCEL, ended_at=now)

    def expired(self, now: dt.datetime) -> "Crossing":
        """Nobody printed it in its time."""
        return self._stepped(CrossingStep.EXPIRE, ended_at=now)

    def called_off(self, now: dt.datetime, *, removed: bool) -> "Crossing":
        """Its printer uses the tunnel no more, or is none any more."""
        why = _REMOVED_SENTENCE if removed else _SWITCHED_OFF_SENTENCE
        return self._stepped(CrossingStep.EXPIRE, ended_at=now, reason=CALLED_OFF, detail=why)

    def disowned(self, now: dt.datetime) -> "Crossing":
        """The agent that sent it was revoked."""
        return self._stepped(CrossingStep.EXPIRE, ended_at=now, reason=CALLED_OFF, detail=_DISOWNED_SENTENCE)

    def lost(self, now: dt.datetime) -> "Crossing":
        """Its agent will never tell its end."""
        return self._stepped(CrossingStep.LOSE, ended_at=now)

    def doubted(self, now: dt.datetime) -> "Crossing":
        """The hub is one of a backup: whether an agent began with it since then nobody here can tell."""
        return self._stepped(CrossingStep.DOUBT, ended_at=now, detail=_DOUBTED_SENTENCE)

    def ended(self, standing: Standing, now: dt.datetime, reason: str, detail: str) -> "Crossing":
        """Its agent told the end; raises ``Conflict`` where it had another one already."""
        return self._stepped(_ENDS[standing], ended_at=now, reason=reason, detail=detail)

    def can_end(self, standing: Standing) -> bool:
        """Whether an agent's report is its end."""
        return standing in _ENDS and (self.state, _ENDS[standing]) in STEPS

    def _stepped(self, step: CrossingStep, **changes: Any) -> "Crossing":
        after = STEPS.get((self.state, step))
        if after is None:
            raise Conflict(f"the job is {self.state.value} in the tunnel already")
        note = self.note if after in OPEN else ""
        return attrs.evolve(self, state=after, note=note, **changes)


@frozen(kw_only=True)
class CrossingEnvelope:
    """A document's key for one agent.

    Attributes:
        agent: Whose.
        recipient: The agent's key it was made for, base64; with another one it cannot be opened. "" when it may be bad,
            and another envelope is wanted.
        envelope: Base64.
        not_before: When its agent may be given the job again, after it gave it back.
        returned: How often it did.
    """

    agent: AgentId
    recipient: str
    envelope: str
    not_before: dt.datetime | None = None
    returned: int = 0

    def backed_off(self, now: dt.datetime) -> "CrossingEnvelope":
        """Its agent gave the job back: it is not asked again for a while."""
        wait = min(BACK_OFF * 2 ** min(self.returned, 16), BACK_OFF_MOST)
        return attrs.evolve(self, not_before=now + wait, returned=self.returned + 1)

    def spoiled(self) -> "CrossingEnvelope":
        """Its agent could not open the document: another envelope is wanted."""
        return attrs.evolve(self, recipient="")


@frozen(kw_only=True)
class Addressee:
    """An agent that has an envelope of a document's key.

    Attributes:
        agent: Which.
        recipient: As in `CrossingEnvelope`.
        not_before: As there.
    """

    agent: AgentId
    recipient: str
    not_before: dt.datetime | None = None


@frozen(kw_only=True)
class CrossingTally:
    """What lies at the hub of one tenant's tunnel."""

    count: int = 0
    size: int = 0


def first_asked(able: Collection[AgentId], here: Collection[AgentId], loads: Mapping[AgentId, int]) -> AgentId | None:
    """The agent that is told of a job alone: connected, and with the fewest jobs; None where none is connected."""
    return min((agent for agent in able if agent in here), key=lambda one: (loads.get(one, 0), one), default=None)
