"""The scans that are wanted: ``Scanner``, and the tasks that carry them out.

- Level-triggered: what is wanted is begun or goes on, what is not is stopped at once.
- How far one was that was stopped before its end is kept for a while: wanted again, it goes on from there.
- How far a scan is lies in the state, a step every `KEEP_S`; who watches is told every `TELL_S`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

import attrs
import trio

from tympan.plugin import KeyValue, ScanOrder, ScanProgress, ScanState, TympanError
from tympan_discovery_ippscan._errors import sentence_of
from tympan_discovery_ippscan._limits import KEEP_S, SCANS, STOPPED, TELL_S
from tympan_discovery_ippscan._plan import Cursor
from tympan_discovery_ippscan._scan import Scan, name_of

Begin = Callable[[ScanOrder, Cursor], Scan]
"""Makes a scan of an order; raises ``TympanError`` when it cannot be carried out."""

_INDEX = "scans"
_INDEXED = 1_000
"""Scans whose cursors are let go when they are not wanted any more: as many as one value holds."""


@attrs.define(eq=False)
class _Run:
    order: ScanOrder
    through: bool = False
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    ended: trio.Event = attrs.field(factory=trio.Event)


class Scans:
    """``Scanner``. Owns: a task for each scan that is wanted, while ``run`` runs."""

    def __init__(self) -> None:
        self._orders: dict[UUID, ScanOrder] = {}
        self._ordered = False
        self._progress: dict[UUID, ScanProgress] = {}
        self._wanted = trio.Event()
        self._changed = trio.Event()

    async def want(self, scans: Sequence[ScanOrder]) -> None:
        """These, and no other."""
        await trio.lowlevel.checkpoint()
        self._ordered = True
        before, self._orders = self._orders, {scan.id: scan for scan in scans}
        self._progress = {
            scan.id: self._progress[scan.id] if before.get(scan.id) == scan else _waits(scan)
            for scan in self._orders.values()
        }
        self._wanted.set()
        self._changed.set()

    async def progress(self) -> Sequence[ScanProgress]:
        """Of each."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return tuple(self._progress.values())

    async def wait_changed(self) -> None:
        """Returns when something got further."""
        await self._changed.wait()

    async def run(self, state: KeyValue, begin: Begin, finished: Callable[[], Awaitable[None]]) -> None:
        """Carries them out until cancelled; what ``want`` said is forgotten then.

        Args:
            state: Where cursors lie.
            begin: Makes a scan.
            finished: Called when a scan has come to its end.
        """
        runs: dict[UUID, _Run] = {}
        try:
            async with trio.open_nursery() as nursery:
                while True:
                    self._wanted = trio.Event()
                    if self._ordered:  # until somebody said what is wanted, nothing is unwanted
                        await self._stop(state, runs)
                    for order in self._next(runs):
                        runs[order.id] = _Run(order)
                        nursery.start_soon(self._carry_out, state, runs[order.id], begin, finished)
                    await self._wanted.wait()
        finally:
            self._orders, self._progress, self._ordered = {}, {}, False

    def _next(self, runs: Mapping[UUID, _Run]) -> list[ScanOrder]:
        """Orders that are begun now; the others wait until one of `SCANS` ends."""
        under_way = sum(not run.ended.is_set() for run in runs.values())
        waiting = [order for order in self._orders.values() if order.id not in runs]
        return waiting[: SCANS - under_way]

    async def _stop(self, state: KeyValue, runs: dict[UUID, _Run]) -> None:
        through: set[UUID] = set()
        for name, run in list(runs.items()):
            if self._orders.get(name) != run.order:
                run.scope.cancel()
                await run.ended.wait()
                del runs[name]
                if run.through:
                    through.add(name)
        with contextlib.suppress(TympanError):  # a state that takes nothing now: the next stop lets go of them
            await self._let_go(state, through)

    async def _let_go(self, state: KeyValue, through: set[UUID]) -> None:
        """Of cursors of scans that came to their end, and of those stopped longest ago."""
        kept = _names(await state.get(_INDEX))
        stopped = [name for name in kept if name not in self._orders and name not in through][-STOPPED:]
        wanted = list(self._orders)
        for name in {*kept, *through}.difference(wanted, stopped):
            await state.delete(_key(name))
        await state.put(_INDEX, json.dumps([str(name) for name in [*stopped, *wanted]][:_INDEXED]).encode())

    async def _carry_out(
        self, state: KeyValue, run: _Run, begin: Begin, finished: Callable[[], Awaitable[None]]
    ) -> None:
        try:
            with run.scope:
                run.through = await self._try(state, run.order, begin)
                await finished()
        finally:
            run.ended.set()
            self._wanted.set()  # there is room for another

    async def _try(self, state: KeyValue, order: ScanOrder, begin: Begin) -> bool:
        """Whether it came to its end."""
        failed = False
        try:
            cursor = Cursor.of(await state.get(_key(order.id)), name_of(order))
            scan = begin(order, cursor)
            await self._go(state, order, scan)
        except* TympanError as errors:  # also out of its tasks: the other scans go on
            far = self._progress.get(order.id) or _waits(order)
            self._tell(order, attrs.evolve(far, state=ScanState.FAILED, detail=sentence_of(errors)))
            failed = True
        return not failed

    async def _go(self, state: KeyValue, order: ScanOrder, scan: Scan) -> None:
        self._tell_of(order, scan, ScanState.RUNNING)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, order, scan)
            nursery.start_soon(self._keep, state, order, scan)
            await scan.run()
            nursery.cancel_scope.cancel()
        await state.put(_key(order.id), scan.cursor.kept(name_of(order)))
        self._tell_of(order, scan, ScanState.DONE)

    async def _watch(self, order: ScanOrder, scan: Scan) -> None:
        while True:
            await trio.sleep(TELL_S)
            self._tell_of(order, scan, ScanState.RUNNING)

    async def _keep(self, state: KeyValue, order: ScanOrder, scan: Scan) -> None:
        kept = scan.cursor.done
        while True:
            await trio.sleep(KEEP_S)
            if scan.cursor.done != kept:
                kept = scan.cursor.done
                await state.put(_key(order.id), scan.cursor.kept(name_of(order)))

    def _tell_of(self, order: ScanOrder, scan: Scan, state: ScanState) -> None:
        done, found = scan.cursor.done, scan.cursor.found
        self._tell(order, ScanProgress(id=order.id, state=state, probed=done, total=scan.plan.count, found=found))

    def _tell(self, order: ScanOrder, said: ScanProgress) -> None:
        if self._orders.get(order.id) == order and self._progress[order.id] != said:
            self._progress[order.id] = said
            self._changed.set()


def _waits(order: ScanOrder) -> ScanProgress:
    return ScanProgress(id=order.id, state=ScanState.WAITING)


def _names(kept: bytes | None) -> list[UUID]:
    """In the order they were written down: those stopped longest ago first."""
    try:
        return [UUID(name) for name in json.loads(kept or b"[]")]
    except (ValueError, TypeError, AttributeError):
        return []


def _key(name: UUID) -> str:
    return f"scan {name}"
