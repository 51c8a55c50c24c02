"""Numbers that are never given twice, whatever happens to the process.

- Job numbers: a block is reserved durably before any number of it is given; a crash skips the rest of the block.
- Sequence numbers: the count of starts is their upper half, so they grow without being written down. Nothing is ordered
  by the wall clock.
"""

from __future__ import annotations

import itertools
import sqlite3

from tympan._errors import Overloaded, StoreError
from tympan._store._database import Database
from tympan._store._limits import NUMBER_BLOCK, NUMBER_MAX, STARTS_MAX
from tympan._store._worker import Order

_SEQUENCE_BITS = 32


class Numbers:
    """Gives job numbers and sequence numbers.

    Args:
        database: Where reservations are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = self._end = 0
        self._refill: Order[int] | None = None
        self._trouble: StoreError | None = None
        self._sequence = itertools.count()

    async def open(self) -> None:
        """Counts this start and reserves the first block."""
        start = await self._database.write(_count_start)
        self._sequence = itertools.count(start << _SEQUENCE_BITS)
        self._end = await self._database.write(_reserve)
        self._next = self._end - NUMBER_BLOCK

    def job_number(self) -> int:
        """The next job number, from memory; the next block is reserved in the background.

        Raises:
            StoreError: The disk refused to reserve more.
            Overloaded: All numbers are used up, or the disk does not keep up with reserving them.
        """
        self._take_refill()
        if self._next == self._end or self._next > NUMBER_MAX:
            self._order_refill()
            trouble, self._trouble = self._trouble, None
            if trouble is not None:
                raise trouble
            raise Overloaded("No job number is free at the moment", next_step="Print again in a moment.")
        number, self._next = self._next, self._next + 1
        if self._end - self._next < NUMBER_BLOCK // 2:
            self._order_refill()
        return number

    def sequence(self) -> int:
        """A number greater than every one given before, by this process or an earlier one."""
        return next(self._sequence)

    def _order_refill(self) -> None:
        if self._refill is None and self._end <= NUMBER_MAX:
            self._refill = self._database.submit(_reserve)

    def _take_refill(self) -> None:
        if self._refill is None or not self._refill.done:
            return
        order, self._refill = self._refill, None
        # A refill that failed (a full disk) is ordered again by the next caller.
        self._end = order.value_or(self._end)
        self._trouble = order.trouble


def _count_start(connection: sqlite3.Connection) -> int:
    start = _fact(connection, "starts") + 1
    if start > STARTS_MAX:
        raise Overloaded("The job store was opened too often", next_step="Move the state folder away and start afresh.")
    _keep_fact(connection, "starts", start)
    return start


def _reserve(connection: sqlite3.Connection) -> int:
    end = max(1, _fact(connection, "numbers")) + NUMBER_BLOCK
    _keep_fact(connection, "numbers", end)
    return end


def _fact(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def _keep_fact(connection: sqlite3.Connection, name: str, value: int) -> None:
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
