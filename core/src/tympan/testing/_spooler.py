"""The spooler port in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from itertools import count

import attrs
import trio

from tympan._errors import NotFound, TympanError
from tympan._ports import Queue, QueueChange, QueueEvent, QueueRequest

_PENDING_EVENTS = 64
"""Events one watcher may be behind."""
SILENT_ENDPOINT = "ipp://localhost:9/ipp/print/nobody"
"""The endpoint that never answers, here as in the suite."""


@attrs.frozen(kw_only=True)
class PrintedDocument:
    """What was printed on a queue of the fake."""

    number: int
    queue: str
    data: bytes
    title: str
    media_type: str
    options: Mapping[str, str]


class FakeSpooler:
    """``Spooler`` in memory.

    Attributes:
        queues: By name; put foreign ones in to try how the code under test minds them.
        printed: What was printed, in order.
        silent: Endpoints that do not answer, so that no queue can be made for them.
    """

    def __init__(self) -> None:
        self.queues: dict[str, Queue] = {}
        self.printed: list[PrintedDocument] = []
        self.silent: set[str] = {SILENT_ENDPOINT}
        self._numbers = count(1)
        self._watchers: set[trio.MemorySendChannel[QueueEvent]] = set()

    async def install(self, request: QueueRequest) -> Queue:
        """Makes the queue; a foreign one or a silent endpoint raises ``TympanError``."""
        await trio.lowlevel.checkpoint()
        before = self.queues.get(request.name)
        if before is not None and not before.ours:
            raise TympanError(f"the queue {request.name} is not ours", next_step="Choose another name.")
        if request.uri in self.silent:
            raise TympanError(f"{request.uri} does not answer", next_step="Check that the agent runs.")
        queue = Queue(name=request.name, uri=request.uri, info=request.info, location=request.location, ours=True)
        self.queues[request.name] = queue
        if queue != before:
            self._tell(queue.name, QueueChange.CHANGED if before else QueueChange.ADDED)
        return queue

    async def remove(self, name: str) -> bool:
        """Removes the queue; a foreign one raises ``TympanError``."""
        await trio.lowlevel.checkpoint()
        queue = self.queues.get(name)
        if queue is not None and not queue.ours:
            raise TympanError(f"the queue {name} is not ours", next_step="Remove it yourself.")
        if queue is not None:
            del self.queues[name]
            self._tell(name, QueueChange.REMOVED)
        return queue is not None

    async def list_queues(self) -> tuple[Queue, ...]:
        """All queues."""
        await trio.lowlevel.checkpoint()
        return tuple(self.queues.values())

    async def watch(self) -> AsyncIterator[QueueEvent]:
        """Changes from the moment the first is waited for; the newest is lost when too many wait."""
        send, receive = trio.open_memory_channel[QueueEvent](_PENDING_EVENTS)
        self._watchers.add(send)
        try:
            while True:
                yield await receive.receive()
        finally:
            self._watchers.discard(send)

    async def print_document(
        self, name: str, document: AsyncIterator[bytes], *, title: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Keeps the document in ``printed``."""
        if name not in self.queues:
            raise NotFound(f"there is no queue {name}")
        data = b"".join([piece async for piece in document])
        number = next(self._numbers)
        self.printed.append(
            PrintedDocument(
                number=number, queue=name, data=data, title=title, media_type=media_type, options=dict(options)
            )
        )
        return number

    def _tell(self, name: str, change: QueueChange) -> None:
        for watcher in self._watchers:
            try:
                watcher.send_nowait(QueueEvent(name=name, change=change))
            except trio.WouldBlock:
                continue
