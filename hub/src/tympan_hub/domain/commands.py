"""Commands: what an agent is asked to do once, and what became of it.

- A command is waiting until its agent fetched it, then leased; each lease grows its fence, and only the newest counts.
- The agent's word is the truth: what it did is kept as done, also when the hub had given the command up meanwhile.
- The first word about a command stays; the same said again changes nothing.
"""

import datetime as dt
import hashlib
from enum import StrEnum
from typing import Any, Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import AgentId, CommandId, TenantId
from tympan_hub.domain.limits.commands import COMMAND_LEASE
from tympan_hub.domain.printers import DeviceFound, QueueSeen


class Order(StrEnum):
    """What to do; the subject is a printer's id, a job's uuid or a device's URI."""

    INSTALL = "install-queue"
    REMOVE = "remove-queue"
    CANCEL = "cancel-job"
    CHECK = "check-device"


class CommandState(StrEnum):
    """Where a command stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class CommandStep(StrEnum):
    """What happens to a command."""

    LEASE = "lease"
    DO = "do"
    FAIL = "fail"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


_C, _S = CommandState, CommandStep
STEPS: Final = {
    (_C.WAITING, _S.LEASE): _C.LEASED,
    (_C.WAITING, _S.EXPIRE): _C.EXPIRED,
    (_C.WAITING, _S.WITHDRAW): _C.WITHDRAWN,
    (_C.LEASED, _S.LEASE): _C.LEASED,
    (_C.LEASED, _S.DO): _C.DONE,
    (_C.LEASED, _S.FAIL): _C.FAILED,
    (_C.LEASED, _S.EXPIRE): _C.EXPIRED,
    (_C.LEASED, _S.WITHDRAW): _C.WITHDRAWN,
    (_C.EXPIRED, _S.DO): _C.DONE,
    (_C.EXPIRED, _S.FAIL): _C.FAILED,
    (_C.WITHDRAWN, _S.DO): _C.DONE,
    (_C.WITHDRAWN, _S.FAIL): _C.WITHDRAWN,
}
"""The one table of what may happen to a command."""

OPEN: Final = frozenset({CommandState.WAITING, CommandState.LEASED})
"""States in which an agent may still do it."""


@frozen(kw_only=True)
class Command:
    """A command.

    Attributes:
        id: Its uuid.
        tenant: Whose it is.
        agent: Who shall do it.
        order: What to do.
        subject: To what: a printer's id, a job's uuid, a device's URI.
        asked_by: Who asked for it.
        asked_at: When.
        expires_at: When the hub gives it up.
        fence: Grows with every lease.
        state: Where it stands.
        leased_until: When the agent is asked again.
        ended_at: When it ended.
        detail: The agent's sentence on what it did, or why not.
        found: The device it looked at.
    """

    id: CommandId
    tenant: TenantId
    agent: AgentId
    order: Order
    subject: str
    asked_by: str
    asked_at: dt.datetime
    expires_at: dt.datetime
    fence: int = 0
    state: CommandState = CommandState.WAITING
    leased_until: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    detail: str = ""
    found: DeviceFound | None = None

    @property
    def about(self) -> str:
        """What stands for the subject where it is looked for: URIs are too long for an index."""
        return about(self.order, self.subject)

    def is_open(self, now: dt.datetime) -> bool:
        """Whether it may still be done."""
        return self.state in OPEN and now < self.expires_at

    def is_due(self, now: dt.datetime) -> bool:
        """Whether its agent has to be given it anew."""
        return self.is_open(now) and (self.leased_until is None or self.leased_until <= now)

    def standing(self, now: dt.datetime) -> CommandState:
        """Where it stands, told also before anybody wrote down that it ran out."""
        return CommandState.EXPIRED if self.state in OPEN and not self.is_open(now) else self.state

    def leased(self, now: dt.datetime) -> "Command":
        """Given to its agent."""
        return self._stepped(CommandStep.LEASE, fence=self.fence + 1, leased_until=now + COMMAND_LEASE)

    def withdrawn(self, now: dt.datetime) -> "Command":
        """Not wanted any more; raises ``Conflict`` when it ended."""
        return self._stepped(CommandStep.WITHDRAW, ended_at=now)

    def answered(
        self, fence: int, *, done: bool, detail: str, now: dt.datetime, found: DeviceFound | None = None
    ) -> "Command":
        """What the agent says became of it; raises ``BadInput`` for the word of an older lease."""
        if fence != self.fence:
            raise BadInput("the command was given anew since")
        if self.state in (CommandState.DONE, CommandState.FAILED):
            return self
        step = CommandStep.DO if done else CommandStep.FAIL
        return self._stepped(step, ended_at=now, detail=detail, found=found)

    def _stepped(self, step: CommandStep, **changes: Any) -> "Command":
        after = STEPS.get((self.state, step))
        if after is None:
            raise Conflict(f"the command is {self.state.value} already")
        return attrs.evolve(self, state=after, **changes)


def about(order: Order, subject: str) -> str:
    """What stands for a subject: ids as they are, the rest by its hash."""
    if order is Order.CHECK:
        return hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
    return subject[:64]


class QueueStanding(StrEnum):
    """How a printer stands at a computer, for those who wait for it."""

    ABSENT = "absent"
    INSTALLED = "installed"
    INSTALLING = "installing"
    REMOVING = "removing"
    TO_INSTALL = "to-install"
    TO_REMOVE = "to-remove"
    NOT_INSTALLED = "not-installed"
    NOT_REMOVED = "not-removed"
    GIVEN_UP = "given-up"


class Refusal(StrEnum):
    """Why a computer would not install a printer, as the hub knows before it asks."""

    REVOKED = "revoked"
    UNABLE = "unable"
    NOT_SIGNED_IN = "not-signed-in"
    NOT_MEANT = "not-meant"


_UNDER_WAY: Final = {
    (Order.INSTALL, True): QueueStanding.INSTALLING,
    (Order.INSTALL, False): QueueStanding.TO_INSTALL,
    (Order.REMOVE, True): QueueStanding.REMOVING,
    (Order.REMOVE, False): QueueStanding.TO_REMOVE,
}


def queue_standing(queue: QueueSeen | None, last: Command | None, *, here: bool, now: dt.datetime) -> QueueStanding:
    """How a printer stands at a computer.

    Args:
        queue: The queue as its agent told it last.
        last: The last command about that queue.
        here: Whether the agent is connected.
        now: The time.
    """
    there = queue is not None and queue.installed
    if last is not None and last.is_open(now):
        return _UNDER_WAY[last.order, here]
    ended = None if last is None else (last.order, last.standing(now))
    if ended == (Order.INSTALL, CommandState.FAILED) and not there:
        return QueueStanding.NOT_INSTALLED
    if ended == (Order.INSTALL, CommandState.EXPIRED) and not there:
        return QueueStanding.GIVEN_UP
    if ended == (Order.REMOVE, CommandState.FAILED) and there:
        return QueueStanding.NOT_REMOVED
    return QueueStanding.INSTALLED if there else QueueStanding.ABSENT
