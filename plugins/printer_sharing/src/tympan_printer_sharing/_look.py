"""A look at the queues of this machine: which may be shared, what each can do, and which are really gone.

- A listing that failed says nothing: what was found before stays, and the failure is told.
- A queue is gone when successful listings missed it for a while: a queue that is renamed is removed and made again.
- What a queue can do is asked when it is new, when the system says that it may have changed, and once more soon after,
  as systems tell changes apart by the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

import attrs
import trio

from tympan.plugin import Queue, QueueCapabilities, QueueShared, Spooler, TympanError
from tympan_printer_sharing._identities import Identities
from tympan_printer_sharing._limits import SETTLE_S, STALE_S, UNTOLD_S
from tympan_printer_sharing._model import Patterns, SharedQueue
from tympan_printer_sharing._rules import why_not


@attrs.frozen(kw_only=True)
class Found:
    """What a successful look found.

    Attributes:
        shared: Queues to be shared, those that went missing a moment ago among them.
        standings: Every queue, with why it is not shared.
        silent: Queues that are there and may be shared, and of which the system does not tell what they can do.
        sure: Whether queues that an earlier run saw are gone for good by now.
    """

    shared: tuple[SharedQueue, ...] = ()
    standings: tuple[QueueShared, ...] = ()
    silent: frozenset[UUID] = frozenset()
    sure: bool = True


@attrs.define
class _Asked:
    """What a queue said it can do, and when."""

    revision: str
    at: float
    settled: bool
    capabilities: QueueCapabilities


class QueueLook:
    """Looks again and again.

    Args:
        identities: Who knows devices.
        log: Told of queues that cannot be asked.
        gone_s: How long a queue must be missing.
    """

    def __init__(self, identities: Identities, log: Callable[..., None], *, gone_s: float) -> None:
        self._identities = identities
        self._log = log
        self._gone_s = gone_s
        self._asked: dict[str, _Asked] = {}
        self._last: dict[UUID, SharedQueue] = {}
        self._missing: dict[UUID, float] = {}
        self._first: float | None = None

    @property
    def due(self) -> float:
        """When something is to be looked at again by itself, by trio's clock; infinity when nothing is."""
        settling = (one.at + SETTLE_S for one in self._asked.values() if not one.settled)
        missing = (since + self._gone_s for since in self._missing.values())
        return min((*settling, *missing, *self._unsure()), default=float("inf"))

    def _unsure(self) -> tuple[float, ...]:
        """When what is missing from the beginning is gone: a system that just started may still be making queues."""
        end = (self._first or 0.0) + self._gone_s
        return (end,) if self._first is not None and trio.current_time() < end else ()

    async def look(self, spooler: Spooler, patterns: Iterable[Patterns]) -> Found:
        """Lists the queues.

        Raises:
            TympanError: They could not be listed.
        """
        rules = tuple(patterns)
        queues = await spooler.list_queues()
        self._first = trio.current_time() if self._first is None else self._first
        reasons = {queue.name: why_not(queue, rules) for queue in queues}
        wanted = [queue for queue in queues if not reasons[queue.name]]
        ids = await self._identities.of(wanted)
        shared: dict[UUID, SharedQueue] = {}
        silent: set[UUID] = set()
        for queue in wanted:
            told = await self._capabilities(spooler, queue)
            if told is None:
                reasons[queue.name] = "the system does not tell what it can do"
                silent.add(ids[queue.name])
            else:
                shared[ids[queue.name]] = SharedQueue(id=ids[queue.name], queue=queue, capabilities=told)
        standings = [_standing(queue.name, ids.get(queue.name), reasons[queue.name]) for queue in queues]
        self._asked = {name: one for name, one in self._asked.items() if name in reasons}
        self._keep_missing(shared, {queue.name for queue in queues})
        return Found(
            shared=tuple(self._last.values()),
            standings=tuple(standings),
            silent=frozenset(silent),
            sure=not self._unsure(),
        )

    async def _capabilities(self, spooler: Spooler, queue: Queue) -> QueueCapabilities | None:
        now, known = trio.current_time(), self._asked.get(queue.name)
        same = known is not None and known.revision == queue.revision
        fresh_s = SETTLE_S if known and not known.settled else STALE_S if queue.revision else UNTOLD_S
        if known is not None and same and now < known.at + fresh_s:
            return known.capabilities
        try:
            told = await spooler.capabilities(queue.name)
        except TympanError as error:
            self._log("a queue does not tell what it can do", queue=queue.name, error=error.sentence)
            return known.capabilities if known is not None else None
        self._asked[queue.name] = _Asked(revision=queue.revision, at=now, settled=same, capabilities=told)
        return told

    def _keep_missing(self, shared: dict[UUID, SharedQueue], names: set[str]) -> None:
        """Keeps for a while what is not there, unless its queue is and may not be shared."""
        now = trio.current_time()
        gone = [one for one in self._last if one not in shared]
        self._missing = {one: self._missing.get(one, now) for one in gone if self._last[one].queue.name not in names}
        waits = {one: self._last[one] for one, since in self._missing.items() if now < since + self._gone_s}
        self._missing = {one: since for one, since in self._missing.items() if one in waits}
        self._last = {**shared, **waits}


def _standing(queue: str, share: UUID | None, why: str) -> QueueShared:
    return QueueShared(queue=queue, share=None if why else share, why=why)
