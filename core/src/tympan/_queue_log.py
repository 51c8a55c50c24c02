"""The log of queues: what becomes of this agent's own, a line for each change. Part of the public face."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from tympan._errors import TympanError
from tympan._ports import Host, Queue, QueueEvent, Spooler


class QueueLog:
    """What was told so far.

    Args:
        spooler: Whose queues.
        system: What it is called, for people.
    """

    def __init__(self, spooler: Spooler, system: str) -> None:
        self._spooler = spooler
        self._system = system
        self._known: dict[str, Queue] = {}

    async def keep(self, host: Host) -> None:
        """Tells how they stand, and then each change, until cancelled; a spooler that is away removes none."""
        await self._look(host)
        events = cast("AsyncGenerator[QueueEvent, None]", self._spooler.watch())
        async with aclosing(events):
            async for _ in events:
                await self._look(host)

    async def _look(self, host: Host) -> None:
        try:
            queues = await self._spooler.list_queues()
        except TympanError as error:
            host.log(f"{self._system} cannot be asked for its queues", cause=error.cause)
            return
        now = {queue.name: queue for queue in queues if queue.ours}
        for name in self._known.keys() - now.keys():
            host.log("queue removed", queue=name)
        for name, queue in now.items():
            if self._known.get(name) != queue:
                host.log("queue seen", **_fields(queue))
        self._known = now


def _fields(queue: Queue) -> dict[str, object]:
    return {
        "queue": queue.name,
        "uri": queue.uri,
        "state": queue.state.value,
        "reasons": queue.reasons,
        "accepting": queue.accepting,
        "usable": queue.usable,
    }
