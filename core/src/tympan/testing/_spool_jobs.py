"""Jobs of a spooler in memory: started empty, handed their document, printed at once or when the test lets them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from itertools import count
from typing import Any
from uuid import UUID

import attrs
import trio

from tympan._errors import NotFound, TympanError
from tympan._ports import Queue, SpoolJob, SpoolJobState


@attrs.define(kw_only=True)
class StartedJob:
    """A job of the fake.

    Attributes:
        number: The fake's.
        job: The UUID it was started with.
        queue: By name.
        data: What was received; None until then.
        told: What the fake says of it.
    """

    number: int
    job: UUID
    queue: str
    title: str
    user: str
    media_type: str
    options: Mapping[str, str]
    data: bytes | None = None
    told: SpoolJob


class FakeSpoolJobs:
    """The half of ``FakeSpooler`` that is about jobs.

    Attributes:
        queues: By name.
        jobs: By number; take one away to try what happens when the spooler forgot it.
        prompt: Whether a job is completed as soon as it has its document; else it prints until ``finish``.
    """

    def __init__(self) -> None:
        self.queues: dict[str, Queue] = {}
        self.jobs: dict[int, StartedJob] = {}
        self.prompt = True
        self._numbers = count(1)
        self._stirred = trio.Event()

    async def start_job(
        self, name: str, *, job: UUID, title: str, user: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Makes an empty job, held until its document comes."""
        await trio.lowlevel.checkpoint()
        queue = self.queues.get(name)
        if queue is None:
            raise NotFound(f"there is no queue {name}")
        if not queue.accepting:
            raise TympanError(f"the queue {name} takes no jobs", next_step="Let it accept jobs again.")
        number = next(self._numbers)
        told = SpoolJob(number=number, state=SpoolJobState.HELD, received=False)
        self.jobs[number] = StartedJob(
            number=number,
            job=job,
            queue=name,
            title=title,
            user=user,
            media_type=media_type,
            options=dict(options),
            told=told,
        )
        return number

    async def send_document(self, name: str, number: int, document: AsyncIterator[bytes]) -> None:
        """Takes the document whole, or nothing of it."""
        data = b"".join([piece async for piece in document])
        started = self._of(name, number)
        if started is None or started.told.state.is_over:
            raise NotFound(f"the queue {name} has no job {number} that waits for a document")
        started.data = data
        self.tell(number, SpoolJobState.PROCESSING, received=True)
        if self.prompt:
            self.finish(number)

    async def find_job(self, name: str, job: UUID) -> SpoolJob | None:
        """Looks through ``jobs``."""
        await trio.lowlevel.checkpoint()
        found = [one.told for one in self.jobs.values() if one.queue == name and one.job == job]
        return found[-1] if found else None

    async def follow_job(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        """Tells each change until the end."""
        before: SpoolJob | None = None
        while True:
            stirred, started = self._stirred, self._of(name, number)
            now = started.told if started else SpoolJob(number=number, state=SpoolJobState.GONE)
            if now != before:
                yield now
            if now.state.is_over:
                return
            before = now
            await stirred.wait()

    async def cancel_job(self, name: str, number: int) -> None:
        """Ends the job at once."""
        await trio.lowlevel.checkpoint()
        started = self._of(name, number)
        if started is not None and not started.told.state.is_over:
            self.tell(number, SpoolJobState.CANCELED)

    def finish(self, number: int, state: SpoolJobState = SpoolJobState.COMPLETED, *, impressions: int = 1) -> None:
        """Brings a job to its end."""
        self.tell(number, state, impressions=impressions)

    def tell(self, number: int, state: SpoolJobState, **more: Any) -> None:
        """Lets a job stand so from now on; ``more`` are fields of ``SpoolJob``."""
        started = self.jobs[number]
        started.told = attrs.evolve(started.told, state=state, **more)
        self.stir()

    def stir(self) -> None:
        """Lets whoever follows a job look again."""
        self._stirred.set()
        self._stirred = trio.Event()

    def _of(self, name: str, number: int) -> StartedJob | None:
        started = self.jobs.get(number)
        return started if started is not None and started.queue == name else None
