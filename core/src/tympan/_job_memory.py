"""Jobs in memory: by their names, by their printer and whose turn it is there, and those lately over.

- A job's new form is told on the bus when it is seen here.
- A change of a job that is being written has the job's lock: there is one at a time.
- Jobs that are over stay until their document is erased, and then up to a limit: the oldest make room.
- A uuid belongs to one job; one that came to nothing leaves it to the next.
"""

from __future__ import annotations

import uuid

import trio

from tympan._bus import Bus
from tympan._errors import BadInput, IllegalStep, NotFound
from tympan._events import JobChanged
from tympan._ids import PrinterId
from tympan._limits import Limits
from tympan._states import JobState
from tympan._turns import Turns
from tympan._values import Job


class JobMemory:
    """The jobs that are not over, and those lately over."""

    def __init__(self, bus: Bus, limits: Limits) -> None:
        self._bus = bus
        self._limits = limits
        self._jobs: dict[uuid.UUID, Job] = {}
        self._numbers: dict[int, uuid.UUID] = {}
        self._of_printer: dict[PrinterId, dict[uuid.UUID, None]] = {}
        self._turns = Turns()
        self._locks: dict[uuid.UUID, trio.Lock] = {}
        self._lines: dict[uuid.UUID, int] = {}
        self._over: dict[uuid.UUID, None] = {}
        self._abandoned: set[uuid.UUID] = set()
        self._instead: dict[uuid.UUID, Job] = {}
        self._open_count = 0

    # ------------------------------------------------------------------ looking

    @property
    def open_count(self) -> int:
        """How many are not over."""
        return self._open_count

    def get(self, number: int) -> Job | None:
        """By number."""
        found = self._numbers.get(number)
        return self._jobs.get(found) if found else None

    def find(self, job: uuid.UUID) -> Job | None:
        """By uuid."""
        return self._jobs.get(job)

    def of_printer(self, printer: PrinterId) -> tuple[Job, ...]:
        """Of one printer, oldest first."""
        return tuple(self._jobs[job] for job in self._of_printer.get(printer, ()))

    def next_at(self, printer: PrinterId) -> Job | None:
        """The job whose turn it is to go to a printer."""
        found = self._turns.next(printer)
        return self._jobs[found] if found else None

    def set_aside(self, job: uuid.UUID) -> None:
        """Others of its device go before a job until all are brought back: nobody can decide about it now."""
        self._turns.set_aside(job)

    def bring_back(self) -> tuple[Job, ...]:
        """Gives the jobs that were set aside their places again; returns them."""
        jobs = tuple(self._jobs[job] for job in self._turns.bring_back() if job in self._jobs)
        for job in jobs:
            self._turns.note(job)
        return jobs

    def all(self) -> tuple[Job, ...]:
        """All in memory, oldest first."""
        return tuple(self._jobs.values())

    def known(self, job: uuid.UUID) -> Job:
        """By uuid; raises ``NotFound``."""
        found = self._jobs.get(job)
        if found is None:
            raise NotFound(f"there is no job {job}", next_step="See 'tympan jobs'.")
        return found

    def going(self, job: uuid.UUID) -> Job:
        """By uuid, when it is not over; raises ``NotFound`` or ``IllegalStep``."""
        found = self.known(job)
        if found.state.terminal:
            next_step = f"Nothing is left to do; 'tympan job {found.number}' tells its story."
            raise IllegalStep(f"job {found.number} is {found.state.value} already", next_step=next_step)
        return found

    # ------------------------------------------------------------------ changing

    def lock(self, job: uuid.UUID) -> trio.Lock:
        """Whoever changes a job on disk has it meanwhile."""
        return self._locks.setdefault(job, trio.Lock())

    async def settled(self, job: uuid.UUID) -> None:
        """Waits for a change that is being written: from then on what memory says is as new as the disk was before."""
        if (lock := self._locks.get(job)) is not None:
            async with lock:
                pass

    def insert(self, job: Job) -> None:
        """Takes up a job that is not known yet."""
        self._jobs[job.uuid] = job
        self._numbers[job.number] = job.uuid
        self._of_printer.setdefault(job.printer, {})[job.uuid] = None
        self._turns.note(job)
        self._open_count += 1

    def replace(self, job: Job) -> Job:
        """Shows a job's new form."""
        self._jobs[job.uuid] = job
        self._turns.note(job)
        self._bus.publish(JobChanged(job=job.uuid, printer=job.printer, state=job.state))
        return job

    def accepted(self, job: Job, *, lines: int) -> Job:
        """Shows a job that is durable now, with the first lines of its story; nothing is in its place any more."""
        self._instead.pop(job.uuid, None)
        self._lines[job.uuid] = lines
        return self.replace(job)

    def count_line(self, job: uuid.UUID) -> int:
        """A job's story has one more line; returns how many those of this run are."""
        count = self._lines[job] = self._lines.get(job, 0) + 1
        return count

    # ------------------------------------------------------------------ over

    def retire(self, job: uuid.UUID, *, erased: bool) -> None:
        """A job is over: once its document is ``erased`` it stays for a while."""
        self._open_count -= 1
        if erased:
            self.make_room(job)

    def make_room(self, job: uuid.UUID) -> None:
        """The document of a job that is over is erased: the oldest of those make room."""
        self._over[job] = None
        while len(self._over) > self._limits.recent_jobs:
            oldest = next(iter(self._over))
            del self._over[oldest]
            self._instead.pop(oldest, None)
            self._forget(self.known(oldest))

    def forget_unaccepted(self, job: uuid.UUID) -> None:
        """Drops a job that never became durable; one that was canceled meanwhile is remembered as that.

        Where it was to stand in the place of another, that one is known again: on disk it never was gone.
        """
        known = self._jobs.get(job)
        if known is None or known.state is not JobState.RECEIVING:
            return
        self._forget(known)
        before = self._instead.pop(job, None)
        if before is not None:
            self.insert(before)
            self.retire(before.uuid, erased=True)

    # ------------------------------------------------------------------ uuids used again

    def leave_uuid(self, job: uuid.UUID) -> None:
        """A job ended while it was received: its uuid may be used for another, though it is remembered for a while."""
        if job in self._jobs:
            self._abandoned.add(job)

    def free_uuid(self, job: uuid.UUID, *, shared: bool) -> None:
        """Makes way for a new job under a uuid; ``shared`` when another machine sent it.

        Raises:
            BadInput: A job has it that did not come to nothing.
        """
        if job in self._abandoned:
            self._forget_over(job)
        if shared:
            self._forget_what_came_to_nothing(job)
        if job in self._jobs:
            raise BadInput(f"there is a job {job} already", next_step="Give each job a uuid of its own.")

    def instead_of(self, job: uuid.UUID) -> Job | None:
        """The one that a job being received is to stand in the place of: it rests on disk until then."""
        return self._instead.get(job)

    def _forget_what_came_to_nothing(self, job: uuid.UUID) -> None:
        """One that another machine sent may come again, where none of it left here: its record goes when it is there.

        Until then the old one rests on disk: whatever comes between, it is an end and no job that goes on.
        """
        found = self._jobs.get(job)
        if found is not None and found.came_to_nothing and job in self._over:  # its document is erased
            self._instead[job] = found
            self._forget_over(job)

    def _forget_over(self, job: uuid.UUID) -> None:
        self._over.pop(job, None)
        self._forget(self.known(job))

    def _forget(self, job: Job) -> None:
        known = self._jobs.pop(job.uuid, None)
        if known is not None and not known.state.terminal:
            self._open_count -= 1
        self._turns.forget(job.uuid)
        self._numbers.pop(job.number, None)
        self._of_printer.get(job.printer, {}).pop(job.uuid, None)
        self._locks.pop(job.uuid, None)
        self._lines.pop(job.uuid, None)
        self._abandoned.discard(job.uuid)
