"""Dispatch of jobs to routes: order, retries, evidence, restarts."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
import trio
from kernel_rig import PRINTER, ScriptedRoute, print_it, rig

from tympan._errors import IllegalStep, NotFound
from tympan._events import PortsChanged
from tympan._ids import PluginId
from tympan._ports import Aborted, CanceledAtDevice, Completed, Delivery, Document, LostTrack, Outcome, SendAgain
from tympan._states import JobState
from tympan._values import Claim, Job, PrinterReach, Statistics

pytestmark = pytest.mark.anyio

ROUTE = PluginId("route")


async def test_a_job_is_printed_and_its_document_erased(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        job = await kernel.until(await kernel.submit(b"page"), JobState.COMPLETED)
        story = [entry.state for entry in await kernel.book.timeline(job.uuid)]
        with trio.fail_after(5):
            while True:
                try:
                    kernel.book.document(job.uuid)
                except NotFound:
                    break
                await trio.sleep(0.01)
    assert route.bodies == [b"page"]
    assert kernel.in_use == {ROUTE}
    assert story == [JobState.RECEIVED, JobState.SENDING, JobState.SENDING, JobState.PRINTING, JobState.COMPLETED]
    assert (job.impressions_completed, job.attempts) == (1, 1)


@pytest.mark.parametrize(("note", "why"), [("", "route takes it there"), ("by air", "route takes it there: by air")])
async def test_why_a_route_takes_a_job_is_in_its_story(tmp_path: Path, note: str, why: str) -> None:
    async with rig(tmp_path, ScriptedRoute(note=note)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED)
        story = await kernel.book.timeline(job.uuid)
    assert why in [entry.why for entry in story]


async def test_jobs_of_a_printer_keep_their_order(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        jobs = [await kernel.submit() for _ in range(8)]
        for job in jobs:
            await kernel.until(job, JobState.COMPLETED)
    assert route.delivered == [job.number for job in jobs]


async def test_a_route_that_fails_is_charged_and_the_job_is_tried_again(tmp_path: Path) -> None:
    tries = 0

    async def fail_twice(delivery: Delivery) -> Outcome:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise RuntimeError("boom")
        return await print_it(delivery)

    async with rig(tmp_path, ScriptedRoute(fail_twice)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.COMPLETED)
    assert [(plugin, where) for plugin, where, _ in kernel.charged] == [(ROUTE, "deliver")] * 2
    assert job.attempts == 3


async def test_after_a_fault_with_evidence_only_recover_goes_on(tmp_path: Path) -> None:
    async def fail_late(delivery: Delivery) -> Outcome:
        await delivery.checkpoint(b"device job 7", what="sent half")
        raise RuntimeError("boom")

    async def found(delivery: Delivery) -> Outcome:
        assert delivery.evidence == b"device job 7"
        return LostTrack(detail="the device forgot it")

    route = ScriptedRoute(fail_late, found)
    async with rig(tmp_path, route) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.UNKNOWN)
    assert (len(route.delivered), len(route.recovered)) == (1, 1)
    assert job.detail == "the device forgot it"


async def test_send_again_clears_the_evidence_before_the_next_delivery(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def deliver(delivery: Delivery) -> Outcome:
        seen.append(delivery.evidence)
        if len(seen) == 1:
            await delivery.checkpoint(b"half", what="sent half")
            raise RuntimeError("boom")
        return await print_it(delivery)

    async def nothing_there(delivery: Delivery) -> SendAgain:
        return SendAgain(why="the device has nothing of it")

    async with rig(tmp_path, ScriptedRoute(deliver, nothing_there)) as kernel:
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
    assert seen == [b"", b""]


async def test_a_restart_asks_the_route_about_a_job_that_was_on_its_way(tmp_path: Path) -> None:
    async def never(delivery: Delivery) -> Outcome:
        await delivery.checkpoint(b"device job 7", what="the device took it")
        await delivery.sent(b"device job 7")
        await trio.sleep_forever()
        raise AssertionError

    async with rig(tmp_path, ScriptedRoute(never)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.PRINTING)

    async def done(delivery: Delivery) -> Outcome:
        assert delivery.evidence == b"device job 7"
        return await print_it(delivery)

    route = ScriptedRoute(on_recover=done)
    async with rig(tmp_path, route) as kernel:
        ended = await kernel.until(job, JobState.COMPLETED)
    assert (route.delivered, route.recovered) == ([], [job.number])
    assert ended.attempts == 2


async def test_a_restart_sends_what_was_accepted_and_not_begun(tmp_path: Path) -> None:
    async with rig(tmp_path) as kernel:
        jobs = [await kernel.submit(b"%d" % n) for n in range(3)]
        await kernel.until(jobs[0], JobState.WAITING)
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        for job in jobs:
            await kernel.until(job, JobState.COMPLETED)
    assert route.bodies == [b"0", b"1", b"2"]


async def test_an_unknown_job_waits_for_a_person(tmp_path: Path) -> None:
    async def lose(delivery: Delivery) -> Outcome:
        if delivery.job.attempts == 1:
            await delivery.checkpoint(b"x", what="sent")
            return LostTrack(detail="the device went away")
        return await print_it(delivery)

    route = ScriptedRoute(lose)
    async with rig(tmp_path, route) as kernel:
        first, second = await kernel.submit(), await kernel.submit()
        await kernel.until(first, JobState.UNKNOWN)
        await kernel.until(second, JobState.UNKNOWN)
        assert (await kernel.book.settle(first.uuid, by="ada")).state is JobState.COMPLETED
        await kernel.book.release(second.uuid, by="ada")
        await kernel.until(second, JobState.COMPLETED)
    assert route.delivered == [first.number, second.number, second.number]


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (Completed(impressions=3, detail="Printed by far."), JobState.COMPLETED, "job-completed-successfully"),
        (Aborted(reason="aborted-by-system", detail="no paper"), JobState.ABORTED, "aborted-by-system"),
        (CanceledAtDevice(detail="at its panel"), JobState.CANCELED, "job-canceled-at-device"),
    ],
)
async def test_the_true_end_of_an_unknown_job_may_be_heard_of_after_all(
    tmp_path: Path, end: Completed | Aborted | CanceledAtDevice, state: JobState, reason: str
) -> None:
    async def lose(delivery: Delivery) -> Outcome:
        await delivery.checkpoint(b"x", what="sent")
        return LostTrack(detail="the computer that prints it went away")

    async with rig(tmp_path, ScriptedRoute(lose)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.UNKNOWN)
        await kernel.book.learn(job.uuid, end)
        with pytest.raises(IllegalStep, match=state.value):
            await kernel.book.learn(job.uuid, end)
        [*_, last] = await kernel.book.timeline(job.uuid)
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        kept = kernel.book.memory.known(job.uuid)
    assert (kept.state, kept.reason, kept.detail) == (state, reason, end.detail)
    assert (last.state, last.why) == (state, end.detail)


async def test_a_held_job_waits_for_its_release_over_a_restart(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute()) as kernel:
        job = await kernel.submit(hold="indefinite")
        assert job.state is JobState.HELD
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        assert kernel.book.memory.known(job.uuid).state is JobState.HELD
        await kernel.book.release(job.uuid, by="ada")
        await kernel.until(job, JobState.COMPLETED)


async def test_a_damaged_document_is_given_up_and_blocks_nobody(tmp_path: Path) -> None:
    route = ScriptedRoute(mine=False)
    async with rig(tmp_path, route) as kernel:
        job = await kernel.until(await kernel.submit(b"x" * 2_000_000), JobState.WAITING)
        (file,) = (tmp_path / "documents").glob("*.sealed")
        sealed = bytearray(file.read_bytes())
        sealed[70_000] ^= 1
        file.write_bytes(sealed)
        route.mine = True
        kernel.bus.publish(PortsChanged())
        damaged = await kernel.until(job, JobState.ABORTED)
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
    assert damaged.reason == "document-access-error"
    assert kernel.charged == []


class CountingInspector:
    """Reads a document's length as its pages, once it is let."""

    media_types = frozenset({"text/plain"})

    def __init__(self) -> None:
        self.let = trio.Event()

    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        await self.let.wait()
        body = b"".join([piece async for piece in document.stream()])
        return Statistics(format="text/plain", pages=len(body))


async def test_a_slow_inspection_delays_no_page_and_still_counts(tmp_path: Path) -> None:
    inspector = CountingInspector()
    async with rig(tmp_path, ScriptedRoute(), inspector) as kernel:
        job = await kernel.until(await kernel.submit(b"12345", media_type="text/plain"), JobState.COMPLETED)
        assert job.statistics is None
        inspector.let.set()
        with trio.fail_after(5):
            while kernel.book.memory.known(job.uuid).statistics is None:
                await trio.sleep(0.01)
        statistics = kernel.book.memory.known(job.uuid).statistics
    assert statistics is not None
    assert statistics.pages == 5


async def test_a_job_without_its_printer_waits_for_it(tmp_path: Path) -> None:
    async with rig(tmp_path, ScriptedRoute(mine=False)) as kernel:
        job = await kernel.until(await kernel.submit(), JobState.WAITING)
        kernel.printers.remove(PRINTER.id)
        with trio.fail_after(5):
            while "not defined" not in kernel.book.memory.known(job.uuid).detail:
                await trio.sleep(0.01)
        kernel.offered[:] = [(ROUTE, ScriptedRoute())]
        kernel.printers.add(PRINTER)
        await kernel.until(job, JobState.COMPLETED)


async def test_the_claim_is_durable_before_the_route_is_called(tmp_path: Path) -> None:
    resting: list[Job] = []

    async def look(delivery: Delivery) -> Outcome:
        resting.extend(await kernel.book.moves._store.load_all())
        return await print_it(delivery)

    async with rig(tmp_path, ScriptedRoute(look)) as kernel:
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
    (job,) = resting
    assert (job.state, job.claim) == (JobState.SENDING, Claim(route=ROUTE, attempt=1, fence=1))


async def test_a_printer_whose_device_is_seen_from_elsewhere_alone_needs_no_address(tmp_path: Path) -> None:
    route = ScriptedRoute()
    async with rig(tmp_path, route) as kernel:
        kernel.printers.add(attrs.evolve(PRINTER, uri="", reach=PrinterReach.TUNNEL))
        await kernel.until(await kernel.submit(), JobState.COMPLETED)
