"""Queues of ours made, brought up to date, proved, and removed.

- Windows names a queue that it makes for an address as the endpoint calls itself; it is found as the one that is new,
  then named as asked. Until it is proved there is nothing to keep: a failure takes it away again.
- A queue that leads elsewhere is never touched, whatever its name.
- Nothing is made for an endpoint that does not answer: Windows would leave a queue without a driver.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio

from tympan.plugin import BadInput, Queue, QueueRequest
from tympan_spool_windows._asking import Asking
from tympan_spool_windows._endpoint import check_endpoint
from tympan_spool_windows._errors import QueueNotUsable, QueueOfAnother
from tympan_spool_windows._limits import CLEANUP_S, PORTS, PROOF_AT_MOST_S, PROOF_EVERY_S, QUEUES
from tympan_spool_windows._model import SpoolSettings
from tympan_spool_windows._powershell import Installer
from tympan_spool_windows._queues import endpoint_port, http_url, ipp_uri, queue_name
from tympan_spool_windows._records import QueueRecord


class Installing:
    """Makes and removes queues, one at a time.

    Args:
        asking: The spooler.
        installer: Changes queues.
        settings: As they are now.

    Attributes:
        on_change: Called when a port or a queue is to be remembered.
    """

    def __init__(self, asking: Asking, installer: Installer, settings: Callable[[], SpoolSettings]) -> None:
        self._asking = asking
        self._installer = installer
        self._settings = settings
        self._turn = trio.Lock()
        self.on_change: Callable[[], Awaitable[None]] | None = None

    async def install(self, request: QueueRequest) -> Queue:
        """See ``Spooler``.

        Raises:
            BadInput: The URI is not that of an endpoint on loopback.
            QueueOfAnother: The queue of that name is not ours; it is left as it is.
            EndpointUnheard: What it should print to does not answer; nothing was made.
            EndpointLacking: It answers, and Windows can make no queue of its answer; nothing was made.
            QueueNotUsable: Windows made none that works in time; it was taken away again.
            WindowsSpoolError: Windows does not answer, or does not let this user.
        """
        wanted = attrs.evolve(request, name=queue_name(request.name), uri=ipp_uri(request.uri))
        port = endpoint_port(wanted.uri)
        if port is None:
            raise BadInput(
                f"{wanted.uri} is no endpoint of an agent on this machine",
                next_step="Give the address that tympan printers list shows as endpoint.",
            )
        async with self._turn:
            before = await self._find(wanted.name)
            if before is not None and endpoint_port(before.uri) not in (*self._asking.ports, port):
                raise QueueOfAnother(wanted.name, before.uri)
            await check_endpoint(wanted, timeout_s=self._settings().request_timeout_s)
            self._asking.ports = tuple(dict.fromkeys((port, *self._asking.ports)))[:PORTS]
            if before is None or before.uri != wanted.uri:
                await self._make(wanted, before)
            return await self._described(wanted)

    async def _find(self, name: str) -> Queue | None:
        """Names do not differ by their case: Windows takes them for the same."""
        queues = await self._asking.queues()
        return next((queue for queue in queues if queue.name.casefold() == name.casefold()), None)

    async def _make(self, wanted: QueueRequest, before: Queue | None) -> None:
        known = {record.name for record in await self._asking.records()}
        try:
            await self._installer.add(http_url(wanted.uri))
            made = await self._proved(wanted, known)
            if before is not None:
                await self._installer.remove(before.name)
            if made.name != wanted.name:
                await self._installer.rename(made.name, wanted.name)
        except BaseException:
            await self._take_away(known)
            raise

    async def _proved(self, wanted: QueueRequest, known: set[str]) -> QueueRecord:
        """The new queue, once it has a driver that can say what papers there are."""
        deadline, pause = trio.current_time() + self._settings().install_timeout_s, PROOF_EVERY_S
        while True:
            new = [record for record in await self._asking.records() if record.name not in known]
            if len(new) == 1:
                await self._remember(new[0].port, wanted.uri)  # at once, so that it is known for ours if this fails
            if len(new) == 1 and new[0].driver and (await self._asking.driver(new[0].name)).device.papers:
                return new[0]
            if trio.current_time() >= deadline:
                raise QueueNotUsable(wanted.name, self._why(new))
            await trio.sleep(pause)
            pause = min(pause * 2, PROOF_AT_MOST_S)

    def _why(self, new: list[QueueRecord]) -> str:
        within = f"within {self._settings().install_timeout_s:g} s"
        if len(new) > 1:
            return "other queues were made at the same time, and which is which cannot be told"
        return f"its driver told of no paper {within}" if new else f"Windows made no queue {within}"

    async def _remember(self, port: str, uri: str) -> None:
        if self._asking.made.get(port) == uri:
            return
        kept = {**{known: told for known, told in self._asking.made.items() if known != port}, port: uri}
        self._asking.made = dict(list(kept.items())[-QUEUES:])
        if self.on_change is not None:
            await self.on_change()

    async def _take_away(self, known: set[str]) -> None:
        """Leaves no half-made queue behind; when that fails too, the first error is the one to tell."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLEANUP_S):
            try:
                for queue in await self._asking.queues():
                    if queue.name not in known and queue.ours:
                        await self._installer.remove(queue.name)
            except Exception:
                return

    async def _described(self, wanted: QueueRequest) -> Queue:
        queue = await self._find(wanted.name)
        if queue is None:
            raise QueueNotUsable(wanted.name, "it was removed again at once")
        info = wanted.info or wanted.name
        if (queue.info, queue.location) != (info, wanted.location):
            await self._installer.describe(queue.name, info=info, location=wanted.location)
            queue = await self._find(wanted.name) or queue
        return queue

    async def remove(self, name: str) -> bool:
        """See ``Spooler``.

        Raises:
            QueueOfAnother: The queue of that name is not ours; it is left as it is.
            WindowsSpoolError: Windows does not answer, or does not let this user.
        """
        async with self._turn:
            queue = await self._find(queue_name(name))
            if queue is None:
                return False
            if not queue.ours:
                raise QueueOfAnother(queue.name, queue.uri)
            await self._installer.remove(queue.name)
        return True
