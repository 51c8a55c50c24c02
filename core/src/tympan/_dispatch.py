"""Moves each job along its states by asking plugins: gate, route, deliver, inspect, erase.

- One worker per printer with work, so jobs of a printer keep their order; at most ``deliveries`` at once.
- The claim is durable before a route is called; what a route wrote down is durable before its next step.
- A job with evidence belongs to the route that wrote it: only that route's ``recover`` may go on with it.
- A fault of a route never loses the job: it waits and is tried again.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import attrs
import trio

from tympan._admission import Admission, ask
from tympan._bus import Bus
from tympan._delivery import KernelDelivery
from tympan._errors import NotFound, PluginFault, StoreDamaged, StoreError, TympanError
from tympan._events import DeviceChanged, PortsChanged, PrintersChanged
from tympan._faults import contained, describe
from tympan._ids import PluginId, PrinterId
from tympan._inspection import Inspection
from tympan._jobs import JobBook
from tympan._limits import DEFAULTS, Limits
from tympan._ports import (
    Aborted,
    CanceledAtDevice,
    Claimed,
    Completed,
    Deferred,
    Document,
    LostTrack,
    NotMine,
    Outcome,
    Printers,
    Route,
    SendAgain,
)
from tympan._states import JobState, JobStep
from tympan._values import Claim, Job, Printer

_READY = frozenset({JobState.QUEUED, JobState.WAITING})


class Ports(Protocol):
    """Ports of running plugins, each with its owner; faults are charged to the owner."""

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        """Ports of one kind with the plugin that offers each."""

    def missing_gates(self) -> tuple[PluginId, ...]:
        """Plugins that are on, say in their manifest that they hold jobs, and do not run now."""

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        """Writes a fault down on a plugin's record."""


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
    ) -> None:
        self._book = book
        self._printers = printers
        self._ports = ports
        self._bus = bus
        self._log = log
        self._limits = limits
        self._nursery: trio.Nursery | None = None
        self._workers: dict[PrinterId, _Worker] = {}
        self._active: dict[uuid.UUID, tuple[PluginId, KernelDelivery]] = {}
        self._due: dict[uuid.UUID, float] = {}
        self._tries: dict[uuid.UUID, int] = {}
        self._slots = trio.CapacityLimiter(limits.deliveries)
        self._inspection = Inspection(book, ports, log, limits)
        self._admission = Admission(book, printers, ports, self._spawn, self.wake, log, limits)
        self._fence = 0
        book.watcher = self

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

    # ------------------------------------------------------------------ what the book tells

    def accepted(self, job: Job) -> None:
        """A job is durable: inspect it, and let it pass the gates."""
        self._spawn(self._inspection.run, job)
        self._admission.look(job)

    def gates_known(self) -> None:
        """Plugins had their chance to start: from now on jobs that were only received may pass the gates."""
        self._admission.open()

    def wake(self, printer: PrinterId, job: uuid.UUID | None = None) -> None:
        """Jobs of a printer may go on."""
        if job is not None:
            self._due.pop(job, None)
        worker = self._workers.get(printer)
        if worker is not None:
            worker.nudge.set()
        elif self._nursery is not None and self._head(printer) is not None:
            worker = self._workers[printer] = _Worker()
            self._nursery.start_soon(self._work, printer, worker, name=f"printer {printer}")

    def ended(self, job: Job) -> None:
        """A job is over: erase its document once nobody reads it."""
        self._due.pop(job.uuid, None)
        self._tries.pop(job.uuid, None)
        if job.size_bytes or job.state is not JobState.CANCELED:
            self._spawn(self._inspection.erase_after, job)

    def request_cancel(self, job: uuid.UUID) -> bool:
        """Tells the delivery under way."""
        active = self._active.get(job)
        if active is not None:
            active[1].request_cancel()
        return active is not None

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
        for job in await self._book.load():
            self._fence = max(self._fence, job.claim.fence if job.claim else 0)
            if job.state in (JobState.SENDING, JobState.PRINTING):
                with contained(functools.partial(self._tell, job)):
                    await self._take_up_sent(job)
            elif job.state is JobState.RECEIVED:
                self.accepted(job)
            elif job.state.terminal and self._has_document(job):
                self._spawn(self._inspection.erase_after, job)
        for printer in {job.printer for job in self._book.all()}:
            self.wake(printer)

    async def _take_up_sent(self, job: Job) -> None:
        why = "the agent stopped while the job was on its way"
        if job.evidence:
            await self._book.move(
                job.uuid, JobStep.DEFER, "taken up again", why=why, then="the device is asked about it"
            )
        else:
            await self._book.move(
                job.uuid, JobStep.HAND_BACK, "taken up again", why=why, then="nothing had left; it is sent"
            )

    def _has_document(self, job: Job) -> bool:
        try:
            self._book.document(job.uuid)
        except NotFound:
            return False
        return True

    def _head(self, printer: PrinterId) -> Job | None:
        return next((job for job in self._book.of_printer(printer) if job.state in _READY), None)

    def _changed(self, change: object) -> None:
        if isinstance(change, DeviceChanged):
            snapshot = self._printers.snapshot(change.printer)
            if snapshot is not None and snapshot.reachable:
                self._retry_now(change.printer)
            return
        self._admission.look_at_all()
        for printer in {job.printer for job in self._book.all() if job.state is JobState.WAITING}:
            self._retry_now(printer)

    def _retry_now(self, printer: PrinterId) -> None:
        head = self._head(printer)
        if head is not None:
            self.wake(printer, head.uuid)

    # ------------------------------------------------------------------ one printer's jobs

    async def _work(self, printer: PrinterId, worker: _Worker) -> None:
        try:
            while (job := self._head(printer)) is not None:
                wait_s = self._due.get(job.uuid, 0.0) - trio.current_time()
                if wait_s > 0:
                    with trio.move_on_after(wait_s):
                        await worker.nudge.wait()
                    worker.nudge = trio.Event()
                    continue
                async with self._slots:
                    await self._guarded(job)
        finally:
            del self._workers[printer]

    async def _guarded(self, job: Job) -> None:
        before = trio.current_time()
        with contained(functools.partial(self._tell, job)):
            await self._attempt(job)
            return
        if self._due.get(job.uuid, 0.0) <= before:
            self._later(job, None)
        await trio.lowlevel.checkpoint()

    def _tell(self, job: Job, error: BaseException) -> None:
        self._log("a job could not be moved on", job=str(job.uuid), error=describe(error))

    async def _attempt(self, job: Job) -> None:
        printer = self._printers.get(job.printer)
        if printer is None:
            detail = f"the printer {job.printer} is not defined any more"
            if job.cancel_requested and job.evidence:
                await self._apply(job, LostTrack(detail=f"{detail}, so its device cannot be told to stop"))
                return
            await self._defer(
                job, Deferred(reason="destination-uri-failed", detail=f"{detail}; add it again or cancel")
            )
            return
        found = await self._find_route(job, printer)
        if isinstance(found, Deferred):
            await self._defer(job, found)
            return
        owner, route = found
        try:
            document = self._book.document(job.uuid)
        except (NotFound, StoreDamaged) as error:
            await self._apply(job, Aborted(reason="document-access-error", detail=error.sentence))
            return
        self._fence += 1
        claim = Claim(route=owner, attempt=job.attempts + 1, fence=self._fence)
        delivery = self._delivery(job, printer, document)
        self._active[job.uuid] = (owner, delivery)
        try:
            what = f"{owner} takes it to {printer.name}"
            await self._book.move(
                job.uuid, JobStep.CLAIM, what, claim=claim, attempts=claim.attempt, reason="none", detail="",
                retry_at=None, processing_at=job.processing_at or self._book.now(),
            )  # fmt: skip
            outcome = await self._deliver(owner, route, delivery)
            await self._settle(owner, job.uuid, outcome)
        finally:
            del self._active[job.uuid]
            delivery.done.set()

    def _delivery(self, job: Job, printer: Printer, document: Document) -> KernelDelivery:
        delivery = KernelDelivery(book=self._book, uuid=job.uuid, fence=self._fence, printer=printer, document=document)
        if job.cancel_requested:
            delivery.request_cancel()
        return delivery

    async def _find_route(self, job: Job, printer: Printer) -> tuple[PluginId, Route] | Deferred:
        routes = self._ports.owned(Route)
        if job.evidence and job.claim is not None:
            mine = [(owner, route) for owner, route in routes if owner == job.claim.route]
            detail = f"{job.claim.route} began to deliver it and is not running; only it can tell what the device has"
            return mine[0] if mine else Deferred(reason="resources-are-not-ready", detail=detail)
        refusals = []
        for owner, route in routes:
            answer = await ask(self._ports, self._limits, owner, "claim", route.claim, job, printer)
            if isinstance(answer, Claimed):
                return owner, route
            refusals.append(f"{owner}: {answer.reason}" if isinstance(answer, NotMine) else f"{owner}: failed")
        detail = "; ".join(refusals) or "no plugin that delivers jobs is running; see 'tympan plugins'"
        return Deferred(reason="resources-are-not-ready", detail=detail)

    async def _deliver(self, owner: PluginId, route: Route, delivery: KernelDelivery) -> Outcome | None:
        outcome: Outcome | None = None
        faults: list[BaseException] = []
        with contained(faults.append), delivery.scope:
            outcome = await _take(route, delivery)
            if not isinstance(outcome, Outcome):
                raise PluginFault(f"deliver answered {type(outcome).__name__}, which is no outcome")
        if not faults:
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

    # ------------------------------------------------------------------ after a route

    async def _settle(self, owner: PluginId, job: uuid.UUID, outcome: Outcome | None) -> None:
        """Writes an outcome down, however long the disk refuses; a restart meanwhile asks the device again."""
        wait_s = self._limits.retry_first_s
        while True:
            try:
                with trio.CancelScope(shield=True):
                    await self._apply(self._book.known(job), outcome)
            except StoreError as error:
                self._log("how a job ended cannot be written down yet", job=str(job), error=error.sentence)
                self._book.show(job, detail=f"how it ended cannot be written down yet: {error.cause}")
            else:
                return
            await trio.sleep(wait_s)
            wait_s = min(wait_s * 2, self._limits.retry_last_s)

    async def _apply(self, job: Job, outcome: Outcome | None) -> None:
        match outcome:
            case Completed():
                count = outcome.impressions if outcome.impressions is not None else job.impressions_completed
                await self._move(job, JobStep.COMPLETE, "printed", why=outcome.detail, detail=outcome.detail,
                                 reason="job-completed-successfully", impressions_completed=count)  # fmt: skip
            case Aborted():
                await self._move(job, JobStep.ABORT, "given up", why=outcome.detail, reason=outcome.reason,
                                 detail=outcome.detail, then="print it again if you still want it")  # fmt: skip
            case CanceledAtDevice():
                reason = "job-canceled-by-user" if job.cancel_requested else "job-canceled-at-device"
                await self._move(
                    job, JobStep.CANCEL, "canceled", why=outcome.detail, reason=reason, detail=outcome.detail
                )
            case LostTrack():
                act = f"'tympan job {job.number}"
                then = (
                    f"look at the device; then {act} --settle' if it was printed, or {act} --release' to print it again"
                )
                await self._move(job, JobStep.LOSE_TRACK, "its end is unknown", why=outcome.detail, then=then,
                                 reason="job-held-for-review", detail=outcome.detail, claim=None)  # fmt: skip
            case Deferred():
                await self._defer(job, outcome)
            case None:
                await self._hand_back(job)

    async def _hand_back(self, job: Job) -> None:
        why = "the plugin that delivered it was stopped"
        if job.evidence:
            detail = "the device may have it; it goes on when the plugin runs again"
            await self._move(job, JobStep.DEFER, "handed back", why=why, then=detail, reason="resources-are-not-ready",
                             detail=detail)  # fmt: skip
        else:
            await self._move(job, JobStep.HAND_BACK, "handed back", why=why, claim=None, reason="none", detail="")

    async def _defer(self, job: Job, outcome: Deferred) -> None:
        if job.cancel_requested and not job.evidence:
            await self._move(job, JobStep.CANCEL, "canceled", why="nothing was printed", reason="job-canceled-by-user")
            return
        wait_s = self._later(job, outcome.retry_after_s)
        repeated = job.state is JobState.WAITING and job.reason == outcome.reason and job.detail == outcome.detail
        then = "it is tried again by itself"
        await self._move(
            job, JobStep.DEFER, "waits", why=outcome.detail, then=then, soft=repeated, reason=outcome.reason,
            detail=outcome.detail, retry_at=self._book.now() + dt.timedelta(seconds=wait_s),
        )  # fmt: skip

    def _later(self, job: Job, wanted_s: float | None) -> float:
        tries = self._tries[job.uuid] = self._tries.get(job.uuid, 0) + 1
        doubled = self._limits.retry_first_s * 2 ** min(tries - 1, 10)
        wait_s = min(doubled if wanted_s is None else max(wanted_s, 0.05), self._limits.retry_last_s)
        self._due[job.uuid] = trio.current_time() + wait_s
        return wait_s

    async def _move(self, job: Job, step: JobStep, what: str, **changes: Any) -> None:
        await self._book.move(job.uuid, step, what, **changes)

    def _spawn(self, task: Callable[[Job], Any], job: Job) -> None:
        if self._nursery is not None:  # None while the agent stops: the next start takes the job up
            self._nursery.start_soon(task, job, name=f"job {job.number}")


async def _take(route: Route, delivery: KernelDelivery) -> Outcome:
    if delivery.evidence:
        found = await route.recover(delivery)
        if not isinstance(found, SendAgain):
            return found
        await delivery.checkpoint(b"", what="may be sent again", why=found.why)
    return await route.deliver(delivery)


def _damage(error: BaseException | None) -> TympanError | None:
    """The store's word that a document is damaged or gone, wherever in a chain of errors it stands."""
    for _ in range(16):
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif isinstance(error, (StoreDamaged, NotFound)) or error is None:
            return error
        else:
            error = error.__cause__ or error.__context__
    return None
