"""Asking the spooler from trio: each call in a thread, for a driver or a print server may let it wait.

- A listing that fails raises, and is never an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs
import trio

from tympan.plugin import NotFound, Queue, QueueCapabilities
from tympan_spool_windows._capabilities import capabilities_of
from tympan_spool_windows._devmode import read_devmode
from tympan_spool_windows._print_schema import SchemaError, SchemaFeature, read_schema
from tympan_spool_windows._queues import DEFAULT_PORT, is_class_driver, queue_from
from tympan_spool_windows._records import DeviceRecord, JobRecord, QueueRecord
from tympan_spool_windows._winspool import Winspool

_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class Driver:
    """What is known of a queue's driver: its record, what it can, its settings, and what its Print Schema adds."""

    queue: QueueRecord
    device: DeviceRecord
    devmode: bytes
    features: tuple[SchemaFeature, ...]

    @property
    def passes_xps(self) -> bool:
        """Whether it takes XPS as it is."""
        return is_class_driver(self.queue.driver)

    @property
    def capabilities(self) -> QueueCapabilities:
        """What the queue takes."""
        defaults = read_devmode(self.devmode)
        return capabilities_of(self.device, defaults, self.features, passes_xps=self.passes_xps)


class Asking:
    """The spooler's answers, as the port has them.

    Args:
        spool: The spooler.

    Attributes:
        ports: Where this agent's endpoint is and was, the newest first.
        made: Addresses of queues this agent made, by the port Windows gave them.
    """

    def __init__(self, spool: Winspool) -> None:
        self.spool = spool
        self.ports: tuple[int, ...] = (DEFAULT_PORT,)
        self.made: Mapping[str, str] = {}

    async def queues(self) -> tuple[Queue, ...]:
        """All queues; raises ``CallFailed``."""
        return tuple(self.queue_of(record) for record in await self.records())

    async def records(self) -> tuple[QueueRecord, ...]:
        """The same as Windows has them."""
        return await in_thread(self.spool.queues)

    def queue_of(self, record: QueueRecord) -> Queue:
        """The queue a record tells of."""
        return queue_from(record, self.ports, self.made)

    async def record(self, name: str) -> QueueRecord:
        """One queue; raises ``NotFound``."""
        record = await in_thread(lambda: self.spool.queue(name))
        if record is None:
            raise NotFound(f"there is no queue {name}", next_step="Look at the printers in the settings of Windows.")
        return record

    async def driver(self, name: str) -> Driver:
        """All about a queue's driver; raises ``NotFound`` and ``CallFailed``."""
        record = await self.record(name)
        return await in_thread(lambda: self._driver(record))

    def _driver(self, record: QueueRecord) -> Driver:
        spool, devmode = self.spool, self.spool.devmode(record.name)
        return Driver(
            queue=record,
            device=spool.device(record),
            devmode=devmode,
            features=_features(spool.print_capabilities(record.name, devmode)),
        )

    async def jobs(self, name: str) -> tuple[JobRecord, ...]:
        """Jobs in a queue; raises ``CallFailed``."""
        return await in_thread(lambda: self.spool.jobs(name))


def _features(document: bytes) -> tuple[SchemaFeature, ...]:
    """Of a driver's document; none when it is not to be read, for everything else is known without it."""
    try:
        return read_schema(document) if document else ()
    except SchemaError:
        return ()


async def in_thread(call: Callable[[], _T]) -> _T:
    """One call that blocks; left alone with its thread when the caller is cancelled."""
    return await trio.to_thread.run_sync(call, abandon_on_cancel=True)
