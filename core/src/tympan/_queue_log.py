"""The log of queues: what becomes of this agent's own, a line for each change. Part of the public face.

- What changes between the first look and the moment a watch begins is told by no event: it is looked for once more.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, cast

import trio

from tympan._errors import TympanError
from tympan._ports import Host, Queue, QueueEvent, Spooler

BEHIND_S: Final = 5.0
"""From the beginning of a watch until it surely watches: then what changed meanwhile is looked for."""


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
        self._turn = trio.Lock()  # an older look never undoes what a newer one told

    async def keep(self, host: Host) -> None:
        """Tells how they stand, and then each change, until cancelled; a spooler that is away removes none."""
        await self._look(host)
        events = cast("AsyncGenerator[QueueEvent, None]", self._spooler.watch())
        async with trio.open_nursery() as nursery, aclosing(events):
            nursery.start_soon(self._look_behind, host)
            async for _ in events:
                await self._look(host)

    async def _look_behind(self, host: Host) -> None:
        await trio.sleep(BEHIND_S)
        await self._look(host)

    async def _look(self, host: Host) -> None:
        async with self._turn:
            await self._look_once(host)

    async def _look_once(self, host: Host) -> None:
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
