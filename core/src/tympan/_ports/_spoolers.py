"""The operating system's spooler."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs

from tympan._ids import PrinterId


class QueueState(StrEnum):
    """State of a queue of the operating system."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


@attrs.frozen(kw_only=True)
class Queue:
    """A print queue of the operating system.

    Attributes:
        name: Its name there.
        uri: Where it sends to.
        info: Its description.
        location: For people.
        state: Its state.
        reasons: IPP ``printer-state-reasons`` keywords.
        accepting: Whether it takes jobs.
        usable: Whether it is proved to work (CUPS: a PPD or driver exists, so that options and formats are handled).
        ours: Whether it leads to this agent.
    """

    name: str
    uri: str
    info: str = ""
    location: str = ""
    state: QueueState = QueueState.IDLE
    reasons: tuple[str, ...] = ()
    accepting: bool = True
    usable: bool = True
    ours: bool = False

    @property
    def printer(self) -> PrinterId | None:
        """The printer that a queue of ours is for, whatever port the agent had when it was made; else None."""
        return PrinterId(self.uri.rpartition("/")[2]) if self.ours else None


@attrs.frozen(kw_only=True)
class QueueRequest:
    """A queue to be made: ``name`` as the spooler allows it, ``uri`` of the endpoint it prints to."""

    name: str
    uri: str
    info: str = ""
    location: str = ""


class QueueChange(StrEnum):
    """What happened to a queue."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@attrs.frozen(kw_only=True)
class QueueEvent:
    """A queue changed; ``name`` may be asked for again with ``list_queues``."""

    name: str
    change: QueueChange


@runtime_checkable
class Spooler(Protocol):
    """The operating system's spooler."""

    async def install(self, request: QueueRequest) -> Queue:
        """Makes the queue, or brings an existing one of that name up to date, and proves it usable.

        Raises:
            TympanError: It could not be made or is not usable; nothing half-made is left behind.
        """

    async def remove(self, name: str) -> bool:
        """Removes the queue. False when there was none."""

    async def list_queues(self) -> tuple[Queue, ...]:
        """All queues, ours and others."""

    def watch(self) -> AsyncIterator[QueueEvent]:
        """Changes from now on, until cancelled."""

    async def print_document(
        self, name: str, document: AsyncIterator[bytes], *, title: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Prints on a queue. Returns the spooler's job number."""
