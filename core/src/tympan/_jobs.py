"""Jobs in memory and on disk: received, moved along their states, looked up, acted on by people.

- A durable move is on disk before anybody sees it. A soft one (``queued``, ``waiting``) is repeated after a restart.
- One move of a job at a time; a step its table lacks changes nothing.
- Jobs that are over stay in memory until their document is erased and then up to a limit, and on disk, with their
  story, up to another.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, Final, Protocol

import attrs
import trio

from tympan._bus import Bus
from tympan._errors import BadInput, IllegalStep, NotFound, Overloaded
from tympan._events import JobChanged
from tympan._ids import PrinterId
from tympan._intake import KernelIntake
from tympan._limits import DEFAULTS, Limits
from tympan._ports import Aborted, CanceledAtDevice, Completed, Document, Hold, Printers
from tympan._states import JOB_TABLE, JobState, JobStep, job_step
from tympan._store import Store
from tympan._turns import Turns
from tympan._values import Job, NewJob, Printer, PrinterMode, TimelineEntry, short

NO_HOLD = "no-hold"
_TEXTS = ("reason", "detail")

LEARNED: Final = {
    Completed: JobStep.COMPLETE,
    Aborted: JobStep.ABORT,
    CanceledAtDevice: JobStep.CANCEL,
}
"""What each true end is to a job whose end was unknown."""


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


class JobBook:
    """``Jobs`` of the running agent."""

    def __init__(
        self, store: Store, bus: Bus, printers: Printers, now: Callable[[], dt.datetime], limits: Limits = DEFAULTS
    ) -> None:
        self._store = store
        self._bus = bus
        self._printers = printers
        self.now = now
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
        self.watcher: Watcher | None = None

    # ------------------------------------------------------------------ receiving

    def open(self, new: NewJob) -> KernelIntake:
        """Begins a job; nothing is durable yet."""
        printer = self._printers.get(new.printer)
        if printer is None or not (printer.offered or printer.releases or printer.serves):
            raise NotFound(f"there is no printer {new.printer!r}", next_step="See 'tympan printers list'.")
        if self._open_count >= self._limits.open_jobs:
            raise Overloaded(f"{self._open_count} jobs are waiting already", next_step="Cancel some, or wait.")
        self._check_ticket(new.ticket)
        if new.uuid in self._abandoned:
            self._forget_abandoned(new.uuid)
        if new.shared and new.uuid is not None:
            self._forget_what_came_to_nothing(new.uuid)
        if new.uuid in self._jobs:
            raise BadInput(f"there is a job {new.uuid} already", next_step="Give each job a uuid of its own.")
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
            created_at=self.now(),
        )
        self._insert(job)
        return KernelIntake(self, job, self._store.sink(job.uuid))

    async def accept(self, job: Job, stored: Any) -> Job:
        """Makes a received job durable, held at once when the user asked for it; a pull printer's is held anyway."""
        async with self._lock(job.uuid):
            if self.known(job.uuid).state is not JobState.RECEIVING:
                raise IllegalStep("the job was canceled while it was being received", next_step="Print it again.")
            why = f"{job.size_bytes} bytes, sealed and safe on disk"
            entries = [self._entry(job, JobStep.ACCEPT, "received", why=why)]
            job = attrs.evolve(job, state=entries[-1].state)
            if job.hold != NO_HOLD and not self._is_pull(job):
                entries.append(self._held_at_once(job))
                # What came for another machine expires, so that nothing of it stays where its plugin is switched off.
                until = self.now() + dt.timedelta(seconds=self._limits.held_back_s) if job.shared else None
                job = attrs.evolve(job, state=entries[-1].state, reason="job-hold-until-specified", retry_at=until)
            await self._store.accept(job, stored, entries, instead=self._instead.get(job.uuid))
            self._instead.pop(job.uuid, None)
            self._lines[job.uuid] = len(entries)
            return self.replace(job)

    def tell_accepted(self, job: Job) -> None:
        """Lets the watcher move a durable job on."""
        if self.watcher is not None:
            self.watcher.accepted(job)

    # ------------------------------------------------------------------ looking

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

    async def timeline(self, job: uuid.UUID) -> tuple[TimelineEntry, ...]:
        """Its story, oldest first."""
        found = self.known(job)
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
        return self._store.document(self.known(job))

    def has_document(self, job: Job) -> bool:
        """Whether its document is kept."""
        return self._store.holds(job)

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
        async with self._lock(job):
            before = self.known(job)
            _check_state(before, only)
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
            self.replace(after)
        if after.state.terminal:
            self.retire(after)
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
        async with self._lock(job):
            before = self.known(job) if "statistics" in changes else self.going(job)
            _check_state(before, only)
            after = attrs.evolve(before, **_texts(changes))
            entry = self._line(after.state, what, why=why, then=then)
            await self._store.save(after, self._bounded(after, entry) if what else [])
            return self.replace(after)

    def show(self, job: uuid.UUID, **changes: Any) -> Job:
        """Changes fields in memory only: live progress."""
        return self.replace(attrs.evolve(self.known(job), **_texts(changes)))

    # ------------------------------------------------------------------ people

    async def cancel(self, job: uuid.UUID, *, by: str) -> Job:
        """Cancels; through its route when the device may have it."""
        found = self.going(job)
        if found.state is JobState.RECEIVING:
            async with self._lock(job):
                if self.known(job).state is JobState.RECEIVING:
                    return self._cancel_receiving(self.known(job))
            return await self.cancel(job, by=by)
        under_way = self.watcher is not None and self.watcher.request_cancel(job)
        if under_way or (found.evidence and found.state is not JobState.UNKNOWN):
            then = "the device is told" if under_way else "the device is told as soon as it can be reached"
            reason = "processing-to-stop-point"
            canceled = await self.update(
                job, "cancel requested", why=f"by {by}", then=then, cancel_requested=True, reason=reason
            )
            self._wake(canceled)
            return canceled
        # What it waited for says nothing of its end.
        changes: dict[str, Any] = {"reason": "job-canceled-by-user", "detail": ""}
        return await self.move(job, JobStep.CANCEL, "canceled", why=f"by {by}", **changes)

    async def hold(self, job: uuid.UUID, *, by: str, terms: Hold | None = None, like: Job | None = None) -> Job:
        """Holds a job the device cannot have yet, unless it was released anew since it looked ``like`` this."""
        self.going(job)
        changes: dict[str, Any] = {"hold": "indefinite", "reason": "job-hold-until-specified"}
        detail = ""
        if terms is not None:
            changes = {"reason": terms.reason, "detail": terms.detail, "retry_at": terms.until}
            detail = f": {terms.detail}"
        told = f"by {by}{detail}"
        return await self.move(job, JobStep.HOLD, "held", why=told, then="release it to print", like=like, **changes)

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
        found = self.going(job)
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
        if (found.shared or not again) and self.watcher is not None:
            await self.watcher.check_release(attrs.evolve(found, target=to))
        why = f"by {by}" + (", knowing that it may print twice" if again else "")
        changes: dict[str, Any] = {"hold": NO_HOLD, "reason": "none", "detail": "", "evidence": b"", "claim": None}
        changes |= {"target": to} | ({} if ticket is None else {"ticket": ticket})
        changes |= {} if turn is None else {"turn": turn}
        then = f"it goes to {place.name}" if place else "it goes to the printer"
        released = await self.move(job, JobStep.RELEASE, "released", why=why, then=then, only=found.state, **changes)
        self._wake(released)
        return released

    async def settle(self, job: uuid.UUID, *, by: str) -> Job:
        """A person says that an unknown job was printed."""
        before = self.going(job).state
        if before is not JobState.UNKNOWN:
            cause = f"only a job whose end is unknown can be settled, and this one is {before.value}"
            raise IllegalStep(cause, next_step="Its end is told by the device; see 'tympan job'.")
        changes: dict[str, Any] = {"reason": "job-completed-successfully", "detail": f"{by} says that it was printed"}
        return await self.move(job, JobStep.COMPLETE, "settled as printed", why=f"by {by}", **changes)

    async def learn(self, job: uuid.UUID, end: Completed | Aborted | CanceledAtDevice) -> Job:
        """What became of an unknown job, by those who printed it."""
        before = self.known(job)
        _check_state(before, JobState.UNKNOWN)
        changes: dict[str, Any] = {"reason": _reason_of(end), "detail": end.detail}
        if isinstance(end, Completed) and end.impressions is not None:
            changes["impressions_completed"] = end.impressions
        what = "its end was heard of after all"
        return await self.move(job, LEARNED[type(end)], what, why=end.detail, only=before.state, **changes)

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

    def _is_pull(self, job: Job) -> bool:
        printer = self._printers.get(job.printer)
        return printer is not None and printer.mode is PrinterMode.PULL

    # ------------------------------------------------------------------ keeping

    async def load(self) -> tuple[Job, ...]:
        """Takes up the jobs of an earlier run; returns them."""
        for job in await self._store.load_all(keep_ended=self._limits.recent_jobs):
            self._insert(job)
            if job.state.terminal:
                self.retire(job, tell=False)
        return self.all()

    async def erase(self, job: uuid.UUID) -> None:
        """Erases the document and the key of a job that is over; its record and story stay."""
        if job in self._jobs:
            async with self._lock(job):
                await self._store.erase(self.known(job))
            self._make_room(job)

    def replace(self, job: Job) -> Job:
        """Shows a job's new form."""
        self._jobs[job.uuid] = job
        self._turns.note(job)
        self._bus.publish(JobChanged(job=job.uuid, printer=job.printer, state=job.state))
        return job

    def forget(self, job: Job) -> None:
        """Drops a job from memory."""
        known = self._jobs.pop(job.uuid, None)
        if known is not None and not known.state.terminal:
            self._open_count -= 1
        self._turns.forget(job.uuid)
        self._numbers.pop(job.number, None)
        self._of_printer.get(job.printer, {}).pop(job.uuid, None)
        self._locks.pop(job.uuid, None)
        self._lines.pop(job.uuid, None)
        self._abandoned.discard(job.uuid)

    def forget_unaccepted(self, job: uuid.UUID) -> None:
        """Drops a job that never became durable; one that was canceled meanwhile is remembered as that.

        Where it was to stand in the place of another, that one is known again: on disk it never was gone.
        """
        known = self._jobs.get(job)
        if known is None or known.state is not JobState.RECEIVING:
            return
        self.forget(known)
        before = self._instead.pop(job, None)
        if before is not None:
            self._insert(before)
            self.retire(before, tell=False)

    def abandon(self, job: Job) -> None:
        """A job ended while it was received: it is remembered for a while, and may be begun anew under its uuid."""
        self.replace(job)
        self.retire(job)
        if job.uuid in self._jobs:
            self._abandoned.add(job.uuid)

    def _forget_what_came_to_nothing(self, job: uuid.UUID) -> None:
        """One that another machine sent may come again, where none of it left here: its record goes when it is there.

        Until then the old one rests on disk: whatever comes between, it is an end and no job that goes on.
        """
        found = self._jobs.get(job)
        if found is not None and found.came_to_nothing and job in self._over:  # its document is erased
            self._instead[job] = found
            self._forget_abandoned(job)

    def _forget_abandoned(self, job: uuid.UUID) -> None:
        self._over.pop(job, None)
        self.forget(self.known(job))

    def retire(self, job: Job, *, tell: bool = True) -> None:
        """A job is over: once its document is erased it stays for a while, the oldest of those make room."""
        self._open_count -= 1
        if not self.has_document(job):
            self._make_room(job.uuid)
        if tell and self.watcher is not None:
            self.watcher.ended(job)

    def _make_room(self, job: uuid.UUID) -> None:
        self._over[job] = None
        while len(self._over) > self._limits.recent_jobs:
            oldest = next(iter(self._over))
            del self._over[oldest]
            self._instead.pop(oldest, None)
            self.forget(self.known(oldest))

    def _insert(self, job: Job) -> None:
        self._jobs[job.uuid] = job
        self._numbers[job.number] = job.uuid
        self._of_printer.setdefault(job.printer, {})[job.uuid] = None
        self._turns.note(job)
        self._open_count += 1

    def _cancel_receiving(self, job: Job) -> Job:
        ended = attrs.evolve(job, state=job_step(job.state, JobStep.CANCEL), ended_at=self.now())
        self.replace(ended)
        self.retire(ended)
        return ended

    def _wake(self, job: Job) -> None:
        if self.watcher is not None:
            self.watcher.wake(job.destination, job.uuid)

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
        count = self._lines.get(job.uuid, 0) + 1
        self._lines[job.uuid] = count
        return [entry] if count <= self._limits.timeline_entries or job.state.terminal else []

    async def settled(self, job: uuid.UUID) -> None:
        """Waits for a change that is being written: from then on what memory says is as new as the disk was before."""
        if (lock := self._locks.get(job)) is not None:
            async with lock:
                pass

    def _lock(self, job: uuid.UUID) -> trio.Lock:
        return self._locks.setdefault(job, trio.Lock())


def _check_state(job: Job, only: JobState | None) -> None:
    if only not in (None, job.state):
        raise IllegalStep(f"job {job.number} is {job.state.value} now", next_step="See 'tympan job'.")


def _reason_of(end: Completed | Aborted | CanceledAtDevice) -> str:
    """IPP keyword of a true end (RFC 8011 section 5.3.8)."""
    match end:
        case Completed():
            return "job-completed-successfully"
        case Aborted():
            return end.reason
        case CanceledAtDevice():
            return "job-canceled-at-device"


def same_release(one: Job, other: Job) -> bool:
    """Whether two looks at a job are at the same release of it: to one device, with one turn."""
    return (one.target, one.turn) == (other.target, other.turn)


def _texts(changes: dict[str, Any]) -> dict[str, Any]:
    """Changes whose texts, which devices and plugins choose, are cut: they must never be too long to be kept."""
    return {name: short(value) if name in _TEXTS else value for name, value in changes.items()}
