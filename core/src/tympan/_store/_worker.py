"""A thread that carries out orders of trio tasks, several at a time.

- Orders are carried out in the order they were given.
- An order that was given is carried out: a task cannot be cancelled while it waits, so it always knows how it ended.
- All orders of a batch wake their tasks with one call into the trio loop.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import outcome
import trio

from tympan._errors import StoreError
from tympan._store._limits import BATCH_ORDERS, IDLE_S

_T = TypeVar("_T")


class Order(Generic[_T]):
    """Something to be done by the thread, and how it ended."""

    __slots__ = ("_task", "done", "result", "work")

    def __init__(self, work: Callable[[], _T]) -> None:
        self.work = work
        self.result: outcome.Outcome[_T] | None = None
        self.done = False
        self._task: trio.lowlevel.Task | None = None

    def carry_out(self) -> None:
        """Does the work and keeps how it ended."""
        self.result = outcome.capture(self.work)

    def settle(self) -> None:
        """Wakes who waits. Runs in the trio loop, as does ``wait``, so neither needs a lock."""
        self.done = True
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)

    async def wait(self, *, leave: bool = False) -> _T:
        """Its value, once done; raises what the work raised.

        Args:
            leave: Whether the wait may be cancelled; the work is done all the same.
        """
        if not self.done:
            self._task = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._forget if leave else _stay)
        assert self.result is not None  # noqa: S101 - settled orders have a result
        return self.result.unwrap()

    @property
    def trouble(self) -> StoreError | None:
        """The error of the store it ended with, once done."""
        error = self.result.error if isinstance(self.result, outcome.Error) else None
        return error if isinstance(error, StoreError) else None

    def _forget(self, _raise_cancel: Callable[[], None]) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED

    def value_or(self, default: _T) -> _T:
        """Its value once done, ``default`` when the work failed."""
        return self.result.value if isinstance(self.result, outcome.Value) else default


def _stay(_raise_cancel: Callable[[], None]) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED


def carry_out_each(orders: Sequence[Order[object]]) -> None:
    """Does one order after the other."""
    for order in orders:
        order.carry_out()


def _rest() -> None:
    return


class Worker:
    """The thread.

    Args:
        name: Of the thread, for debuggers.
        carry_out: Does a batch of orders, setting every ``result``. What it raises becomes the result of those left.
        tidy: Done once whenever nothing was ordered for ``IDLE_S``; must not raise.
    """

    def __init__(
        self,
        name: str,
        carry_out: Callable[[Sequence[Order[object]]], None] = carry_out_each,
        tidy: Callable[[], None] = _rest,
    ) -> None:
        self._queue: queue.SimpleQueue[Order[object] | None] = queue.SimpleQueue()
        self._carry_out = carry_out
        self._tidy = tidy
        self._token = trio.lowlevel.current_trio_token()
        # A daemon: an agent that is told to die does not wait for a disk that hangs.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], _T]) -> Order[_T]:
        """Gives an order without waiting for it."""
        order = Order(work)
        self._queue.put(order)  # type: ignore[arg-type]  # the queue does not care for the value's type
        return order

    async def run(self, work: Callable[[], _T]) -> _T:
        """Gives an order and waits for it. Cancelled only before it is given."""
        await trio.lowlevel.checkpoint_if_cancelled()
        return await self.submit(work).wait()

    def stop(self) -> None:
        """Lets the thread end after what was ordered so far."""
        self._queue.put(None)

    async def ended(self) -> None:
        """Waits for the thread to end, after ``stop``. The wait may be cancelled."""
        await trio.to_thread.run_sync(self._thread.join, abandon_on_cancel=True)

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._next_batch()
            if batch:
                self._see_through(batch)
                self._wake(batch)

    def _see_through(self, batch: list[Order[object]]) -> None:
        try:
            self._carry_out(batch)
        except BaseException as error:  # whoever waits must hear of it: a thread that ends here would leave all waiting
            for order in batch:
                if order.result is None:
                    order.result = outcome.Error(error)

    def _next_batch(self) -> tuple[list[Order[object]], bool]:
        batch: list[Order[object]] = []
        order = self._first()
        while order is not None:
            batch.append(order)
            if len(batch) == BATCH_ORDERS:
                return batch, True
            try:
                order = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _first(self) -> Order[object] | None:
        try:
            return self._queue.get(timeout=IDLE_S)
        except queue.Empty:
            self._tidy()
        # From here on an idle agent costs nothing.
        return self._queue.get()

    def _wake(self, batch: list[Order[object]]) -> None:
        try:
            self._token.run_sync_soon(_settle, batch)
        except trio.RunFinishedError:
            return


def _settle(batch: list[Order[object]]) -> None:
    for order in batch:
        order.settle()
