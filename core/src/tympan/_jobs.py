"""What people and plugins do with jobs: begin them, look them up, cancel, hold, release and settle them.

- Nobody releases what gates hold, nor what goes on by itself.
- A job the device may have ends through its route, whoever cancels it.
- A job whose end is unknown is printed again only when somebody says so.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, Final

import attrs

from tympan._bus import Bus
from tympan._errors import BadInput, IllegalStep, NotFound, Overloaded
from tympan._ids import PrinterId
from tympan._intake import KernelIntake
from tympan._job_memory import JobMemory
from tympan._job_moves import NO_HOLD, JobMoves, check_state
from tympan._limits import DEFAULTS, Limits
from tympan._ports import Aborted, CanceledAtDevice, Completed, Document, Hold, Printers
from tympan._states import JOB_TABLE, JobState, JobStep
from tympan._store import Store
from tympan._values import Job, NewJob, Printer, TimelineEntry, short

LEARNED: Final = {
    Completed: JobStep.COMPLETE,
    Aborted: JobStep.ABORT,
    CanceledAtDevice: JobStep.CANCEL,
}
"""What each true end is to a job whose end was unknown."""


class JobBook:
    """``Jobs`` of the running agent."""

    def __init__(
        self, store: Store, bus: Bus, printers: Printers, now: Callable[[], dt.datetime], limits: Limits = DEFAULTS
    ) -> None:
        self._store = store
        self._printers = printers
        self._limits = limits
        self.memory = JobMemory(bus, limits)
        self.moves = JobMoves(self.memory, store, printers, now, limits)

    def open(self, new: NewJob) -> KernelIntake:
        """Begins a job; nothing is durable yet."""
        printer = self._printers.get(new.printer)
        if printer is None or not (printer.offered or printer.releases or printer.serves):
            raise NotFound(f"there is no printer {new.printer!r}", next_step="See 'tympan printers list'.")
        if self.memory.open_count >= self._limits.open_jobs:
            raise Overloaded(f"{self.memory.open_count} jobs are waiting already", next_step="Cancel some, or wait.")
        self._check_ticket(new.ticket)
        if new.uuid is not None:
            self.memory.free_uuid(new.uuid, shared=new.shared)
        job = Job(
            uuid=new.uuid or uuid.uuid4(),
            number=self._store.allocate_number(),
            printer=new.printer,
            name=short(new.name),
            user=short(new.user),
            media_type=short(new.media_type),
            ticket=new.ticket,
            hold=new.hold,
            target=new.target,
            shared=new.shared,
            foreign=new.foreign,
            created_at=self.moves.now(),
        )
        self.memory.insert(job)
        return KernelIntake(self.moves, job, self._store.sink(job.uuid))

    # ------------------------------------------------------------------ looking

    def get(self, number: int) -> Job | None:
        """By number."""
        return self.memory.get(number)

    def find(self, job: uuid.UUID) -> Job | None:
        """By uuid."""
        return self.memory.find(job)

    def of_printer(self, printer: PrinterId) -> tuple[Job, ...]:
        """Of one printer, oldest first."""
        return self.memory.of_printer(printer)

    def all(self) -> tuple[Job, ...]:
        """All in memory, oldest first."""
        return self.memory.all()

    async def timeline(self, job: uuid.UUID) -> tuple[TimelineEntry, ...]:
        """Its story, oldest first."""
        return await self.moves.timeline(job)

    def document(self, job: uuid.UUID) -> Document:
        """Its document."""
        return self.moves.document(job)

    # ------------------------------------------------------------------ people

    async def cancel(self, job: uuid.UUID, *, by: str) -> Job:
        """Cancels; through its route when the device may have it."""
        found = self.memory.going(job)
        if found.state is JobState.RECEIVING:
            return await self.moves.cancel_receiving(job) or await self.cancel(job, by=by)
        under_way = self.moves.watcher is not None and self.moves.watcher.request_cancel(job)
        if under_way or (found.evidence and found.state is not JobState.UNKNOWN):
            then = "the device is told" if under_way else "the device is told as soon as it can be reached"
            reason = "processing-to-stop-point"
            canceled = await self.moves.update(
                job, "cancel requested", why=f"by {by}", then=then, cancel_requested=True, reason=reason
            )
            self._wake(canceled)
            return canceled
        # What it waited for says nothing of its end.
        changes: dict[str, Any] = {"reason": "job-canceled-by-user", "detail": ""}
        return await self.moves.move(job, JobStep.CANCEL, "canceled", why=f"by {by}", **changes)

    async def hold(self, job: uuid.UUID, *, by: str, terms: Hold | None = None, like: Job | None = None) -> Job:
        """Holds a job the device cannot have yet, unless it was released anew since it looked ``like`` this."""
        self.memory.going(job)
        changes: dict[str, Any] = {"hold": "indefinite", "reason": "job-hold-until-specified"}
        detail = ""
        if terms is not None:
            changes = {"reason": terms.reason, "detail": terms.detail, "retry_at": terms.until}
            detail = f": {terms.detail}"
        told = f"by {by}{detail}"
        then = "release it to print"
        return await self.moves.move(job, JobStep.HOLD, "held", why=told, then=then, like=like, **changes)

    async def release(
        self, job: uuid.UUID, *, by: str, to: PrinterId | None = None, ticket: bytes | None = None
    ) -> Job:
        """Lets a held job go on, or an unknown one be printed again; those released earlier go first."""
        return await self.let_go(job, by=by, to=to, ticket=ticket, turn=self._store.allocate_number())

    async def let_go(
        self,
        job: uuid.UUID,
        *,
        by: str,
        to: PrinterId | None = None,
        ticket: bytes | None = None,
        turn: int | None = None,
    ) -> Job:
        """Releases a job; without a turn it keeps the one it had among others."""
        found = self.memory.going(job)
        if (found.state, JobStep.RELEASE) not in JOB_TABLE:
            cause = (
                f"only a held job, or one whose end is unknown, can be released, and this one is {found.state.value}"
            )
            raise IllegalStep(cause, next_step="It goes on by itself; see 'tympan job'.")
        again = found.state is JobState.UNKNOWN
        if again:
            to = to or found.target  # it has no device but the one its owner chose
        place = self._place(found, to)
        self._check_ticket(ticket or b"")
        if (found.shared or not again) and self.moves.watcher is not None:
            await self.moves.watcher.check_release(attrs.evolve(found, target=to))
        why = f"by {by}" + (", knowing that it may print twice" if again else "")
        changes: dict[str, Any] = {"hold": NO_HOLD, "reason": "none", "detail": "", "evidence": b"", "claim": None}
        changes |= {"target": to} | ({} if ticket is None else {"ticket": ticket})
        changes |= {} if turn is None else {"turn": turn}
        then = f"it goes to {place.name}" if place else "it goes to the printer"
        released = await self.moves.move(
            job, JobStep.RELEASE, "released", why=why, then=then, only=found.state, **changes
        )
        self._wake(released)
        return released

    async def settle(self, job: uuid.UUID, *, by: str) -> Job:
        """A person says that an unknown job was printed."""
        before = self.memory.going(job).state
        if before is not JobState.UNKNOWN:
            cause = f"only a job whose end is unknown can be settled, and this one is {before.value}"
            raise IllegalStep(cause, next_step="Its end is told by the device; see 'tympan job'.")
        changes: dict[str, Any] = {"reason": "job-completed-successfully", "detail": f"{by} says that it was printed"}
        return await self.moves.move(job, JobStep.COMPLETE, "settled as printed", why=f"by {by}", **changes)

    async def learn(self, job: uuid.UUID, end: Completed | Aborted | CanceledAtDevice) -> Job:
        """What became of an unknown job, by those who printed it."""
        before = self.memory.known(job)
        check_state(before, JobState.UNKNOWN)
        changes: dict[str, Any] = {"reason": _reason_of(end), "detail": end.detail}
        if isinstance(end, Completed) and end.impressions is not None:
            changes["impressions_completed"] = end.impressions
        what = "its end was heard of after all"
        return await self.moves.move(job, LEARNED[type(end)], what, why=end.detail, only=before.state, **changes)

    def _place(self, job: Job, to: PrinterId | None) -> Printer | None:
        """Where a job shall come out; None while its own printer is not defined. Raises ``IllegalStep``."""
        place = self._printers.get(to or job.printer)
        if to is not None and to != job.printer and not (place is not None and place.releases):
            raise IllegalStep(f"held jobs cannot come out at {to!r:.80}", next_step="Choose a release point.")
        if place is not None and not place.uri:
            cause = f"{place.name} has no device of its own"
            raise IllegalStep(cause, next_step=f"Release it at a device: tympan release {job.number} --at DEVICE")
        return place

    def _check_ticket(self, ticket: bytes) -> None:
        if len(ticket) > self._limits.ticket_bytes:
            raise BadInput(f"the ticket has {len(ticket)} bytes, more than {self._limits.ticket_bytes}")

    def _wake(self, job: Job) -> None:
        if self.moves.watcher is not None:
            self.moves.watcher.wake(job.destination, job.uuid)


def _reason_of(end: Completed | Aborted | CanceledAtDevice) -> str:
    """IPP keyword of a true end (RFC 8011 section 5.3.8)."""
    match end:
        case Completed():
            return "job-completed-successfully"
        case Aborted():
            return end.reason
        case CanceledAtDevice():
            return "job-canceled-at-device"
