"""Deliveries that end otherwise: a route switched off, a job canceled, an end that cannot be written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from kernel_rig import PRINTER, ScriptedRoute, print_it, rig

from tympan._errors import IllegalStep, StoreFull
from tympan._ids import PluginId
from tympan._ports import Aborted, CanceledAtDevice, Deferred, Delivery, Outcome
from tympan._states import JobState
from tympan._values import NewJob

pytestmark = pytest.mark.anyio

ROUTE = PluginId("route")


async def test_switching_a_route_off_hands_an_unsent_job_back(tmp_path: Path) -> None:
    async def stuck(delivery: Delivery) -> Outcome:
        await trio.sleep_forever()
        raise AssertionError

    route = ScriptedRoute(stuck)
    async with rig(tmp_path, route) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.SENDING)
        owner = kernel.offered.pop()
        assert await kernel.dispatcher.revoke(ROUTE) == 1
        waiting = await kernel.until(job, JobState.WAITING, JobState.QUEUED)
        assert waiting.claim is None
        route.on_deliver = print_it
        kernel.offered.append(owner)
        await kernel.until(job, JobState.COMPLETED)


async def test_switching_a_route_off_keeps_a_sent_job_for_that_route(tmp_path: Path) -> None:
    async def stuck(delivery: Delivery) -> Outcome:
        await delivery.sent(b"device job 7")
        await trio.sleep_forever()
        raise AssertionError

    route = ScriptedRoute(stuck, print_it)
    other = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.PRINTING)
        kernel.offered[:] = [(PluginId("other"), other)]
        await kernel.dispatcher.revoke(ROUTE)
        waiting = await kernel.until(job, JobState.WAITING)
        assert waiting.evidence == b"device job 7"
        kernel.offered.append((ROUTE, route))
        await kernel.until(job, JobState.COMPLETED)
    assert (other.delivered, other.recovered) == ([], [])


async def test_a_delivery_that_was_taken_back_can_write_nothing(tmp_path: Path) -> None:
    kept: list[Delivery] = []

    async def escape(delivery: Delivery) -> Outcome:
        kept.append(delivery)
        if len(kept) == 1:
            return Deferred(reason="offline-report", detail="away", retry_after_s=0.05)
        return await print_it(delivery)

    async with rig(tmp_path, ScriptedRoute(escape)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED)
        with pytest.raises(IllegalStep):
            await kept[0].checkpoint(b"late", what="late")
        assert kernel.book.memory.known(job.uuid).state is JobState.COMPLETED


async def test_a_job_canceled_while_it_waits_is_never_sent(tmp_path: Path) -> None:
    route = ScriptedRoute(mine=False)
    async with rig(tmp_path, route) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.WAITING)
        assert (await kernel.book.cancel(job.uuid, by="ada")).state is JobState.CANCELED
        with pytest.raises(IllegalStep):
            await kernel.book.cancel(job.uuid, by="ada")
    assert route.delivered == []


async def test_a_job_canceled_at_the_device_is_told_to_its_route(tmp_path: Path) -> None:
    async def obey(delivery: Delivery) -> Outcome:
        await delivery.sent(b"device job 7")
        await delivery.wait_cancel_requested()
        return CanceledAtDevice(detail="the device stopped it")

    async with rig(tmp_path, ScriptedRoute(obey)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.PRINTING)
        asked = await kernel.book.cancel(job.uuid, by="ada")
        assert (asked.state, asked.cancel_requested) == (JobState.PRINTING, True)
        await kernel.until(job, JobState.CANCELED)


async def test_cancel_of_a_sent_job_survives_a_restart(tmp_path: Path) -> None:
    async def stuck(delivery: Delivery) -> Outcome:
        await delivery.sent(b"device job 7")
        await trio.sleep_forever()
        raise AssertionError

    async with rig(tmp_path, ScriptedRoute(stuck)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.PRINTING)
        await kernel.book.cancel(job.uuid, by="ada")

    async def stop(delivery: Delivery) -> Outcome:
        assert delivery.cancel_requested
        return CanceledAtDevice()

    async with rig(tmp_path, ScriptedRoute(on_recover=stop)) as kernel:
        await kernel.until(job, JobState.CANCELED)


async def test_an_aborted_job_says_why(tmp_path: Path) -> None:
    async def refuse(delivery: Delivery) -> Outcome:
        return Aborted(reason="document-format-error", detail="the device cannot read it")

    async with rig(tmp_path, ScriptedRoute(refuse)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.ABORTED)
    assert (job.reason, job.detail) == ("document-format-error", "the device cannot read it")


async def test_a_job_canceled_while_it_is_committed_ends_one_way_only(tmp_path: Path) -> None:
    route = ScriptedRoute(mine=False)
    async with rig(tmp_path, route) as kernel:
        intake = kernel.book.open(NewJob(printer=PRINTER.id))
        await intake.write(b"page")
        told: list[JobState] = []

        async def commit() -> None:
            try:
                told.append((await intake.commit()).state)
            except IllegalStep:
                told.append(JobState.CANCELED)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(commit)
            await trio.lowlevel.checkpoint()
            await kernel.book.cancel(intake.job.uuid, by="ada")
        assert kernel.book.memory.known(intake.job.uuid).state is JobState.CANCELED
        await kernel.until(await kernel.submit(), JobState.WAITING)
    assert route.delivered == []


class Refusing:
    """The store, refusing to save a while, as a full disk does."""

    def __init__(self, store: Any, times: int) -> None:
        self._store, self.left = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, *arguments: Any, **named: Any) -> None:
        self._refuse()
        await self._store.save(*arguments, **named)

    async def erase(self, *arguments: Any, **named: Any) -> None:
        self._refuse()
        await self._store.erase(*arguments, **named)

    def _refuse(self) -> None:
        if self.left > 0:
            self.left -= 1
            raise StoreFull("no space is left")


async def test_an_end_that_cannot_be_written_down_is_written_when_the_disk_has_room(tmp_path: Path) -> None:
    refusing: list[Refusing] = []

    async def fill_then_end(delivery: Delivery) -> Outcome:
        outcome = await print_it(delivery)
        refusing[0].left = 3
        return outcome

    async with rig(tmp_path, ScriptedRoute(fill_then_end)) as kernel:
        refusing.append(Refusing(kernel.book.moves._store, 0))
        kernel.book.moves._store = refusing[0]  # type: ignore[assignment]
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED)
        with trio.fail_after(10):
            while refusing[0].left:
                await trio.sleep(0.01)
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
    assert job.attempts == 1


async def test_a_job_recalled_from_the_device_survives_a_stop_at_once_after(tmp_path: Path) -> None:
    recalled = trio.Event()

    async def recall_and_stop(delivery: Delivery) -> Outcome:
        await delivery.sent(b"device job 7")
        await delivery.checkpoint(b"", what="may be sent again")
        recalled.set()
        await trio.sleep_forever()
        raise AssertionError

    async with rig(tmp_path, ScriptedRoute(recall_and_stop)) as kernel:
        job = await kernel.submit()
        with trio.fail_after(10):
            await recalled.wait()
        assert kernel.book.memory.known(job.uuid).state is JobState.SENDING
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        await kernel.until(job, JobState.COMPLETED)
    assert (route.delivered, route.recovered) == ([job.number], [])


async def test_a_job_whose_printer_is_gone_can_be_given_up_though_the_device_may_have_it(tmp_path: Path) -> None:
    async def away(delivery: Delivery) -> Outcome:
        await delivery.checkpoint(b"device job 7", what="the device took it")
        return Deferred(reason="offline-report", detail="away")

    async with rig(tmp_path, ScriptedRoute(away, away)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.WAITING)
        kernel.printers.remove(PRINTER.id)
        await kernel.book.cancel(job.uuid, by="ada")
        await kernel.until(job, JobState.UNKNOWN)
        assert (await kernel.book.cancel(job.uuid, by="ada")).state is JobState.CANCELED


async def test_a_job_canceled_while_it_came_has_a_story(tmp_path: Path) -> None:
    async with rig(tmp_path) as kernel:
        intake = kernel.book.open(NewJob(printer=PRINTER.id))
        await kernel.book.cancel(intake.job.uuid, by="ada")
        assert [entry.what for entry in await kernel.book.timeline(intake.job.uuid)] == ["canceled"]


@pytest.mark.parametrize("evidence", [b"", b"device job 7"])
async def test_a_delivery_that_was_taken_back_writes_nothing_any_more(tmp_path: Path, evidence: bytes) -> None:
    taken: list[Delivery] = []

    async def keep(delivery: Delivery) -> Outcome:
        if evidence:
            await delivery.checkpoint(evidence, what="the device took it")
        taken.append(delivery)
        await trio.sleep_forever()
        raise AssertionError("nobody stopped it")

    async with rig(tmp_path, ScriptedRoute(keep)) as kernel:
        job = await kernel.submit()
        with trio.fail_after(10):
            while not taken:
                await trio.sleep(0.005)
        kernel.offered.clear()
        await kernel.dispatcher.revoke(ROUTE)
        for write in (taken[0].checkpoint(b"", what="late"), taken[0].sent(b"late"), taken[0].note("late")):
            with pytest.raises(IllegalStep, match="taken back"):
                await write
        taken[0].progress(detail="late")
        left = await kernel.until(job, JobState.WAITING)
        assert (left.evidence, "late" in left.detail) == (evidence, False)
