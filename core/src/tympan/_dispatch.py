"""Moves each job along its states by asking plugins: gate, route, deliver, inspect, erase.

- One worker per printer that jobs go to, so they come out in the order of their turns; at most ``deliveries`` at once.
- The claim is durable before a route is called; what a route wrote down is durable before its next step.
- A job with evidence belongs to the route that wrote it: only that route's ``recover`` may go on with it.
- A fault of a route never loses the job: it waits and is tried again.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import attrs
import trio

from tympan._admission import Admission
from tympan._bus import Bus
from tympan._delivery import KernelDelivery
from tympan._errors import DocumentDamaged, NotFound, PluginFault, StoreError
from tympan._events import DeviceChanged, PortsChanged, PrintersChanged
from tympan._faults import contained, describe
from tympan._ids import PluginId, PrinterId
from tympan._inspection import Inspection
from tympan._job_moves import same_release
from tympan._jobs import JobBook
from tympan._limits import DEFAULTS, Limits
from tympan._outcomes import HAD_IT, Outcomes, untraceable
from tympan._ports import Aborted, Deferred, Document, LostTrack, Outcome, Printers, Route, SendAgain
from tympan._presence import Presence
from tympan._routing import Routing
from tympan._states import JobState, JobStep
from tympan._turns import READY
from tympan._values import Claim, Job, Printer, PrinterReach


class Ports(Protocol):
    """Ports of running plugins, each with its owner; faults are charged to the owner."""

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        """Ports of one kind with the plugin that offers each."""

    def missing_gates(self, *, pull: bool) -> tuple[PluginId, ...]:
        """Plugins that are on, say in their manifest that they hold jobs, and do not run now.

        Args:
            pull: Whether the job is one of those that wait for a release; others wait only for who holds all jobs.
        """

    def expected(self, plugin: PluginId) -> bool:
        """Whether a plugin runs, or may run again without anybody's doing: it is installed, sound, and on."""

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        """Writes a fault down on a plugin's record."""

    def used(self, plugin: PluginId) -> None:
        """Writes down that a plugin did what it is for."""


@attrs.define(eq=False)
class _Worker:
    nudge: trio.Event = attrs.field(factory=trio.Event)


class Dispatcher:
    """Runs jobs. Owns: a task per printer with work, and one per inspection, in the nursery given."""

    def __init__(
        self,
        book: JobBook,
        printers: Printers,
        ports: Ports,
        bus: Bus,
        log: Callable[..., None],
        limits: Limits = DEFAULTS,
        presence: Presence | None = None,
    ) -> None:
        self._moves = book.moves
        self._memory = book.memory
        self._printers = printers
        self._ports = ports
        self._bus = bus
        self._log = log
        self._limits = limits
        self._nursery: trio.Nursery | None = None
        self._workers: dict[PrinterId, _Worker] = {}
        self._active: dict[uuid.UUID, tuple[PluginId, KernelDelivery]] = {}
        self._slots = trio.CapacityLimiter(limits.deliveries)
        self._routing = Routing(ports, limits)
        self._outcomes = Outcomes(book.moves, ports, log, limits, self._hold_back)
        self._inspection = Inspection(book.moves, ports, log, limits)
        self._admission = Admission(book, printers, ports, self._spawn, self.wake, log, limits, presence)
        self._fence = 0
        self._rests_until = 0.0
        book.moves.watcher = self

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Takes up what an earlier run left, then runs until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                await self._take_up()
                nursery.start_soon(self._admission.run)
                task_status.started()
                with self._bus.subscribe(DeviceChanged, PortsChanged, PrintersChanged, size=256) as changes:
                    async for change in changes:
                        self._changed(change)
            finally:
                self._nursery = None

    # ------------------------------------------------------------------ what is told of jobs

    def accepted(self, job: Job) -> None:
        """A job is durable: inspect it, and let it pass the gates."""
        self._spawn(self._inspection.run, job)
        self._admission.look(job)

    def gates_known(self) -> None:
        """Plugins had their chance to start: from now on jobs that were only received may pass the gates."""
        self._routing.plugins_tried = True
        self._inspection.open()
        self._admission.open()

    def people_changed(self) -> None:
        """Somebody signed in or out, or policy changed about it."""
        self._admission.look_at_all()

    def wake(self, printer: PrinterId, job: uuid.UUID | None = None) -> None:
        """Jobs of a printer may go on."""
        if job is not None:
            self._outcomes.retry_now(job)
        worker = self._workers.get(printer)
        if worker is not None:
            worker.nudge.set()
        elif self._nursery is not None and self._head(printer) is not None:
            worker = self._workers[printer] = _Worker()
            self._nursery.start_soon(self._work, printer, worker, name=f"printer {printer}")

    def ended(self, job: Job) -> None:
        """A job is over: erase its document once nobody reads it."""
        self._outcomes.forget(job.uuid)
        if self._moves.has_document(job):
            self._spawn(self._inspection.erase_after, job)

    def request_cancel(self, job: uuid.UUID) -> bool:
        """Tells the delivery under way."""
        active = self._active.get(job)
        if active is not None:
            active[1].request_cancel()
        return active is not None

    def rest(self, for_s: float) -> int:
        """Begins no delivery for a while: jobs are taken and wait. Says how many deliveries are under way."""
        self._rests_until = trio.current_time() + for_s
        return len(self._active)

    async def check_release(self, job: Job) -> None:
        """Asks the gates about a held job that somebody wants to release."""
        await self._admission.check_release(job)

    async def revoke(self, plugin: PluginId) -> int:
        """Takes back every job a plugin's route holds; returns how many. Each is queued, or waits for its route."""
        deliveries = [delivery for owner, delivery in self._active.values() if owner == plugin]
        for delivery in deliveries:
            delivery.scope.cancel()
        with trio.move_on_after(self._limits.grace_s):
            for delivery in deliveries:
                await delivery.done.wait()
        return len(deliveries)

    # ------------------------------------------------------------------ before a route

    async def _take_up(self) -> None:
        for job in await self._moves.load():
            self._fence = max(self._fence, job.claim.fence if job.claim else 0)
            if job.state in (JobState.SENDING, JobState.PRINTING):
                await self._take_up_sent(job)
            if not job.state.terminal:
                self._spawn(self._inspection.run, job)
            elif self._moves.has_document(job):
                self._spawn(self._take_up_over, job)
        for printer in {job.destination for job in self._memory.all()}:
            self.wake(printer)

    async def _take_up_sent(self, job: Job) -> None:
        with contained(functools.partial(self._tell, job)):
            try:
                await self._return(job)
            except StoreError:
                # The start does not wait for the disk: this job is taken up when the disk takes it.
                self._spawn(self._return_later, job)

    async def _return_later(self, job: Job) -> None:
        await self._outcomes.insist(job.uuid, "taken up again", lambda: self._return(job))
        self.wake(job.destination)

    async def _return(self, job: Job) -> None:
        why = "the agent stopped while the job was on its way"
        if untraceable(job):
            await self._outcomes.apply(job, LostTrack(detail=f"{why}, {HAD_IT}"))
        elif job.evidence:
            then = "the device is asked about it"
            await self._moves.move(job.uuid, JobStep.DEFER, "taken up again", why=why, then=then)
        else:
            then = "nothing had left; it is sent"
            await self._moves.move(job.uuid, JobStep.HAND_BACK, "taken up again", why=why, then=then)

    async def _take_up_over(self, job: Job) -> None:
        await self._inspection.run(job)
        await self._inspection.erase_after(job)

    def _head(self, printer: PrinterId) -> Job | None:
        return self._memory.next_at(printer)

    def _changed(self, change: object) -> None:
        if isinstance(change, DeviceChanged):
            snapshot = self._printers.snapshot(change.printer)
            if snapshot is not None and snapshot.reachable:
                self._retry_now(change.printer)
            return
        self._admission.look_at_all()
        for printer in {job.destination for job in self._memory.all() if job.state is JobState.WAITING}:
            self._retry_now(printer)

    def _retry_now(self, printer: PrinterId) -> None:
        head = self._head(printer)
        if head is not None:
            self.wake(printer, head.uuid)

    # ------------------------------------------------------------------ one printer's jobs

    async def _work(self, printer: PrinterId, worker: _Worker) -> None:
        try:
            while (job := self._head(printer)) is not None:
                wait_s = max(self._outcomes.due(job.uuid), self._rests_until) - trio.current_time()
                if wait_s > 0:
                    with trio.move_on_after(wait_s):
                        await worker.nudge.wait()
                    worker.nudge = trio.Event()
                    continue
                async with self._slots:  # which may take long when all are taken
                    now = None if self._rests_until > trio.current_time() else self._head(printer)
                    if now is not None and now.uuid == job.uuid:
                        await self._guarded(now)
        finally:
            del self._workers[printer]

    async def _guarded(self, job: Job) -> None:
        before = trio.current_time()
        with contained(functools.partial(self._tell, job)):
            await self._attempt(job)
            return
        if self._is_ready(job) and self._outcomes.due(job.uuid) <= before:
            self._outcomes.later(job)
        await trio.lowlevel.checkpoint()

    def _tell(self, job: Job, error: BaseException) -> None:
        now = self._memory.find(job.uuid)
        if now is None or now.state.terminal or now.state is JobState.HELD or not same_release(now, job):
            return  # somebody canceled or held it, or released it elsewhere meanwhile: nothing is wrong
        self._log("a job could not be moved on", job=str(job.uuid), error=describe(error))

    def _is_ready(self, job: Job) -> bool:
        now = self._memory.find(job.uuid)
        return now is not None and now.state in READY and same_release(now, job)

    async def _attempt(self, job: Job) -> None:
        printer = self._printers.get(job.destination)
        if printer is None:
            detail = f"the printer {job.destination} is not defined any more"
            if job.cancel_requested and job.evidence:
                await self._outcomes.apply(job, LostTrack(detail=f"{detail}, so its device cannot be told to stop"))
                return
            reason = "destination-uri-failed"
            await self._outcomes.apply(job, Deferred(reason=reason, detail=f"{detail}; add it again or cancel"))
            return
        obstacle = "" if job.evidence else self._obstacle(job, printer)
        if obstacle:  # held and not waiting: others stand behind it at this device
            await self._hold_back(job, "job-held-for-release", obstacle)
            return
        why = "" if job.evidence else self._admission.refusal(job)
        if why:  # whoever signed in has gone since it was let on
            await self._admission.hold(job, why)
            return
        stopped = None if job.evidence else await self._admission.check_again(job)
        if stopped is not None:
            if isinstance(stopped, Deferred) and self._is_ready(job):
                self._memory.set_aside(job.uuid)  # the device is well: what is behind it goes on
                await self._outcomes.apply(job, stopped, kept=self._routing.plugins_tried)
            return
        found = await self._routing.find(job, printer)
        if not self._is_ready(job):
            return
        if isinstance(found, (Deferred, LostTrack)):
            await self._outcomes.apply(job, found, kept=self._routing.plugins_tried)
            return
        try:
            document = self._moves.document(job.uuid)
        except NotFound as error:
            await self._outcomes.apply(job, Aborted(reason="document-access-error", detail=error.sentence))
            return
        self._fence += 1
        claim = Claim(route=found.owner, attempt=job.attempts + 1, fence=self._fence)
        delivery = self._delivery(job, printer, document)
        self._active[job.uuid] = (found.owner, delivery)
        try:
            what, who = f"on its way to {printer.name}", f"{found.owner} takes it there"
            why = f"{found.owner} takes it there: {found.note}" if found.note else who
            await self._moves.move(
                job.uuid, JobStep.CLAIM, what, why=why, claim=claim, attempts=claim.attempt, reason="none", detail="",
                retry_at=None, processing_at=job.processing_at or self._moves.now(), like=job,
            )  # fmt: skip
            outcome = await self._deliver(found.owner, found.route, delivery)
            delivery.close()
            await self._outcomes.settle(found.owner, job.uuid, outcome)
        finally:
            del self._active[job.uuid]
            delivery.done.set()

    async def _hold_back(self, job: Job, reason: str, detail: str) -> None:
        await self._admission.hold_back(job, reason, detail)

    def _obstacle(self, job: Job, printer: Printer) -> str:
        """Why a job must not go where it was released to now; "" when it may."""
        if self._printers.get(job.printer) is None:
            return f"the printer {job.printer} is not defined any more; add it again or cancel"
        if job.destination != job.printer and not printer.releases:
            return f"{printer.name} is no release point any more; release the job elsewhere"
        return (
            ""
            if printer.uri or printer.reach is PrinterReach.TUNNEL
            else f"{printer.name} has no device of its own; release the job at one"
        )

    def _delivery(self, job: Job, printer: Printer, document: Document) -> KernelDelivery:
        delivery = KernelDelivery(
            moves=self._moves, uuid=job.uuid, fence=self._fence, printer=printer, document=document
        )
        if job.cancel_requested:
            delivery.request_cancel()
        return delivery

    async def _deliver(self, owner: PluginId, route: Route, delivery: KernelDelivery) -> Outcome | None:
        outcome: Outcome | None = None
        faults: list[BaseException] = []
        with contained(faults.append), delivery.scope:
            outcome = await _take(route, delivery)
            if not isinstance(outcome, Outcome):
                raise PluginFault(f"deliver answered {type(outcome).__name__}, which is no outcome")
        if not faults:
            self._ports.used(owner)
            return outcome
        damage = _damage(faults[0])
        if damage is not None:
            if delivery.evidence:
                return LostTrack(detail=f"{damage.cause}; the device may have had it before")
            return Aborted(reason="document-access-error", detail=damage.sentence)
        self._ports.charge(owner, "deliver", faults[0])
        if delivery.scope.cancel_called:
            return None
        return Deferred(reason="processing-stopped", detail=f"{owner} failed: {describe(faults[0])}")

    def _spawn(self, task: Callable[[Job], Any], job: Job) -> None:
        if self._nursery is not None:  # None while the agent stops: the next start takes the job up
            self._nursery.start_soon(task, job, name=f"job {job.number}")


async def _take(route: Route, delivery: KernelDelivery) -> Outcome:
    if delivery.evidence:
        found = await route.recover(delivery)
        if not isinstance(found, SendAgain):
            return found
        await delivery.checkpoint(b"", what="may be sent again", why=found.why)
        if delivery.job.target is not None:
            # Time passed, a restart maybe: whoever released it to the device may have gone, which the gates tell.
            return Deferred(reason="resources-are-not-ready", detail=found.why, retry_after_s=0)
    return await route.deliver(delivery)


def _damage(error: BaseException | None) -> DocumentDamaged | None:
    """The store's word that the document is damaged or gone, wherever in a chain of errors it stands."""
    for _ in range(16):
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif isinstance(error, DocumentDamaged) or error is None:
            return error
        else:
            error = error.__cause__ or error.__context__
    return None
