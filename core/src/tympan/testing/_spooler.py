"""The spooler port in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import attrs
import trio

from tympan._errors import NotFound, TympanError
from tympan._ports import Queue, QueueCapabilities, QueueChange, QueueEvent, QueueOption, QueueRequest
from tympan.testing._spool_jobs import FakeSpoolJobs

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


ABILITIES = QueueCapabilities(
    media_types=("application/pdf",),
    options=(
        QueueOption(name="copies", values=("1-99",), default="1"),
        QueueOption(name="sides", values=("one-sided", "two-sided-long-edge"), default="one-sided"),
        QueueOption(name="print-color-mode", values=("monochrome", "color"), default="color"),
    ),
)
"""What a queue of the fake takes when the test says nothing else."""


class FakeSpooler(FakeSpoolJobs):
    """``Spooler`` in memory.

    Attributes:
        queues: By name; put foreign ones in to try how the code under test minds them.
        abilities: What queues take, by name; ``ABILITIES`` where nothing is said.
        trouble: Raised instead of listing queues or making one while it is set.
        printed: What was printed with ``print_document``, in order.
        silent: Endpoints that do not answer, so that no queue can be made for them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.abilities: dict[str, QueueCapabilities] = {}
        self.trouble: TympanError | None = None
        self.printed: list[PrintedDocument] = []
        self.silent: set[str] = {SILENT_ENDPOINT}
        self._watchers: set[trio.MemorySendChannel[QueueEvent]] = set()

    async def install(self, request: QueueRequest) -> Queue:
        """Makes the queue, or ``trouble``; a foreign one or a silent endpoint raises ``TympanError``."""
        await trio.lowlevel.checkpoint()
        if self.trouble is not None:
            raise self.trouble
        before = self.queues.get(request.name)
        if before is not None and not before.ours:
            raise TympanError(f"the queue {request.name} is not ours", next_step="Choose another name.")
        if request.uri in self.silent:
            raise TympanError(f"{request.uri} does not answer", next_step="Check that the agent runs.")
        queue = Queue(
            name=request.name,
            uri=request.uri,
            info=request.info,
            location=request.location,
            ours=True,
            identity=request.uri,
        )
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
        """All queues, or ``trouble``."""
        await trio.lowlevel.checkpoint()
        if self.trouble is not None:
            raise self.trouble
        return tuple(self.queues.values())

    async def capabilities(self, name: str) -> QueueCapabilities:
        """What ``abilities`` says."""
        await trio.lowlevel.checkpoint()
        if name not in self.queues:
            raise NotFound(f"there is no queue {name}")
        return self.abilities.get(name, ABILITIES)

    def change(self, name: str, queue: Queue | None) -> None:
        """Puts a queue in, changes it, or takes it away with None, as another program would, and tells watchers."""
        before = self.queues.pop(name, None)
        if queue is not None:
            self.queues[queue.name] = queue
            self._tell(queue.name, QueueChange.CHANGED if before else QueueChange.ADDED)
        elif before is not None:
            self._tell(name, QueueChange.REMOVED)

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
