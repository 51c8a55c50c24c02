"""Watching queues: CUPS tells that something happened, a look at all queues tells what.

- An event is a hint and carries no truth. That makes the known faults of CUPS harmless: events about other printers,
  events lost to its bounded queue (``notify-sequence-number`` jumps), subscriptions forgotten in a restart.
- Where CUPS grants no subscription, every turn looks at all queues.
- A subscription is not cancelled but ends with its short lease, since a killed agent could not cancel it either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import trio

from tympan.plugin import Queue, QueueEvent
from tympan_spool_cups._errors import CupsAway, SpoolerError
from tympan_spool_cups._limits import FULL_LOOK_S, LEASE_S, REFUSED_S
from tympan_spool_cups._link import CupsLink
from tympan_spool_cups._model import Server, SpoolSettings
from tympan_spool_cups._requests import get_notifications, renew, subscribe
from tympan_spool_cups._rules import changes
from tympan_wire.ipp import GroupTag

Connect = Callable[[], CupsLink]
Look = Callable[[CupsLink], Awaitable[tuple[Queue, ...]]]


class QueueWatch:
    """One watcher with its own subscription.

    Args:
        connect: Makes a link to CUPS.
        look: Lists all queues.
        user: Who asks.
        settings: As they are now.
    """

    def __init__(self, connect: Connect, look: Look, *, user: str, settings: Callable[[], SpoolSettings]) -> None:
        self._connect = connect
        self._look = look
        self._user = user
        self._settings = settings
        self._server: Server | None = None
        self._subscription: int | None = None
        self._next_event = 1
        self._renew_at = 0.0
        self._look_at = 0.0
        self._subscribe_at = 0.0

    async def events(self) -> AsyncIterator[QueueEvent]:
        """Changes since the first look, until cancelled. While CUPS is away nothing changes."""
        seen: tuple[Queue, ...] | None = None
        while True:
            found = await self._turn()
            if found is not None:
                for event in changes(found if seen is None else seen, found):
                    yield event
                seen = found
            await trio.sleep(self._settings().watch_interval_s)

    async def _turn(self) -> tuple[Queue, ...] | None:
        """All queues when something may have happened; None when nothing did, or CUPS is away."""
        try:
            async with self._connect() as link:
                if not await self._stirred(link):
                    return None
                found = await self._look(link)
        except SpoolerError:
            self._look_at = 0.0
            return None
        self._look_at = trio.current_time() + FULL_LOOK_S
        return found

    async def _stirred(self, link: CupsLink) -> bool:
        if self._server != link.server:  # its numbers mean nothing to another CUPS
            self._server = link.server
            self._forget()
        if self._subscription is None:
            await self._subscribe(link)
            return True
        if trio.current_time() >= self._renew_at and not await self._renew(link, self._subscription):
            return True
        return await self._has_news(link, self._subscription) or trio.current_time() >= self._look_at

    async def _subscribe(self, link: CupsLink) -> None:
        if trio.current_time() < self._subscribe_at:
            return
        self._subscribe_at = trio.current_time() + REFUSED_S
        try:
            answer = await link.ask(subscribe(self._user), what="subscribe to events")
        except CupsAway:
            self._subscribe_at = 0.0
            raise
        except SpoolerError:
            return
        self._subscription = answer.first(GroupTag.SUBSCRIPTION).integer("notify-subscription-id") if answer else None
        self._next_event, self._renew_at = 1, trio.current_time() + LEASE_S / 2

    async def _renew(self, link: CupsLink, subscription: int) -> bool:
        if await link.ask(renew(subscription, self._user), what="renew a subscription") is None:
            self._forget()
            return False
        self._renew_at = trio.current_time() + LEASE_S / 2
        return True

    async def _has_news(self, link: CupsLink, subscription: int) -> bool:
        request = get_notifications(subscription, self._next_event, self._user)
        answer = await link.ask(request, what="tell of events")
        if answer is None:  # CUPS was restarted, or the lease ran out while this machine slept
            self._forget()
            return True
        events = answer.groups_of(GroupTag.EVENT_NOTIFICATION)
        numbers = [event.integer("notify-sequence-number") or 0 for event in events]
        self._next_event = max([self._next_event, *(number + 1 for number in numbers)])
        return bool(events)

    def _forget(self) -> None:
        self._subscription, self._subscribe_at = None, 0.0
