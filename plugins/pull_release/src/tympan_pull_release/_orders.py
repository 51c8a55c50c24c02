"""Orders: each carried out once, in the order they were given, or refused with why; and void when it is not begun.

- Begun means that the device may have the job: from then on the job's own reports tell the rest. Until then the job can
  be held again, and is, when the order's time is over.
- An order answered before is answered the same again, and nothing is done. One that was being carried out when the
  agent stopped goes on when that was a moment ago; else it is begun anew only when the hub says it again. One that was
  begun, and not answered any more, is answered so.
- Devices do not wait for each other: each has its own line of orders.
"""

from __future__ import annotations

from collections import deque
from uuid import UUID

import attrs
import trio

from tympan.plugin import (
    Hold,
    Host,
    IllegalStep,
    Job,
    JobChanged,
    JobState,
    NewJob,
    NotFound,
    Printer,
    PrinterId,
    StoreError,
    TympanError,
)
from tympan_pull_release._answers import AnswerBook
from tympan_pull_release._copies import new_job
from tympan_pull_release._gate import WAITS, PullGate, until
from tympan_pull_release._limits import (
    ADMITTED_S,
    BEHIND_S,
    DETAIL_CHARS,
    LATE_LOOK_S,
    ORDERS_OPEN,
    PRINTER_S,
    WITHIN_MOST_S,
)
from tympan_pull_release._permits import Permit, Permits
from tympan_pull_release._stopwatch import Stopwatch
from tympan_pull_release._terms import HELD, is_pull, rules_of
from tympan_pull_release._ticket import changed
from tympan_relay import Copies, Opened
from tympan_wire.hub import ReleaseOrder, ReleaseOutcome, ReleaseWord

_BEGUN = frozenset({JobState.PRINTING, JobState.COMPLETED, JobState.UNKNOWN})
_ON_ITS_WAY = frozenset({JobState.QUEUED, JobState.WAITING, JobState.SENDING})
_BUSY = frozenset({JobState.SENDING, JobState.PRINTING})


@attrs.define(kw_only=True, eq=False)
class Standing:
    """An order being carried out.

    Attributes:
        order: As it was told last.
        told: When it was told first.
        released: Whether the job was let go under it.
        adopted: Whether the job was let go already when the order came: by an earlier run of the agent, say.
        settling: Whether it is being taken back or answered at this moment.
        local: Nobody at the hub waits for an answer: a grant, or a person at this machine.
    """

    order: ReleaseOrder
    told: Stopwatch
    released: bool = False
    local: bool = False
    adopted: bool = False
    settling: bool = False

    @property
    def within_s(self) -> float:
        """Void unless begun so soon."""
        return min(max(float(self.order.within_s), 0.0), WITHIN_MOST_S)


class Refusal(Exception):
    """Why an order is not carried out. Never leaves this module."""

    def __init__(self, reason: str, *, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Orders:
    """The orders of this agent. Owns: a task for each device with orders, in the nursery of ``run``."""

    def __init__(self, host: Host, answers: AnswerBook, permits: Permits, gate: PullGate, copies: Copies) -> None:
        self._host = host
        self._answers = answers
        self._permits = permits
        self._gate = gate
        self._copies = copies
        self._open: dict[UUID, Standing] = {}
        self._lines: dict[str, deque[UUID]] = {}
        self._nursery: trio.Nursery | None = None
        self._answered = trio.Event()
        self._taken = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled: then nothing is permitted any more."""
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                nursery.start_soon(self._watch)
                nursery.start_soon(self._tick)
                task_status.started()
        finally:
            self._nursery = None
            self._permits.clear()

    async def wait_answered(self) -> None:
        """Returns when something was answered since the last look."""
        await self._answered.wait()
        self._answered = trio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing is being carried out."""
        return not self._open

    @property
    def full(self) -> bool:
        """Whether there is no room for another order now."""
        return len(self._open) >= ORDERS_OPEN

    # ------------------------------------------------------------------ what is ordered

    def take(self, order: ReleaseOrder, *, local: bool = False) -> bool:
        """An order; whether it is a new one, and no repetition."""
        if order.id in self._open:
            standing = self._open[order.id]
            standing.order = attrs.evolve(standing.order, fence=order.fence)
        elif self._answers.find(order.id) is not None:
            self._answers.again(order.id, order.fence)
            self._answered.set()
        elif not self.full:
            told = Stopwatch.start(self._host.now)
            self._open[order.id] = Standing(order=order, told=told, local=local)
            self._taken.set()
            self._line_up(order)
            return True
        return False

    def _line_up(self, order: ReleaseOrder) -> None:
        line = self._lines.get(order.printer)
        if line is not None:
            line.append(order.id)
        elif self._nursery is not None:
            self._lines[order.printer] = deque([order.id])
            self._nursery.start_soon(self._work, order.printer, name=f"releases at {order.printer:.60}")

    async def end(self, jobs: tuple[UUID, ...]) -> None:
        """Jobs of this agent that another printed: over here too, unless a device may have them from here."""
        for name in jobs:
            job = self._host.jobs.find(name)
            if job is None or job.state.terminal or job.evidence or job.state in _BEGUN:
                continue
            self._permits.take_back(name)
            try:
                await self._host.jobs.cancel(name, by="the hub: it was printed elsewhere")
            except TympanError as error:
                self._host.log("a job printed elsewhere could not be ended", job=str(name), error=error.sentence)

    # ------------------------------------------------------------------ one device's orders

    async def _work(self, printer: str) -> None:
        line = self._lines[printer]
        try:
            while line:
                standing = self._open.get(line.popleft())
                if standing is not None:
                    await self._begin(standing)
        finally:
            del self._lines[printer]

    async def _begin(self, standing: Standing) -> None:
        try:
            await self._release(standing)
        except Refusal as refusal:
            await self._refuse(standing, refusal)
        except TympanError as error:
            reason = "resources-are-not-ready" if isinstance(error, StoreError) else "processing-stopped"
            await self._refuse(standing, Refusal(reason, detail=error.sentence))
        else:
            await self._look(standing)

    async def _release(self, standing: Standing) -> None:
        order = standing.order
        point = await self._point(order.printer)
        job = await self._job(standing, point)
        _must_come_out_there(job, point)
        if job.state in _ON_ITS_WAY or _may_be_there(job):
            await self._on_its_way(standing, job)
            return
        if job.state is not JobState.HELD:
            raise Refusal(job.reason, detail=f"the job is {job.state.value} already")
        if standing.told.passed_s > standing.within_s:
            raise _void()
        self._permit(standing)
        held = self._gate.look(attrs.evolve(job, target=point.id), self._host.printers.get(job.printer) or point)
        if isinstance(held, Hold):
            raise Refusal(held.reason, detail=held.detail)
        await self._let_go(order, job, point)
        standing.released = True
        self._host.used()

    async def _let_go(self, order: ReleaseOrder, job: Job, point: Printer) -> None:
        try:
            ticket = changed(job.ticket, order.changes)
        except ValueError as error:
            raise Refusal(HELD, detail=str(error)) from error
        where = point.name + (f", {point.location}" if point.location else "")
        by = f"{order.by} at {where}"
        await self._host.jobs.release(job.uuid, by=by, to=point.id, ticket=None if ticket == job.ticket else ticket)

    async def _on_its_way(self, standing: Standing, job: Job) -> None:
        """Let go before the agent stopped, or by somebody else: the order stands for this device, and no other."""
        if job.destination != standing.order.printer:
            raise _elsewhere(job)
        standing.released = standing.adopted = True
        self._permit(standing)

    def _permit(self, standing: Standing) -> None:
        order = standing.order
        permit = Permit(to=PrinterId(order.printer), since=standing.told, within_s=standing.within_s, order=order.id)
        self._permits.give(order.job, permit)

    async def _point(self, name: str) -> Printer:
        try:
            return await self._host.printers.wait(PrinterId(name), PRINTER_S)
        except NotFound as error:
            raise Refusal(
                "destination-uri-failed", detail=f"this computer does not know the device {name:.80}"
            ) from error

    async def _job(self, standing: Standing, point: Printer) -> Job:
        order = standing.order
        job = self._host.jobs.find(order.job)

        def as_what(opened: Opened) -> NewJob:
            return new_job(order.job, opened, point, self._host.printers)

        if order.mirrored is not None and (job is None or (job.state is JobState.ABORTED and not job.size_bytes)):
            with trio.move_on_after(WITHIN_MOST_S) as taking:  # others wait behind it for the device
                job = await self._copies.take_in(order.job, order.mirrored, as_what)
            if taking.cancelled_caught:
                raise Refusal("document-access-error", detail="the sealed copy of the job did not come in time")
        if job is None:
            raise Refusal("document-access-error", detail="this computer has not the job any more; print it again")
        return await self._admitted(job)

    async def _admitted(self, job: Job) -> Job:
        """A job that came in just now, once the gates looked at it."""
        with self._host.bus.subscribe(JobChanged, size=1) as changes, trio.move_on_after(ADMITTED_S):
            while (now := self._host.jobs.find(job.uuid) or job).state in (JobState.RECEIVING, JobState.RECEIVED):
                await changes.receive()
            return now
        raise Refusal("resources-are-not-ready", detail="the job is still being taken in")

    # ------------------------------------------------------------------ what becomes of them

    async def _watch(self) -> None:
        with self._host.bus.subscribe(JobChanged, size=1024) as changes:
            missed = 0
            async for change in changes:
                if changes.missed != missed:
                    missed = changes.missed
                    await self._look_at_all()
                elif isinstance(change, JobChanged):
                    await self._look_at_all(change.job)

    async def _tick(self) -> None:
        while True:
            if self.idle and not self._permits.any:  # nothing can be late: a computer at rest is not woken for it
                self._taken = trio.Event()
                await self._taken.wait()
            await trio.sleep(LATE_LOOK_S)
            await self._look_at_all()
            self._permits.prune()

    async def _look_at_all(self, job: UUID | None = None) -> None:
        for standing in [one for one in self._open.values() if job in (None, one.order.job)]:
            await self._look(standing)

    async def _look(self, standing: Standing) -> None:
        if not standing.released or standing.settling or standing.order.id not in self._open:
            return
        standing.settling = True
        try:
            await self._settle(standing)
        finally:
            standing.settling = False

    async def _settle(self, standing: Standing) -> None:
        job = self._host.jobs.find(standing.order.job)
        if job is not None and job.target is not None and job.target != standing.order.printer:
            await self._refuse(standing, _elsewhere(job))
        elif job is not None and _may_be_there(job):
            await self._answer(standing, ReleaseOutcome.BEGUN)
        elif job is not None and standing.adopted and (job.state, job.reason) == (JobState.HELD, HELD):
            # The gate was asked about it a moment before the order came.
            standing.released = standing.adopted = False
            self._line_up(standing.order)
        elif job is None or job.state.terminal or job.state is JobState.HELD:
            late = standing.told.passed_s > standing.within_s
            await self._refuse(standing, _void() if late and job is not None else _stopped(job))
        elif self._late(standing, job):
            await self._take_back(standing, job)

    def _late(self, standing: Standing, job: Job) -> bool:
        """Whether its time is over; while other jobs come out at the device before it, it has more."""
        passed_s = standing.told.passed_s
        if passed_s <= standing.within_s:
            return False
        if job.state is JobState.QUEUED and self._is_behind(job) and passed_s <= BEHIND_S:
            longer = Permit(to=job.destination, since=standing.told, within_s=BEHIND_S, order=standing.order.id)
            self._permits.give(job.uuid, longer)
            return False
        return True

    def _is_behind(self, job: Job) -> bool:
        jobs = self._host.jobs.all()
        return any(other.state in _BUSY and other.destination == job.destination for other in jobs)

    async def _take_back(self, standing: Standing, job: Job) -> None:
        self._permits.take_back(job.uuid)
        printer = self._host.printers.get(job.printer)
        why = job.detail or "the device did not begin in time"
        terms = None
        if printer is not None:
            end = until(job, rules_of(printer, self._gate.settings))
            terms = Hold(reason=HELD, detail=f"{why}; {WAITS}", until=end)
        try:
            await self._host.jobs.hold(job.uuid, by="the agent", terms=terms)
        except IllegalStep:
            return  # it is being tried at this moment: the next look sees what came of it
        except TympanError as error:
            self._host.log("a job could not be held again", job=str(job.uuid), error=error.sentence)
            return
        reason = job.reason if job.reason != "none" else HELD
        await self._refuse(standing, Refusal(reason, detail=f"{why}; the job is held again"))

    async def _refuse(self, standing: Standing, refusal: Refusal) -> None:
        self._permits.take_back(standing.order.job, standing.order.id)
        await self._answer(standing, ReleaseOutcome.REFUSED, refusal.reason, refusal.detail)

    async def _answer(
        self, standing: Standing, outcome: ReleaseOutcome, reason: str = "none", detail: str = ""
    ) -> None:
        order = standing.order
        word = ReleaseWord(
            order=order.id, fence=order.fence, outcome=outcome, reason=reason, detail=detail[:DETAIL_CHARS]
        )
        try:
            await self._answers.keep(word, told=standing.local)
        except StoreError as error:  # said again with the next look, and until then the hub asks again
            self._host.log("an answer could not be kept", order=str(order.id), error=error.sentence)
            standing.released = True
            return
        self._open.pop(order.id, None)
        self._answered.set()


def _must_come_out_there(job: Job, point: Printer) -> None:
    if not point.releases and point.id != job.printer:
        raise Refusal("destination-uri-failed", detail=f"held jobs do not come out at {point.name}")
    if not point.uri or (is_pull(point) and point.id != job.printer):
        raise Refusal("destination-uri-failed", detail=f"{point.name} is no device")


def _may_be_there(job: Job) -> bool:
    """Whether a device may have the job."""
    return bool(job.evidence) or job.state in _BEGUN


def _elsewhere(job: Job) -> Refusal:
    return Refusal(job.reason, detail=f"the job is on its way to {job.destination} already")


def _stopped(job: Job | None) -> Refusal:
    if job is None:
        return Refusal("document-access-error", detail="this computer has not the job any more; print it again")
    return Refusal(job.reason, detail=job.detail or f"the job is {job.state.value} already")


def _void() -> Refusal:
    return Refusal(HELD, detail="its time was over before it began; the job is held again")
