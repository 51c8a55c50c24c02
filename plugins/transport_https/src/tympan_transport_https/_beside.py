"""Where work goes on beside whoever asked for it, while the plugin runs: ranges that are fetched ahead of a reader.

A generator must not hold a nursery open over its yields: its reader may stop between two of them, in another task.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

import trio

from tympan_transport_https._errors import HubAway

_T = TypeVar("_T")


class Beside:
    """Runs work beside its asker. Owns: a nursery, while ``opened``."""

    def __init__(self) -> None:
        self._nursery: trio.Nursery | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Takes work until the block ends, and ends what is left then."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                yield
            finally:
                self._nursery = None
                nursery.cancel_scope.cancel()

    def start(self, work: Callable[[], Awaitable[_T]]) -> Outcome[_T]:
        """Begins with a piece of work; raises ``HubAway`` when the plugin does not run."""
        if self._nursery is None:
            raise _stopped()
        outcome = Outcome(work)
        self._nursery.start_soon(outcome.run)
        return outcome


class Outcome(Generic[_T]):
    """What comes of a piece of work."""

    def __init__(self, work: Callable[[], Awaitable[_T]]) -> None:
        self._work = work
        self._scope = trio.CancelScope()
        self._over = trio.Event()
        self._result: list[_T] = []
        self._error: Exception | None = None

    async def run(self) -> None:
        """Does it."""
        try:
            with self._scope:
                self._result.append(await self._work())
        except Exception as error:  # it is the asker's
            self._error = error
        finally:
            self._over.set()

    async def wait(self) -> _T:
        """The result; raises what the work raised, and ``HubAway`` when the plugin stopped meanwhile."""
        await self._over.wait()
        if self._error is not None:
            raise self._error
        if not self._result:
            raise _stopped()
        return self._result[0]

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._scope.cancel()


def _stopped() -> HubAway:
    return HubAway("the link to the hub is not open")
