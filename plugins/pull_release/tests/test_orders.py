"""Orders of the hub: carried out once, in order, or refused with why."""

from __future__ import annotations

import uuid

import attrs
import pytest
import trio
from pull_release_rig import BEGUN, LOFT, POINT, REFUSED, RULES, made, running

from tympan.plugin import IllegalStep, JobState, PrinterId
from tympan_pull_release._limits import LATE_LOOK_S
from tympan_pull_release._orders import Orders
from tympan_pull_release._permits import Permit
from tympan_pull_release._stopwatch import Stopwatch
from tympan_wire.hub import TicketChanges
from tympan_wire.ipp import GroupTag, decode

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_a_release_comes_out_at_the_device_and_is_told() -> None:
    async with running() as rig:
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.look()
        released = await rig.state(job, JobState.QUEUED)
        assert released.destination == POINT.id
        assert rig.hub.words == []
        rig.takes(released)
        await rig.until(lambda: rig.hub.words)
        [word] = rig.hub.words
        assert (word.order, word.fence, word.outcome) == (order.id, 1, BEGUN)


async def test_a_computer_that_has_no_order_is_not_woken_to_look_for_late_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = trio.Event()

    async def seen(_: Orders, job: uuid.UUID | None = None) -> None:
        if job is None:
            looks.set()
        await trio.lowlevel.checkpoint()

    monkeypatch.setattr(Orders, "_look_at_all", seen)
    async with running() as rig:
        with trio.move_on_after(LATE_LOOK_S * 5) as rest:
            await looks.wait()
        assert rest.cancelled_caught
        rig.hub.order((await rig.print_()).uuid)
        rig.look()
        with trio.fail_after(10):
            await looks.wait()


async def test_jobs_come_out_in_the_order_their_owner_chose() -> None:
    async with running() as rig:
        jobs = [await rig.print_() for _ in range(3)]
        order: list[uuid.UUID] = []
        rig.host.jobs.changed = order.append
        for job in (jobs[2], jobs[0], jobs[1]):
            rig.hub.order(job.uuid)
        rig.look()
        for job in jobs:
            await rig.state(job, JobState.QUEUED)
        assert order == [jobs[2].uuid, jobs[0].uuid, jobs[1].uuid]


async def test_the_owners_changes_are_in_the_ticket_the_device_gets() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, changes=TicketChanges(copies=3, sides="one-sided"))
        rig.look()
        released = await rig.state(job, JobState.QUEUED)
        group = decode(released.ticket)[0].first(GroupTag.JOB)
        assert (group.integer("copies"), group.string("sides")) == (3, "one-sided")


@pytest.mark.parametrize("at", ["nowhere", "desk", "pull", "own"])
async def test_a_place_where_held_jobs_do_not_come_out_is_refused(at: str) -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, at)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].outcome, rig.hub.words[0].reason) == (REFUSED, "destination-uri-failed")
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_jobs_that_are_gone_over_or_undecided_are_refused() -> None:
    async with running() as rig:
        over, lost = await rig.print_(), await rig.print_()
        await rig.host.jobs.cancel(over.uuid, by="ada")
        unknown = attrs.evolve(lost, state=JobState.UNKNOWN, reason="job-held-for-review")
        rig.host.jobs.replace(unknown)
        for job in (uuid.uuid4(), over.uuid, lost.uuid):
            rig.hub.order(job)
        rig.look()
        await rig.until(lambda: len(rig.hub.words) == 3)
        assert {word.outcome for word in rig.hub.words} == {REFUSED}
        assert rig.host.jobs.known(lost.uuid).state is JobState.UNKNOWN, "a person decides about that one"


async def test_a_job_over_its_accounts_limit_is_refused_with_that() -> None:
    async with running() as rig:
        jobs = [await rig.print_() for _ in range(RULES.jobs_most + 1)]
        rig.hub.order(jobs[-1].uuid)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].reason == "account-limit-reached"


async def test_jobs_printed_elsewhere_are_over_here() -> None:
    async with running() as rig:
        held, taken = await rig.print_(), await rig.print_()
        rig.hub.order(taken.uuid)
        rig.look()
        rig.takes(await rig.state(taken, JobState.QUEUED))
        rig.hub.ended = [held.uuid, taken.uuid, uuid.uuid4()]
        rig.look()
        await rig.state(held, JobState.CANCELED)
        assert rig.host.jobs.known(taken.uuid).state is JobState.PRINTING, "what the device has is not thrown away"


async def test_releases_of_one_device_do_not_wait_for_another() -> None:
    rig = made()
    wait = rig.host.printers.wait

    async def slow(printer: PrinterId, within_s: float) -> object:
        if printer == LOFT.id:
            await trio.sleep(30)
        return await wait(printer, within_s)

    rig.host.printers.wait = slow  # type: ignore[method-assign, assignment]
    async with running(rig):
        first, second = await rig.print_(), await rig.print_()
        rig.hub.order(first.uuid, "loft")
        rig.hub.order(second.uuid, "hall")
        rig.look()
        await rig.state(second, JobState.QUEUED)
        assert rig.host.jobs.known(first.uuid).state is JobState.HELD


async def test_a_kernel_that_refuses_is_told_on() -> None:
    async with running() as rig:
        job = await rig.print_()

        async def refuse(*_: object, **__: object) -> None:
            raise IllegalStep("it cannot come out there")

        rig.host.jobs.release = refuse  # type: ignore[method-assign, assignment]
        rig.hub.order(job.uuid)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED
        assert "it cannot come out there" in rig.hub.words[0].detail


async def test_an_order_for_a_job_on_its_way_elsewhere_takes_nothing_from_the_first() -> None:
    async with running() as rig:
        job = await rig.print_()
        first = rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)
        second = rig.hub.order(job.uuid, "loft")
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert [(word.order, word.outcome) for word in rig.hub.words] == [(second.id, REFUSED)]
        assert rig.permits.allows(job.uuid, POINT.id)
        rig.takes(rig.host.jobs.known(job.uuid))
        await rig.until(lambda: len(rig.hub.words) == 2)
        assert (rig.hub.words[1].order, rig.hub.words[1].outcome) == (first.id, BEGUN)


async def test_a_job_that_went_elsewhere_meanwhile_is_not_called_begun_here() -> None:
    async with running() as rig:
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.look()
        queued = await rig.state(job, JobState.QUEUED)
        # Held and released by a grant before anybody looked again.
        rig.permits.give(job.uuid, Permit(to=LOFT.id, since=Stopwatch.start(rig.host.now), within_s=60))
        rig.host.jobs.replace(attrs.evolve(queued, target=LOFT.id))
        rig.takes(rig.host.jobs.known(job.uuid))
        await rig.until(lambda: rig.hub.words)
        assert [(word.order, word.outcome) for word in rig.hub.words] == [(order.id, REFUSED)]
        assert rig.permits.allows(job.uuid, LOFT.id), "what another release permits stays"
