"""Jobs in memory: what an endpoint meets, without a kernel."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import attrs
import trio

from tympan._bus import Bus
from tympan._errors import IllegalStep, NotFound, TympanError
from tympan._events import JobChanged
from tympan._ids import PrinterId
from tympan._jobs import LEARNED
from tympan._ports import Aborted, CanceledAtDevice, Completed, Hold, Printers
from tympan._states import JobState, JobStep, job_step
from tympan._values import Job, NewJob, TimelineEntry
from tympan.testing._documents import FakeDocument


class FakeIntake:
    """A job being received into memory."""

    def __init__(self, jobs: FakeJobs, job: Job) -> None:
        self._jobs = jobs
        self.job = job
        self._content = bytearray()

    def declare(self, media_type: str) -> None:
        """Changes what the job says its document is."""
        self.job = attrs.evolve(self.job, media_type=media_type)
        self._jobs.replace(self.job)

    async def write(self, data: bytes) -> None:
        """Keeps the bytes; raises ``jobs.failure`` when a test has set one."""
        await trio.lowlevel.checkpoint()
        if self._jobs.failure is not None:
            raise self._jobs.failure
        self._check_open()
        self._content += data

    async def commit(self) -> Job:
        """Accepts the job and queues it, or holds it when the user asked so."""
        await trio.lowlevel.checkpoint()
        if self._jobs.failure is not None:
            raise self._jobs.failure
        self._check_open()
        job = self._jobs.find(self.job.uuid) or self.job
        self._jobs.contents[job.uuid] = bytes(self._content)
        job = self._jobs.step(attrs.evolve(job, size_bytes=len(self._content)), JobStep.ACCEPT)
        self.job = self._jobs.step(job, JobStep.QUEUE if job.hold == "no-hold" else JobStep.HOLD)
        return self.job

    async def abandon(self, why: str) -> None:
        """Aborts the job, unless it was canceled meanwhile."""
        await trio.lowlevel.checkpoint()
        current = self._jobs.find(self.job.uuid)
        if current is not None and current.state is JobState.RECEIVING:
            self.job = self._jobs.step(attrs.evolve(current, detail=why), JobStep.ABORT)

    def _check_open(self) -> None:
        current = self._jobs.find(self.job.uuid)
        if current is None or current.state is not JobState.RECEIVING:
            raise IllegalStep("the job was canceled while it was being received")


class FakeJobs:
    """``Jobs`` in memory. A test moves them on with ``step`` and reads what arrived in ``contents``."""

    def __init__(self, bus: Bus | None = None, printers: Printers | None = None) -> None:
        self._bus = bus or Bus()
        self._printers = printers
        self._jobs: dict[uuid.UUID, Job] = {}
        self._timelines: dict[uuid.UUID, list[TimelineEntry]] = {}
        self._turn = 1 << 20
        self.contents: dict[uuid.UUID, bytes] = {}
        self.failure: TympanError | None = None
        self.changed: Callable[[uuid.UUID], None] = lambda job: None

    def open(self, new: NewJob) -> FakeIntake:
        """Begins a job with the next number; for a printer that is not there only when none were given."""
        if self._printers is not None and self._printers.get(new.printer) is None:
            raise NotFound(f"there is no printer {new.printer!r}")
        fields = attrs.asdict(new, recurse=False)
        fields["uuid"] = new.uuid or uuid.uuid4()
        job = Job(**fields, number=len(self._jobs) + 1, created_at=dt.datetime.now(dt.UTC))
        self._jobs[job.uuid] = job
        return FakeIntake(self, job)

    def replace(self, job: Job) -> None:
        """Keeps a job's new fields."""
        self._jobs[job.uuid] = job

    def step(self, job: Job, step: JobStep) -> Job:
        """Moves a job on, as the kernel would."""
        state = job_step(job.state, step)
        now = dt.datetime.now(dt.UTC)
        ended_at = now if state.terminal else None
        started_at = job.processing_at or (now if state is JobState.SENDING else None)
        job = attrs.evolve(job, state=state, ended_at=ended_at, processing_at=started_at)
        self._jobs[job.uuid] = job
        self._timelines.setdefault(job.uuid, []).append(TimelineEntry(at=now, what=step.value, state=state))
        self.changed(job.uuid)
        self._bus.publish(JobChanged(job=job.uuid, printer=job.printer, state=state))
        return job

    def get(self, number: int) -> Job | None:
        """By number."""
        return next((job for job in self._jobs.values() if job.number == number), None)

    def find(self, job: uuid.UUID) -> Job | None:
        """By uuid."""
        return self._jobs.get(job)

    def of_printer(self, printer: PrinterId) -> tuple[Job, ...]:
        """Of one printer, oldest first."""
        return tuple(job for job in self._jobs.values() if job.printer == printer)

    def all(self) -> tuple[Job, ...]:
        """All, oldest first."""
        return tuple(self._jobs.values())

    async def cancel(self, job: uuid.UUID, *, by: str) -> Job:
        """Cancels at once."""
        return await self._act(job, JobStep.CANCEL)

    async def hold(self, job: uuid.UUID, *, by: str, terms: Hold | None = None) -> Job:
        """Holds; what it was released to is forgotten."""
        held = attrs.evolve(await self._act(job, JobStep.HOLD), target=None)
        if terms is not None:
            held = attrs.evolve(held, reason=terms.reason, detail=terms.detail, retry_at=terms.until)
        self.replace(held)
        return held

    async def release(
        self, job: uuid.UUID, *, by: str, to: PrinterId | None = None, ticket: bytes | None = None
    ) -> Job:
        """Releases; jobs take turns in the order they are released in."""
        self._check_place(self.known(job), to)
        self._turn += 1
        released = attrs.evolve(await self._act(job, JobStep.RELEASE), target=to, turn=self._turn)
        self.replace(released if ticket is None else attrs.evolve(released, ticket=ticket))
        return self.known(job)

    def _check_place(self, job: Job, to: PrinterId | None) -> None:
        place = self._printers.get(to or job.printer) if self._printers is not None else None
        if self._printers is None or (place is None and to is None):
            return
        if place is None or (to not in (None, job.printer) and not place.releases):
            raise IllegalStep(f"held jobs cannot come out at {to!r}")
        if not place.uri:
            raise IllegalStep(f"{place.name} has no device of its own")

    async def settle(self, job: uuid.UUID, *, by: str) -> Job:
        """Calls an unknown job printed."""
        if self.known(job).state is not JobState.UNKNOWN:
            raise IllegalStep("only an unknown job can be settled")
        return await self._act(job, JobStep.COMPLETE)

    async def learn(self, job: uuid.UUID, end: Completed | Aborted | CanceledAtDevice) -> Job:
        """Ends an unknown job as it truly did."""
        if self.known(job).state is not JobState.UNKNOWN:
            raise IllegalStep("only of an unknown job the end can be learned")
        return await self._act(job, LEARNED[type(end)])

    async def timeline(self, job: uuid.UUID) -> tuple[TimelineEntry, ...]:
        """Its story."""
        await trio.lowlevel.checkpoint()
        self.known(job)
        return tuple(self._timelines.get(job, ()))

    def document(self, job: uuid.UUID) -> FakeDocument:
        """What arrived."""
        if job not in self.contents:
            raise NotFound("the job has no document")
        return FakeDocument(content=self.contents[job], media_type=self.known(job).media_type)

    async def _act(self, job: uuid.UUID, step: JobStep) -> Job:
        await trio.lowlevel.checkpoint()
        return self.step(self.known(job), step)

    def known(self, job: uuid.UUID) -> Job:
        """By uuid; raises ``NotFound``."""
        found = self._jobs.get(job)
        if found is None:
            raise NotFound("there is no such job")
        return found
