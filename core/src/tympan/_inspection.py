"""Statistics of documents, read beside delivery, and the erasure that waits for them.

- A document is read in memory only, by one inspection at a time, under a deadline; it never delays a page.
- A document that cannot be read is still printed; its statistics say so.
- Nothing is asked before plugins had their chance to start, nor an inspector that was stopped while the job waited.
- The document and its key are erased when the job is over and nobody reads it any more.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import trio

from tympan._errors import PluginFault, TympanError
from tympan._faults import contained
from tympan._ids import PluginId
from tympan._job_moves import JobMoves
from tympan._limits import Limits
from tympan._ports import Inspector
from tympan._values import Job, Statistics

if TYPE_CHECKING:
    from tympan._dispatch import Ports

_ANY = "application/octet-stream"


class Inspection:
    """Runs inspectors for the dispatcher."""

    def __init__(self, moves: JobMoves, ports: Ports, log: Callable[..., None], limits: Limits) -> None:
        self._log = log
        self._moves = moves
        self._ports = ports
        self._limits = limits
        self._slots = trio.CapacityLimiter(limits.inspections)
        self._busy: dict[uuid.UUID, trio.Event] = {}
        self._plugins_tried = trio.Event()

    def open(self) -> None:
        """Plugins had their chance to start."""
        self._plugins_tried.set()

    async def run(self, job: Job) -> None:
        """Inspects a job's document, unless that was done, and keeps what was found."""
        if job.statistics is not None or not job.size_bytes:
            return
        done = self._busy[job.uuid] = trio.Event()
        try:
            await self._plugins_tried.wait()
            if self._for(job):
                await self._inspect(job)
        except TympanError as error:
            self._tell("statistics could not be kept", job, error)
        finally:
            del self._busy[job.uuid]
            done.set()

    async def _inspect(self, job: Job) -> None:
        await trio.sleep(self._limits.inspection_delay_s)
        async with self._slots:
            statistics = await self._first_answer(job, self._for(job))
        if statistics is not None:
            await self._moves.update(job.uuid, statistics=statistics)

    async def erase_after(self, job: Job) -> None:
        """Erases document and key once the inspection is over."""
        busy = self._busy.get(job.uuid)
        if busy is not None:
            await busy.wait()
        wait_s = self._limits.retry_first_s
        while True:
            try:
                await self._moves.erase(job.uuid)
            except TympanError as error:
                self._tell("a document could not be erased yet", job, error)
            else:
                return
            await trio.sleep(wait_s)
            wait_s = min(wait_s * 2, self._limits.retry_last_s)

    def _tell(self, message: str, job: Job, error: TympanError) -> None:
        self._log(message, job=str(job.uuid), error=error.sentence)

    def _for(self, job: Job) -> list[tuple[PluginId, Inspector]]:
        return [
            (owner, inspector)
            for owner, inspector in self._ports.owned(Inspector)
            if self._reads(owner, inspector, job.media_type)
        ]

    def _reads(self, owner: PluginId, inspector: Inspector, media_type: str) -> bool:
        with contained(functools.partial(self._ports.charge, owner, "media_types")):
            return media_type in inspector.media_types or media_type == _ANY
        return False

    async def _first_answer(self, job: Job, inspectors: list[tuple[PluginId, Inspector]]) -> Statistics | None:
        answer: Statistics | None = None
        for owner, inspector in inspectors:
            answer = await self._ask(owner, inspector, job)
            if answer.readable:
                break
        return answer

    async def _ask(self, owner: PluginId, inspector: Inspector, job: Job) -> Statistics:
        faults: list[BaseException] = []
        with contained(faults.append), trio.move_on_after(self._limits.inspection_s) as deadline:
            answer = await inspector.inspect(self._moves.document(job.uuid), job.ticket)
            if isinstance(answer, Statistics):
                self._ports.used(owner)
                return answer
            raise PluginFault(f"inspect answered {type(answer).__name__}, which is no Statistics")
        slow = f"reading it took longer than {self._limits.inspection_s:g} s"
        fault = faults[0] if faults else PluginFault(slow)
        self._ports.charge(owner, "inspect", fault)
        return Statistics(format=job.media_type, problem=slow if deadline.cancelled_caught else "unreadable")
