"""Releases: held jobs that somebody asked for at a device, and what became of it.

- A release waits for an agent, is taken by one, and is begun or refused by that one. Who takes it is told the fence.
- One that waits may be given to another agent, under the next fence. One that was taken never is.
- Releases of one batch begin in the order they were asked for.
- The job's own reports tell the rest once it is begun. One whose job was held again since is not begun by an old word.
"""

import datetime as dt
from enum import StrEnum
from typing import Any, Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.held import Changes
from tympan_hub.domain.ids import AgentId, BatchId, JobId, PersonId, PrinterId, ReleaseId, TenantId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.limits.pull import RELEASE_BEGUN, RELEASE_SILENCE


class ReleaseState(StrEnum):
    """Where a release stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    BEGUN = "begun"
    ENDED = "ended"
    REFUSED = "refused"
    EXPIRED = "expired"


class ReleaseStep(StrEnum):
    """What happens to a release."""

    GIVE = "give"
    TAKE = "take"
    BEGIN = "begin"
    REFUSE = "refuse"
    END = "end"
    EXPIRE = "expire"


_R, _S = ReleaseState, ReleaseStep
STEPS: Final = {
    (_R.WAITING, _S.GIVE): _R.WAITING,
    (_R.WAITING, _S.TAKE): _R.TAKEN,
    (_R.WAITING, _S.REFUSE): _R.REFUSED,
    (_R.WAITING, _S.EXPIRE): _R.EXPIRED,
    (_R.TAKEN, _S.BEGIN): _R.BEGUN,
    (_R.TAKEN, _S.REFUSE): _R.REFUSED,
    (_R.TAKEN, _S.END): _R.ENDED,
    (_R.TAKEN, _S.EXPIRE): _R.EXPIRED,
    (_R.BEGUN, _S.REFUSE): _R.REFUSED,
    (_R.BEGUN, _S.END): _R.ENDED,
    (_R.BEGUN, _S.EXPIRE): _R.EXPIRED,
    (_R.EXPIRED, _S.BEGIN): _R.BEGUN,
    (_R.EXPIRED, _S.REFUSE): _R.REFUSED,
    (_R.EXPIRED, _S.END): _R.ENDED,
}
"""The one table of what may happen to a release. The agent's word is the truth, also about one the hub gave up."""

HELD_AGAIN: Final = "job-held-for-release"
"""IPP ``job-state-reasons`` of a job that waits for its owner."""

OPEN: Final = frozenset({ReleaseState.WAITING, ReleaseState.TAKEN, ReleaseState.BEGUN})
"""States in which the job may still come out; only one such release of a job."""


@frozen(kw_only=True)
class Release:
    """A held job that somebody asked for at a device.

    Attributes:
        id: Of the order; the same in every repetition.
        tenant: Whose.
        batch: Asked for together with these.
        place: In its batch, from 0.
        job: Which job.
        agent: Who shall print it.
        point: The release point: the printer's id.
        person: Whose job it is.
        by_name: Who asked, for people.
        asked_at: When.
        expires_at: When the hub gives it up, unless it is begun.
        fence: Grows with every agent it is given to.
        state: Where it stands.
        taken_at: When its agent fetched it.
        ended_at: When it was over.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence.
        changes: Of the ticket.
    """

    id: ReleaseId
    tenant: TenantId
    batch: BatchId
    place: int
    job: JobId
    agent: AgentId
    point: PrinterId
    person: PersonId
    by_name: str
    asked_at: dt.datetime
    expires_at: dt.datetime
    fence: int = 1
    state: ReleaseState = ReleaseState.WAITING
    taken_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    reason: str = "none"
    detail: str = ""
    changes: Changes = attrs.field(factory=Changes)

    @property
    def is_open(self) -> bool:
        """Whether the job may still come out by it."""
        return self.state in OPEN

    @property
    def was_taken_back(self) -> bool:
        """Whether its agent held the job again after it began: only that leaves a reason on one that ran out."""
        return self.state is ReleaseState.EXPIRED and self.reason != "none"

    def standing(self, now: dt.datetime) -> ReleaseState:
        """Where it stands, told also before anybody wrote down that it ran out."""
        unbegun = self.state in (ReleaseState.WAITING, ReleaseState.TAKEN)
        return ReleaseState.EXPIRED if unbegun and self.expires_at <= now else self.state

    def given(self, agent: AgentId) -> "Release":
        """Given to another agent; raises ``Conflict`` once it was taken."""
        return self._stepped(ReleaseStep.GIVE, agent=agent, fence=self.fence + 1)

    def taken(self, now: dt.datetime) -> "Release":
        """Fetched by its agent."""
        return self._stepped(ReleaseStep.TAKE, taken_at=now, expires_at=now + RELEASE_SILENCE)

    def heard(self, now: dt.datetime) -> "Release":
        """Its agent asked again, and is still at it: others may be coming out at the device before."""
        return attrs.evolve(self, expires_at=now + RELEASE_SILENCE)

    def within(self, now: dt.datetime) -> dt.timedelta:
        """In which time its agent has to begin it, from the first time it was told."""
        return (self.taken_at or now) + RELEASE_BEGUN - now

    def begun(self, fence: int) -> "Release":
        """On its way to the device; raises ``BadInput`` for the word of an older fence."""
        self._check(fence)
        if self.state in (ReleaseState.BEGUN, ReleaseState.ENDED) or self.was_taken_back:
            return self
        return self._stepped(ReleaseStep.BEGIN)

    def refused(self, fence: int, *, reason: str, detail: str, now: dt.datetime) -> "Release":
        """Not done, and why; raises ``BadInput`` for the word of an older fence."""
        self._check(fence)
        if self.state in (ReleaseState.REFUSED, ReleaseState.ENDED):
            return self
        return self._stepped(ReleaseStep.REFUSE, reason=reason, detail=detail, ended_at=now)

    def ended(self, now: dt.datetime) -> "Release":
        """The job is over."""
        return self._stepped(ReleaseStep.END, ended_at=now)

    def taken_back(self, reason: str, detail: str, now: dt.datetime) -> "Release":
        """Its agent holds the job again, and did not say that it never began."""
        why = HELD_AGAIN if reason == "none" else reason
        return self._stepped(ReleaseStep.EXPIRE, reason=why, detail=detail, ended_at=now)

    def expired(self, now: dt.datetime) -> "Release":
        """Nobody began it in time."""
        return self._stepped(ReleaseStep.EXPIRE, ended_at=now)

    def _check(self, fence: int) -> None:
        if fence != self.fence:
            raise BadInput("the release was given to another agent since")

    def _stepped(self, step: ReleaseStep, **changes: Any) -> "Release":
        after = STEPS.get((self.state, step))
        if after is None:
            raise Conflict(f"the release is {self.state.value} already")
        return attrs.evolve(self, state=after, **changes)


class Why(StrEnum):
    """Why a job comes out otherwise than it was ordered, or not at all."""

    NO_COLOR = "no-color"
    NO_DUPLEX = "no-duplex"
    NO_MEDIA = "no-media"
    DEVICE_AWAY = "device-away"
    DEVICE_UNKNOWN = "device-unknown"
    COMPUTER_AWAY = "computer-away"
    COMPUTER_GONE = "computer-gone"
    QUOTA = "quota"
    UNDER_WAY = "under-way"
    NOT_HELD = "not-held"
    FULL = "account-limit-reached"
    GRANTED = "granted"


SENTENCES: Final = {
    Why.NO_COLOR: "The device has no colour.",
    Why.NO_DUPLEX: "The device prints one side only.",
    Why.NO_MEDIA: "The device has no paper of this size.",
    Why.DEVICE_AWAY: "The device does not answer now; the job waits for it a moment.",
    Why.DEVICE_UNKNOWN: "No computer has seen this device yet, so nothing is known of what it can do.",
    Why.COMPUTER_AWAY: "The computer it was printed at is asleep or away; it comes out if that is back in two minutes.",
    Why.COMPUTER_GONE: "The computer it was printed at was revoked; print it again from another one.",
    Why.QUOTA: "It would be more pages than are left this month.",
    Why.UNDER_WAY: "It is released already.",
    Why.NOT_HELD: "It is not held any more.",
    Why.FULL: "Too many jobs are held for this account; release or delete others first.",
    Why.GRANTED: "A phone holds a grant for it, and the hub gives it to nobody else until that has ended.",
}
"""In English; pages have their own words."""


class Fit(StrEnum):
    """How a job suits a device."""

    FITS = "fits"
    ADAPTED = "adapted"
    REFUSED = "refused"


@frozen(kw_only=True)
class Nearest:
    """A release point that could do it."""

    printer: PrinterId
    name: str
    location: str = ""


@frozen(kw_only=True)
class Preview:
    """How a job would come out at a device.

    Attributes:
        job: Which.
        fit: Whether as it was ordered, otherwise, or not.
        whys: What is otherwise, or why not.
        nearest: Where it could be done, when not here.
    """

    job: JobId
    fit: Fit
    whys: tuple[Why, ...] = ()
    nearest: Nearest | None = None

    @property
    def sentence(self) -> str:
        """In English, for programs and logs."""
        told = [SENTENCES[why] for why in self.whys]
        if self.nearest is not None:
            where = f"{self.nearest.name} ({self.nearest.location})" if self.nearest.location else self.nearest.name
            told.append(f"{where} can do it.")
        return " ".join(told)


@frozen(kw_only=True)
class Batch:
    """What became of a wish to release jobs.

    Attributes:
        id: Names it, for `Progress`.
        point: Where.
        releases: Those that are on their way, in their order.
        refused: Those that stay held, and why.
        notes: What will be otherwise with those on their way.
    """

    id: BatchId
    point: PrinterId
    releases: tuple[Release, ...] = ()
    refused: tuple[Preview, ...] = ()
    notes: tuple[Preview, ...] = ()


class Step(StrEnum):
    """How far a released job is, for whoever stands at the device."""

    WAITING = "waiting"
    """No computer has fetched it yet."""
    PREPARING = "preparing"
    """A computer has it, and sends it."""
    PRINTING = "printing"
    STOPPED = "stopped"
    """The device wants somebody: paper, a door, toner."""
    DONE = "done"
    REFUSED = "refused"
    """It was not done; it is held again unless `standing` says otherwise."""
    EXPIRED = "expired"
    """No computer began it in time: it is held again."""
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"
    """Nobody can tell whether it came out."""


@frozen(kw_only=True)
class Progress:
    """How far a released job is.

    Attributes:
        release: Which release.
        job: Which job.
        title: Of the document; its owner sees it.
        step: How far.
        page: The page that comes out now, from 1; None where the device does not tell.
        pages: Sides it has; None where it was not counted.
        standing: Where the job stands by its last report.
        reason: IPP keyword of what hinders it, or why it ended so; ``none`` for nothing.
        detail: The same as a sentence, as the agent says it.
    """

    release: ReleaseId
    job: JobId
    title: str = ""
    step: Step
    page: int | None = None
    pages: int | None = None
    standing: Standing
    reason: str = "none"
    detail: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.step not in (Step.WAITING, Step.PREPARING, Step.PRINTING, Step.STOPPED)
