"""What every plugin has around it: settings, events, and durable values of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from tympan._events import Event


class Settings(Protocol):
    """A plugin's settings, typed and checked against its manifest."""

    def integer(self, name: str) -> int:
        """A setting of type integer."""

    def number(self, name: str) -> float:
        """A setting of type number."""

    def text(self, name: str) -> str:
        """A setting of type text."""

    def flag(self, name: str) -> bool:
        """A setting of type flag."""

    def texts(self, name: str) -> tuple[str, ...]:
        """A setting of type texts."""


class Subscription(Protocol):
    """Events in the order they were published; leave by ``close`` or by leaving the ``with`` block."""

    @property
    def missed(self) -> int:
        """How many events did not fit since the last look; look at everything again when it grew."""

    async def receive(self) -> Event:
        """The next event."""

    def __aiter__(self) -> AsyncIterator[Event]:
        """Events until closed."""

    def __enter__(self) -> Subscription:
        """Itself."""

    def __exit__(self, *details: object) -> None:
        """Ends it."""

    def close(self) -> None:
        """Ends it."""


class EventBus(Protocol):
    """Typed publish and subscribe."""

    def publish(self, event: Event) -> None:
        """Never blocks."""

    def subscribe(self, *kinds: type[Event], size: int = 64) -> Subscription:
        """Events of these types from now on, at most ``size`` waiting."""


class KeyValue(Protocol):
    """A plugin's own small durable values, sealed on disk."""

    async def get(self, key: str) -> bytes | None:
        """The value kept under ``key``."""

    async def put(self, key: str, value: bytes) -> None:
        """Keeps ``value`` (at most 64 KiB), durable when it returns."""

    async def delete(self, key: str) -> None:
        """Forgets it."""
