"""Notices from a thread: handed over in order, lost ones told, the thread ended in time."""

from __future__ import annotations

import threading

import pytest
import trio
import trio.testing

from tympan_spool_windows._errors import CallFailed
from tympan_spool_windows._limits import NOTICES
from tympan_spool_windows._listener import Listener
from tympan_spool_windows._notices import Notices
from tympan_spool_windows._records import JobNotice, Notice

pytestmark = pytest.mark.anyio
DEADLINE_S = 10.0


class ScriptedListener:
    """Satisfies ``Listener``: tells what it is given, then waits or fails."""

    def __init__(self, *told: Notice, fails: bool = False) -> None:
        self._told, self._fails = list(told), fails
        self._stopped = threading.Event()
        self.closed = threading.Event()

    def wait(self) -> Notice | None:
        if self._told:
            return self._told.pop(0)
        if self._fails:
            raise CallFailed("tell of changes", 1722, "The RPC server is unavailable")
        self._stopped.wait(DEADLINE_S)
        return None

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self.closed.set()


def numbered(number: int) -> Notice:
    return Notice(jobs=(JobNotice(number=number),))


async def closed(listener: ScriptedListener) -> bool:
    return await trio.to_thread.run_sync(listener.closed.wait, DEADLINE_S)


async def test_notices_come_in_order_and_stopping_gives_the_handles_back() -> None:
    listener = ScriptedListener(numbered(1), numbered(2))
    notices = Notices(lambda: listener)
    await notices.start()
    assert [await notices.next(DEADLINE_S), await notices.next(DEADLINE_S)] == [numbered(1), numbered(2)]
    assert await notices.next(0) is None and notices.heard
    notices.stop()
    assert await closed(listener)


async def test_where_none_are_granted_that_is_known() -> None:
    def refuse() -> Listener:
        raise CallFailed("tell of changes", 0, "Success")

    notices = Notices(refuse)
    await notices.start()
    assert not notices.heard and await notices.next(0) is None
    notices.stop()


async def test_a_spooler_that_stops_to_tell_is_known_for_it() -> None:
    listener = ScriptedListener(numbered(1), fails=True)
    notices = Notices(lambda: listener)
    await notices.start()
    assert await notices.next(DEADLINE_S) == numbered(1)
    assert await closed(listener)
    assert not notices.heard


async def test_a_reader_that_is_behind_is_told_that_it_lost_some() -> None:
    listener = ScriptedListener(*(numbered(number) for number in range(NOTICES + 10)), fails=True)
    notices = Notices(lambda: listener)
    await notices.start()
    assert await closed(listener)
    await trio.testing.wait_all_tasks_blocked()
    kept = [await notices.next(0) for _ in range(NOTICES)]
    assert kept == [numbered(number) for number in range(NOTICES)]
    notices._hand_over(numbered(99))
    assert await notices.next(0) == Notice(jobs=(JobNotice(number=99),), lost=True)
