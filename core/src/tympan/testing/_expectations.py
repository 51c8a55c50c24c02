"""What suites expect of calls: an answer within a deadline, a refusal, an end when cancelled."""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import trio

from tympan._errors import TympanError

ANSWER_S = 30.0
"""For an answer that asks no person: far above any good one, so that only a hang fails."""
END_S = 5.0
"""For a cancelled call to end: the kernel's grace is 3 s."""
SETTLE_S = 0.2
"""Given to a call before it is cancelled, so that it is inside its work; a slower one is cancelled before it."""

_T = TypeVar("_T")
_E = TypeVar("_E", bound=BaseException)


async def answer(call: Callable[[], Awaitable[_T]]) -> _T:
    """The call's answer; a call that hangs fails."""
    with trio.move_on_after(ANSWER_S):
        return await call()
    raise AssertionError(f"no answer within {ANSWER_S:g} s")


async def refusal(call: Callable[[], Awaitable[object]], kind: type[_E]) -> _E:
    """The error of the family ``kind`` that the call raises; an error for people must name its cause."""
    try:
        got = await answer(call)
    except kind as error:
        if isinstance(error, TympanError):
            assert error.cause, "an error must name its cause"
        return error
    raise AssertionError(f"{kind.__name__} was expected, {got!r} was answered")


async def ends_when_cancelled(call: Callable[[], Awaitable[object]]) -> None:
    """Fails when the call outlives its cancellation, or turns it into something else."""
    scope, ended = trio.CancelScope(), trio.Event()

    async def run() -> None:
        try:
            with scope:
                await call()
        finally:
            ended.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        with trio.move_on_after(SETTLE_S):
            await ended.wait()
        scope.cancel()
        with trio.move_on_after(END_S):
            await ended.wait()
        in_time = ended.is_set()
        nursery.cancel_scope.cancel()
    if not in_time:
        raise AssertionError(f"it did not end within {END_S:g} s of being cancelled")


async def hears(
    wait: Callable[[], Awaitable[None]], look: Callable[[], Awaitable[object]], change: Callable[[], Awaitable[object]]
) -> None:
    """Fails when who waits does not hear of a change because somebody else looked in between."""
    heard = trio.Event()

    async def listen() -> None:
        await wait()
        heard.set()

    await answer(look)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        await trio.sleep(SETTLE_S)
        await answer(look)
        await answer(change)
        with trio.move_on_after(ANSWER_S):
            await heard.wait()
        nursery.cancel_scope.cancel()
    assert heard.is_set(), "who waited first heard nothing of the change"


async def first_of(stream: AsyncIterator[_T]) -> _T:
    """The first item of a stream, within the deadline; leaves the stream open."""
    return await answer(stream.__anext__)
