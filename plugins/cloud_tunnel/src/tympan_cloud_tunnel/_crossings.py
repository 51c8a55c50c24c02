"""Crossings: each order fetched, taken in as a held job, asked for, and let go once the hub said yes.

- Bytes of a job leave for its device only after the hub took the word ``begin`` under the current fence, and after that
  was written down. An answer under any other fence is no answer.
- What cannot be printed here is given back, so that another agent may; what nobody can print is refused.
- Whoever loses a lease on the way keeps what came for a while, held: when it comes again, nothing is fetched twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final
from uuid import UUID

import attrs
import trio

from tympan.plugin import (
    Backoff,
    Host,
    HubLink,
    Job,
    JobChanged,
    JobState,
    NewJob,
    NotFound,
    Printer,
    PrinterId,
    TympanError,
)
from tympan_cloud_tunnel._errors import AnotherPrinter, HadBefore, NotServed, OutOfReach
from tympan_cloud_tunnel._ledger import Ledger
from tympan_cloud_tunnel._limits import (
    ADMITTED_S,
    BY_CHARS,
    DETAIL_CHARS,
    DONE_KEPT,
    PRINTER_S,
    REFUSED_S,
    RETRY_FIRST_S,
    RETRY_LAST_S,
    ROOM,
    WORD_S,
)
from tympan_cloud_tunnel._model import Entry
from tympan_cloud_tunnel._rules import answers
from tympan_relay import Copies, CopySpoiled, ForeignJobs, Opened
from tympan_wire.hub import (
    CrossingAnswers,
    CrossingHeld,
    CrossingOrder,
    CrossingStep,
    CrossingWord,
    CrossingWords,
    HubMessageError,
    Operation,
    decode,
    encode,
)

_COMING: Final = frozenset({JobState.RECEIVING, JobState.RECEIVED})


@attrs.define(kw_only=True, eq=False)
class Lease:
    """An order being carried out.

    Attributes:
        order: As it was told.
        scope: Ends the work when the lease is lost.
        asked: Whether the hub was asked to begin: from then on its answer alone decides.
    """

    order: CrossingOrder
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    asked: bool = False


class Crossings:
    """Carries orders out. Owns: a task for each, in the nursery of ``run``.

    Args:
        host: Of the plugin.
        hub: Whom to answer.
        ledger: Where permits are written down.
        foreign: Which jobs came through the hub.
        copies: What fetches them.
        changed: Called when there is room again, and the hub may have more than it told.
    """

    def __init__(
        self,
        host: Host,
        hub: HubLink,
        ledger: Ledger,
        foreign: ForeignJobs,
        copies: Copies,
        changed: Callable[[], None],
    ) -> None:
        self._host = host
        self._hub = hub
        self._ledger = ledger
        self._foreign = foreign
        self._copies = copies
        self._changed = changed
        self._more = False
        self._leases: dict[UUID, Lease] = {}
        self._met: dict[UUID, None] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled. What an earlier run asked for, and had no answer to, is asked again."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            for entry in self._ledger.entries:
                if not entry.begun:
                    nursery.start_soon(self._ask_again, entry)
            task_status.started()
            await trio.sleep_forever()

    @property
    def held(self) -> tuple[CrossingHeld, ...]:
        """Leases to be kept."""
        return tuple(CrossingHeld(id=one.order.id, fence=one.order.fence) for one in self._leases.values())

    @property
    def room(self) -> int:
        """How many more may come."""
        return 0 if self._ledger.full else max(ROOM - len(self._leases), 0)

    @property
    def jobs(self) -> frozenset[UUID]:
        """Whose documents come."""
        return frozenset(one.order.job for one in self._leases.values())

    def take(self, orders: Sequence[CrossingOrder], room: int) -> bool:
        """Orders of the hub, which was told of so much room; whether any is for a job that was not met before.

        A hub may repeat what was said no to, for ever: that is obeyed, and does not hasten the next look.
        """
        new, self._more = False, len(orders) >= room
        for order in orders:
            busy = order.id in self._leases or order.job in self.jobs
            if not busy and self.room and self._nursery is not None:
                lease = self._leases[order.id] = Lease(order=order)
                self._nursery.start_soon(self._carry_out, lease)
                new = self._meet(order.job) or new
        return new

    def _meet(self, job: UUID) -> bool:
        """Whether a job is met for the first time in this run."""
        if job in self._met:
            return False
        self._met[job] = None
        if len(self._met) > DONE_KEPT:
            del self._met[next(iter(self._met))]
        return True

    def gone(self, crossings: Iterable[UUID]) -> None:
        """These are another's now."""
        for crossing in crossings:
            lease = self._leases.get(crossing)
            if lease is not None and not lease.asked:
                lease.scope.cancel()

    async def begun(self, crossings: Iterable[CrossingHeld]) -> None:
        """The hub says that this agent was allowed to begin with these: the answer may have been lost."""
        allowed = {(one.id, one.fence) for one in crossings}
        for entry in self._ledger.entries:
            if not entry.begun and (entry.id, entry.fence) in allowed:
                await self._begin(entry)

    # ------------------------------------------------------------------ one order

    async def _carry_out(self, lease: Lease) -> None:
        try:
            with lease.scope:
                await self._fetch_and_begin(lease)
            if lease.scope.cancelled_caught:  # before the hub was asked: nothing of it was begun
                await self._ledger.forget(lease.order.job)
        finally:
            self._leases.pop(lease.order.id, None)
            if self._more:  # else the hub told all there is; and looks that bring nothing are numbered
                self._changed()

    async def _fetch_and_begin(self, lease: Lease) -> None:
        order = lease.order
        entry = Entry(id=order.id, fence=order.fence, job=order.job, printer=order.printer, by=order.by[:BY_CHARS])
        try:
            await self._ready(order)
            await self._ledger.ask(entry)
        except CopySpoiled as error:
            await self._say_no(order, CrossingStep.REFUSE, "document-format-error", error.cause)
        except OSError as error:
            await self._say_no(order, CrossingStep.GIVE_BACK, "resources-are-not-ready", f"{error.strerror}")
        except TympanError as error:
            await self._say_no(order, CrossingStep.GIVE_BACK, _reason_of(error), error.cause)
        else:
            lease.asked = True
            await self._ask(entry)

    async def _ready(self, order: CrossingOrder) -> Job:
        """The job of an order, here and held."""
        if self._ledger.was_begun(order.job):
            raise HadBefore("begun")
        point = await self._point(order.printer)
        job = self._host.jobs.find(order.job)
        if job is not None and not _may_come_in(job):
            if job.uuid not in self._foreign or job.printer != point.id or job.state.terminal:
                raise HadBefore(job.state.value)
        else:
            job = await self._copies.take_in(order.job, order.copy, lambda opened: _as_job(order, opened, point))
        job = await self._admitted(job)
        if job.state is not JobState.HELD:
            raise HadBefore(job.state.value)
        return job

    async def _point(self, name: str) -> Printer:
        """The device of an order, which other agents' jobs may come out at, and which answers."""
        try:
            point = await self._host.printers.wait(PrinterId(name), PRINTER_S)
        except NotFound as error:
            raise NotServed(name) from error
        if not point.serves or not point.uri:
            raise NotServed(point.name)
        if not answers(self._host.printers.snapshot(point.id)):
            self._host.printers.want(point.id)
            raise OutOfReach(point.name)
        return point

    async def _admitted(self, job: Job) -> Job:
        """A job that came in just now, once the gates looked at it."""
        with self._host.bus.subscribe(JobChanged, size=1) as changes, trio.move_on_after(ADMITTED_S):
            while (self._host.jobs.find(job.uuid) or job).state in _COMING:
                await changes.receive()
        return self._host.jobs.find(job.uuid) or job

    # ------------------------------------------------------------------ the hub's word

    async def _ask_again(self, entry: Entry) -> None:
        if self._host.jobs.find(entry.job) is None:
            await self._ledger.forget(entry.job)
        else:
            await self._ask(entry)

    async def _ask(self, entry: Entry) -> None:
        """Asks to begin until the hub answers, and obeys."""
        word = CrossingWord(id=entry.id, fence=entry.fence, step=CrossingStep.BEGIN)
        if await self._answer(word):
            await self._begin(entry)
        elif self._ledger.find(entry.job) == entry:
            await self._ledger.forget(entry.job)

    async def _begin(self, entry: Entry) -> None:
        try:
            await self._ledger.permit(entry)
        except TympanError as error:  # its disk is full: the hub says with each look that it may begin
            self._host.log("a permit cannot be written down yet", job=str(entry.job), error=error.sentence)
            return
        why = await let_go(self._host, entry)
        if why:
            self._host.log("a job of another computer cannot go on yet", job=str(entry.job), error=why)
        self._host.used()

    async def _say_no(self, order: CrossingOrder, step: CrossingStep, reason: str, detail: str) -> None:
        self._host.log("a job of another computer is not printed here", job=str(order.job), why=detail[:DETAIL_CHARS])
        if step is CrossingStep.REFUSE:
            await self._copies.forget(order.job)
        word = CrossingWord(id=order.id, fence=order.fence, step=step, reason=reason, detail=detail[:DETAIL_CHARS])
        with trio.move_on_after(WORD_S):
            await self._answer(word)

    async def _answer(self, word: CrossingWord) -> bool:
        """Whether a word counts, as the hub says under the very fence it was said under."""
        backoff = Backoff(RETRY_FIRST_S, RETRY_LAST_S, REFUSED_S)
        while True:
            try:
                asked = encode(CrossingWords(words=(word,)))
                said = decode(CrossingAnswers, await self._hub.request(Operation.TUNNEL_WORDS, asked)).answers
            except (TympanError, HubMessageError) as error:
                await trio.sleep(backoff.after(error))
            else:
                return [(one.id, one.fence, one.taken) for one in said] == [(word.id, word.fence, True)]


async def let_go(host: Host, entry: Entry) -> str:
    """Releases a job that has its permit, if it is still held; gives what hinders that now, for the next try."""
    job = host.jobs.find(entry.job)
    if job is None or job.state is not JobState.HELD:
        return ""
    by = f"{entry.by or 'somebody'} at another computer, through the hub"
    try:
        await host.jobs.release(job.uuid, by=by, to=PrinterId(entry.printer))
    except TympanError as error:
        return error.sentence
    return ""


def _may_come_in(job: Job) -> bool:
    """Whether a job that was here may be taken in anew: it never came whole, or was erased before it was let go on."""
    return job.came_to_nothing or (job.state is JobState.ABORTED and not job.size_bytes)


def _as_job(order: CrossingOrder, opened: Opened, point: Printer) -> NewJob:
    if opened.note.printer != order.printer:
        raise AnotherPrinter(order.printer, opened.note.printer)
    return NewJob(
        uuid=order.job,
        printer=point.id,
        name=opened.note.name,
        user=opened.user,
        media_type=opened.note.media_type,
        ticket=opened.ticket,
        target=point.id,
        hold="indefinite",
        shared=True,
    )


def _reason_of(error: TympanError) -> str:
    if isinstance(error, OutOfReach):
        return "offline-report"
    return "destination-uri-failed" if isinstance(error, (NotServed, AnotherPrinter)) else "document-access-error"
