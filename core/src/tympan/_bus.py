"""Typed publish and subscribe on bounded memory channels.

Order contract:

- ``publish`` never blocks and runs no foreign code; it is called on the trio thread.
- A subscriber sees the events of its types in the order they were published, from its ``subscribe`` on.
- Subscribers do not wait for each other. One whose channel is full misses the event and its ``missed`` grows; events
  carry no truth, so it looks at everything again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from tympan._errors import Overloaded
from tympan._events import Event
from tympan._limits import DEFAULTS, Limits


class BusSubscription:
    """One subscriber's end. Owns: a memory channel, until ``close``."""

    def __init__(self, bus: Bus, kinds: tuple[type[Event], ...], size: int) -> None:
        self._bus = bus
        self._kinds = kinds
        self._send, self._receive = trio.open_memory_channel[Event](size)
        self.missed = 0

    def offer(self, event: Event) -> None:
        """Puts the event in the channel if it is wanted and fits."""
        if self._kinds and not isinstance(event, self._kinds):
            return
        try:
            self._send.send_nowait(event)
        except trio.WouldBlock:
            self.missed += 1

    async def receive(self) -> Event:
        """The next event; raises ``trio.EndOfChannel`` after ``close``."""
        return await self._receive.receive()

    async def __aiter__(self) -> AsyncIterator[Event]:
        async for event in self._receive:
            yield event

    def close(self) -> None:
        """Leaves the bus; waiting receivers end."""
        self._bus.forget(self)
        self._send.close()

    def __enter__(self) -> BusSubscription:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()


class Bus:
    """The kernel's bus."""

    def __init__(self, limits: Limits = DEFAULTS) -> None:
        self._limits = limits
        self._subscriptions: dict[BusSubscription, None] = {}

    def publish(self, event: Event) -> None:
        """Offers the event to every subscriber."""
        for subscription in tuple(self._subscriptions):
            subscription.offer(event)

    def subscribe(self, *kinds: type[Event], size: int = 64) -> BusSubscription:
        """Events of ``kinds`` (all when none is named) from now on, at most ``size`` waiting."""
        if len(self._subscriptions) >= self._limits.subscribers:
            raise Overloaded(f"{self._limits.subscribers} subscriptions are open already", next_step="Look for a leak.")
        subscription = BusSubscription(self, kinds, size)
        self._subscriptions[subscription] = None
        return subscription

    def forget(self, subscription: BusSubscription) -> None:
        """Removes a subscriber; unknown ones are ignored."""
        self._subscriptions.pop(subscription, None)
