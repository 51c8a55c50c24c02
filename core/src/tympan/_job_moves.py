"""How jobs move: accepted, taken along their states, changed, ended and erased.

- A durable move is on disk before anybody sees it. A soft one (``queued``, ``waiting``) is repeated after a restart.
- One move of a job at a time; a step its table lacks changes nothing.
- Jobs that are over stay on disk with their story, without their document, up to a limit.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import attrs

from tympan._errors import IllegalStep, NotFound
from tympan._ids import PrinterId
from tympan._job_memory import JobMemory
from tympan._limits import Limits
from tympan._ports import Document, Printers
from tympan._states import JobState, JobStep, job_step
from tympan._store import Store
from tympan._values import Job, PrinterMode, TimelineEntry, short

NO_HOLD = "no-hold"
_TEXTS = ("reason", "detail")


class Watcher(Protocol):
    """Who is told of jobs that need moving."""

    def accepted(self, job: Job) -> None:
        """A job is durable now."""

    def wake(self, printer: PrinterId, job: uuid.UUID | None = None) -> None:
        """Jobs that go to a printer may go on; ``job`` at once."""

    def ended(self, job: Job) -> None:
        """A job is over: its document may be erased."""

    def request_cancel(self, job: uuid.UUID) -> bool:
        """Tells the delivery under way; False when there is none."""

    async def check_release(self, job: Job) -> None:
        """Raises ``IllegalStep`` when a held job may not be released."""


class JobMoves:
    """Moves the jobs of a memory, and keeps what became of them."""

    def __init__(
        self, memory: JobMemory, store: Store, printers: Printers, now: Callable[[], dt.datetime], limits: Limits
    ) -> None:
        self.memory = memory
        self._store = store
        self._printers = printers
        self.now = now
        self._limits = limits
        self.watcher: Watcher | None = None

    # ------------------------------------------------------------------ receiving

    async def accept(self, job: Job, stored: Any) -> Job:
        """Makes a received job durable, held at once when the user asked for it; a pull printer's is held anyway."""
        async with self.memory.lock(job.uuid):
            if self.memory.known(job.uuid).state is not JobState.RECEIVING:
                raise IllegalStep("the job was canceled while it was being received", next_step="Print it again.")
            why = f"{job.size_bytes} bytes, sealed and safe on disk"
            entries = [self._entry(job, JobStep.ACCEPT, "received", why=why)]
            job = attrs.evolve(job, state=entries[-1].state)
            if job.hold != NO_HOLD and not self._is_pull(job):
                entries.append(self._held_at_once(job))
                # What came for another machine expires, so that nothing of it stays where its plugin is switched off.
                until = self.now() + dt.timedelta(seconds=self._limits.held_back_s) if job.shared else None
                job = attrs.evolve(job, state=entries[-1].state, reason="job-hold-until-specified", retry_at=until)
            await self._store.accept(job, stored, entries, instead=self.memory.instead_of(job.uuid))
            return self.memory.accepted(job, lines=len(entries))

    def tell_accepted(self, job: Job) -> None:
        """Lets the watcher move a durable job on."""
        if self.watcher is not None:
            self.watcher.accepted(job)

    def abandon(self, job: Job) -> None:
        """A job ended while it was received: it is remembered for a while, and may be begun anew under its uuid."""
        self.memory.replace(job)
        self._retire(job)
        self.memory.leave_uuid(job.uuid)

    async def cancel_receiving(self, job: uuid.UUID) -> Job | None:
        """Cancels a job that is being received; None when it was accepted meanwhile."""
        async with self.memory.lock(job):
            found = self.memory.known(job)
            if found.state is not JobState.RECEIVING:
                return None
            ended = attrs.evolve(found, state=job_step(found.state, JobStep.CANCEL), ended_at=self.now())
            self.memory.replace(ended)
            self._retire(ended)
            return ended

    # ------------------------------------------------------------------ moving

    async def move(
        self,
        job: uuid.UUID,
        step: JobStep,
        what: str,
        *,
        why: str = "",
        then: str = "",
        soft: bool = False,
        only: JobState | None = None,
        like: Job | None = None,
        **changes: Any,
    ) -> Job:
        """Takes a job one step along its table; durable before it is seen, unless ``soft``.

        Raises:
            IllegalStep: Its table has no such step, it is not in the ``only`` state in which the step makes sense, or
                it was released anew since it looked ``like`` this.
        """
        async with self.memory.lock(job):
            before = self.memory.known(job)
            check_state(before, only)
            if like is not None and not same_release(before, like):
                raise IllegalStep(f"job {before.number} was released anew meanwhile", next_step="See 'tympan job'.")
            if step is JobStep.HOLD and before.evidence:
                raise IllegalStep("the device may have the job already", next_step="Cancel it instead.")
            entry = self._entry(before, step, what, why=why, then=then)
            # A moment belongs to the step that named it: kept over others, the next try of a waiting job would become
            # the end of a held one.
            own: dict[str, Any] = {"retry_at": None} | ({"target": None} if step is JobStep.HOLD else {})
            after = attrs.evolve(before, state=entry.state, **{**own, **_texts(changes)})
            if after.state.terminal:
                after = attrs.evolve(after, ended_at=self.now(), claim=None)
            if not soft:
                await self._store.save(after, self._bounded(after, entry))
            self.memory.replace(after)
        if after.state.terminal:
            self._retire(after)
        return after

    async def update(
        self,
        job: uuid.UUID,
        what: str = "",
        *,
        why: str = "",
        then: str = "",
        only: JobState | None = None,
        **changes: Any,
    ) -> Job:
        """Changes fields of a job without moving it, durably, with a line in its story when ``what`` says something.

        Raises:
            IllegalStep: It is over, or is not in the ``only`` state in which the change makes sense.
        """
        async with self.memory.lock(job):
            before = self.memory.known(job) if "statistics" in changes else self.memory.going(job)
            check_state(before, only)
            after = attrs.evolve(before, **_texts(changes))
            entry = self._line(after.state, what, why=why, then=then)
            await self._store.save(after, self._bounded(after, entry) if what else [])
            return self.memory.replace(after)

    def show(self, job: uuid.UUID, **changes: Any) -> Job:
        """Changes fields in memory only: live progress."""
        return self.memory.replace(attrs.evolve(self.memory.known(job), **_texts(changes)))

    # ------------------------------------------------------------------ keeping

    async def load(self) -> tuple[Job, ...]:
        """Takes up the jobs of an earlier run; returns them."""
        for job in await self._store.load_all(keep_ended=self._limits.recent_jobs):
            self.memory.insert(job)
            if job.state.terminal:
                self._retire(job, tell=False)
        return self.memory.all()

    async def erase(self, job: uuid.UUID) -> None:
        """Erases the document and the key of a job that is over; its record and story stay."""
        if self.memory.find(job) is not None:
            async with self.memory.lock(job):
                await self._store.erase(self.memory.known(job))
            self.memory.make_room(job)

    async def timeline(self, job: uuid.UUID) -> tuple[TimelineEntry, ...]:
        """Its story, oldest first."""
        found = self.memory.known(job)
        if found.state is JobState.RECEIVING:
            return (TimelineEntry(at=found.created_at, what="being received", state=found.state),)
        try:
            return await self._store.timeline(job)
        except NotFound:
            # It ended before it was accepted: nothing of it was kept, and that is its story.
            ended_at = found.ended_at or found.created_at
            return (TimelineEntry(at=ended_at, what=found.state.value, why=found.detail, state=found.state),)

    def document(self, job: uuid.UUID) -> Document:
        """Its document."""
        return self._store.document(self.memory.known(job))

    def has_document(self, job: Job) -> bool:
        """Whether its document is kept."""
        return self._store.holds(job)

    def _retire(self, job: Job, *, tell: bool = True) -> None:
        self.memory.retire(job.uuid, erased=not self.has_document(job))
        if tell and self.watcher is not None:
            self.watcher.ended(job)

    def _is_pull(self, job: Job) -> bool:
        printer = self._printers.get(job.printer)
        return printer is not None and printer.mode is PrinterMode.PULL

    def _held_at_once(self, job: Job) -> TimelineEntry:
        if job.shared:
            then = "it comes out once the hub gives it to no other computer"
            return self._entry(job, JobStep.HOLD, "held", why="another computer sent it", then=then)
        then = "release it to print"
        return self._entry(job, JobStep.HOLD, "held", why="the user asked for it", then=then)

    def _entry(self, job: Job, step: JobStep, what: str, *, why: str = "", then: str = "") -> TimelineEntry:
        return self._line(job_step(job.state, step), what, why=why, then=then)

    def _line(self, state: JobState, what: str, *, why: str, then: str) -> TimelineEntry:
        return TimelineEntry(at=self.now(), what=short(what), why=short(why), then=short(then), state=state)

    def _bounded(self, job: Job, entry: TimelineEntry) -> list[TimelineEntry]:
        count = self.memory.count_line(job.uuid)
        return [entry] if count <= self._limits.timeline_entries or job.state.terminal else []


def check_state(job: Job, only: JobState | None) -> None:
    """Raises ``IllegalStep`` where a job is not in the ``only`` state in which something makes sense."""
    if only not in (None, job.state):
        raise IllegalStep(f"job {job.number} is {job.state.value} now", next_step="See 'tympan job'.")


def same_release(one: Job, other: Job) -> bool:
    """Whether two looks at a job are at the same release of it: to one device, with one turn."""
    return (one.target, one.turn) == (other.target, other.turn)


def _texts(changes: dict[str, Any]) -> dict[str, Any]:
    """Changes whose texts, which devices and plugins choose, are cut: they must never be too long to be kept."""
    return {name: short(value) if name in _TEXTS else value for name, value in changes.items()}
