"""Windows as the spooler of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, cast
from uuid import UUID

from tympan.plugin import Queue, QueueCapabilities, QueueEvent, QueueRequest, SpoolJob
from tympan_spool_windows._asking import Asking
from tympan_spool_windows._installing import Installing
from tympan_spool_windows._model import SpoolSettings
from tympan_spool_windows._powershell import Installer, PowerShell
from tympan_spool_windows._press import COMMAND
from tympan_spool_windows._printing import Printing
from tympan_spool_windows._watch import watch_queues
from tympan_spool_windows._winspool import Winspool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class WindowsSpooler:
    """Satisfies ``tympan.plugin.Spooler``. Usable at once with default settings; the service brings the real ones.

    Args:
        spool: The spooler of Windows.
        installer: Changes its queues.
        settings: What a user may set.
        command: Starts a press.
    """

    def __init__(
        self,
        spool: Winspool,
        installer: Installer | None = None,
        settings: SpoolSettings | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.settings = settings or SpoolSettings()
        self.asking = Asking(spool)
        self.installing = Installing(self.asking, installer or PowerShell(), lambda: self.settings)
        self._printing = Printing(self.asking, lambda: self.settings, command)

    async def install(self, request: QueueRequest) -> Queue:
        """Makes a queue on the IPP class driver, or brings ours of that name up to date; see ``Installing``."""
        return await self.installing.install(request)

    async def remove(self, name: str) -> bool:
        """Removes a queue of ours, with the jobs in it. False when there is none."""
        return await self.installing.remove(name)

    async def list_queues(self) -> tuple[Queue, ...]:
        """Local queues, and connections of the user this agent runs for; raises ``CallFailed``."""
        return await self.asking.queues()

    async def capabilities(self, name: str) -> QueueCapabilities:
        """What the queue's driver says; raises ``NotFound`` and ``CallFailed``."""
        return (await self.asking.driver(name)).capabilities

    async def watch(self) -> AsyncIterator[QueueEvent]:
        """What happens to any queue, whoever did it, from the first look on."""
        events = cast("AsyncGenerator[QueueEvent]", watch_queues(self.asking, lambda: self.settings.watch_interval_s))
        async with aclosing(events) as told:
            async for event in told:
                yield event

    async def print_document(
        self, name: str, document: AsyncIterator[bytes], *, title: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Prints on any queue: PDF and JPEG through its driver, everything else straight to the device."""
        number = await self._printing.start(name, title=title, media_type=media_type, options=options, job=None)
        await self._printing.send(name, number, document)
        return number

    async def start_job(
        self, name: str, *, job: UUID, title: str, user: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Begins a job. Windows takes its owner from the process, so ``user`` is not told to it."""
        del user
        return await self._printing.start(name, title=title, media_type=media_type, options=options, job=job)

    async def send_document(self, name: str, number: int, document: AsyncIterator[bytes]) -> None:
        """Hands a begun job its document, with which it prints."""
        await self._printing.send(name, number, document)

    async def find_job(self, name: str, job: UUID) -> SpoolJob | None:
        """The job of that UUID. Windows drops one that is done, so None tells nothing of one that was sent."""
        return await self._printing.find(name, job)

    async def follow_job(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        """Where the job stands, to its end; see ``_jobs`` for what the end means."""
        states = cast("AsyncGenerator[SpoolJob]", self._printing.follow(name, number))
        async with aclosing(states) as told:
            async for state in told:
                yield state

    async def cancel_job(self, name: str, number: int) -> None:
        """Ends the job as soon as may be."""
        await self._printing.cancel(name, number)

    async def close(self) -> None:
        """Gives up what has no document yet."""
        await self._printing.close()
