"""Faults of ports that the dispatcher calls: none stops the agent, each is charged to its plugin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from kernel_rig import ScriptedRoute, print_it, rig

from tympan._faults import contained, describe
from tympan._ids import PluginId
from tympan._ports import Delivery, Document, Go, Outcome
from tympan._states import JobState
from tympan._values import Job, Printer, Statistics

pytestmark = pytest.mark.anyio
ROUTE = PluginId("route")


def first_then_print(fault: Callable[[Delivery], Any]) -> Callable[[Delivery], Any]:
    async def deliver(delivery: Delivery) -> Outcome:
        if delivery.job.attempts == 1:
            found: Outcome = await fault(delivery)
            return found
        return await print_it(delivery)

    return deliver


async def exits(delivery: Delivery) -> Outcome:
    raise SystemExit(3)


async def raises_a_group(delivery: Delivery) -> Outcome:
    raise BaseExceptionGroup("all", [SystemExit(1), ValueError("x")])


async def answers_nonsense(delivery: Delivery) -> Outcome:
    return "printed, I think"  # type: ignore[return-value]


async def answers_nothing(delivery: Delivery) -> Outcome:
    return None  # type: ignore[return-value]


@pytest.mark.parametrize("fault", [exits, raises_a_group, answers_nonsense, answers_nothing])
async def test_a_broken_delivery_is_charged_and_tried_again(tmp_path: Path, fault: Callable[..., Any]) -> None:
    async with rig(tmp_path, ScriptedRoute(on_deliver=first_then_print(fault))) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED)
        assert job.attempts == 2
        assert [(owner, where) for owner, where, _ in kernel.charged] == [(ROUTE, "deliver")]


async def test_a_fault_beside_the_revocation_hands_the_job_back(tmp_path: Path) -> None:
    begun = trio.Event()

    async def bad() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("beside a cancellation")

    async def deliver(delivery: Delivery) -> Outcome:
        if delivery.job.attempts > 1:
            return await print_it(delivery)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bad)
            begun.set()
            await trio.sleep_forever()
        raise AssertionError("nobody stopped it")

    async with rig(tmp_path, ScriptedRoute(on_deliver=deliver)) as kernel:
        job = await kernel.submit()
        with trio.fail_after(10):
            await begun.wait()
            assert await kernel.dispatcher.revoke(ROUTE) == 1
        await kernel.until(job, JobState.COMPLETED)
        assert "beside a cancellation" in describe(kernel.charged[0][2])


class Exiting:
    """A gate and an inspector that exit."""

    media_types = frozenset({"application/octet-stream"})

    async def check(self, job: Job, printer: Printer) -> Go:
        raise SystemExit(4)

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        raise SystemExit(5)


async def test_a_gate_that_exits_lets_nothing_pass_and_an_inspector_leaves_it_unreadable(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute(), Exiting()) as kernel:
        job = await kernel.submit()
        with trio.fail_after(10):
            while (found := kernel.book.memory.known(job.uuid).statistics) is None:
                await trio.sleep(0.005)
        assert found.problem == "unreadable"
        assert {where for _, where, _ in kernel.charged} == {"gate", "inspect"}
        assert kernel.book.memory.known(job.uuid).state is JobState.RECEIVED


async def test_cancellation_passes_and_everything_else_stays() -> None:
    told: list[BaseException] = []
    with trio.CancelScope() as scope:
        scope.cancel()
        with contained(told.append):
            await trio.lowlevel.checkpoint()
        raise AssertionError("the cancellation was swallowed")
    assert scope.cancelled_caught
    assert told == []
    with contained(told.append):
        raise KeyError("x")
    assert describe(told[0]) == "KeyError: 'x'"
    with pytest.raises(BaseExceptionGroup), contained(told.append):
        raise KeyboardInterrupt


class Mute(Exception):
    """An error that fails when somebody wants to read it."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


async def test_an_error_that_cannot_be_told_stops_nothing(tmp_path: Path) -> None:
    async def mute(delivery: Delivery) -> Outcome:
        raise Mute

    async with rig(tmp_path, ScriptedRoute(first_then_print(mute))) as kernel:
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
    assert describe(kernel.charged[0][2]) == "Mute"
