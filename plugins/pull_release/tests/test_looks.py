"""Looks at the hub: when it is asked for releases, and what a hub that is away or left changes."""

from __future__ import annotations

import attrs
import pytest
import trio
from pull_release_rig import POINT, RULES, Away, made, pull, running

from tympan.plugin import JobState, PortsChanged
from tympan_relay._limits import LOOK_EVERY_S, LOOKS_AT_ONCE

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_a_notice_of_anything_else_is_not_for_this_plugin() -> None:
    async with running() as rig:
        await rig.until(lambda: rig.hub.fetched)
        fetched = rig.hub.fetched
        rig.look("desired")
        await trio.sleep(0.05)
        assert rig.hub.fetched == fetched
        rig.look("")
        await rig.until(lambda: rig.hub.fetched > fetched)


async def test_a_hub_that_is_away_is_asked_again_and_nothing_comes_out_meanwhile() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.away = Away("no answer")
        rig.hub.order(job.uuid)
        rig.look()
        await trio.sleep(0.1)
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD
        rig.hub.away = None
        await rig.state(job, JobState.QUEUED)


async def test_a_hub_that_was_left_orders_nothing_any_more() -> None:
    async with running() as rig:
        job = await rig.print_()
        await rig.until(lambda: rig.hub.fetched)
        await rig.membership.leave()
        fetched = rig.hub.fetched
        rig.hub.order(job.uuid)
        rig.look()
        await trio.sleep(0.1)
        assert rig.hub.fetched == fetched


async def test_an_agent_where_nothing_is_held_and_nothing_comes_out_does_not_ask_by_itself() -> None:
    rig = made(
        attrs.evolve(POINT, releases=False, offered=True), settings={"hold_s": 60.0, "jobs_most": 5, "poll_s": 0.05}
    )
    async with running(rig):
        await rig.until(lambda: rig.hub.fetched)
        await trio.sleep(0.3)
        assert rig.hub.fetched == 1
        rig.look()
        await rig.until(lambda: rig.hub.fetched == 2)


async def test_a_link_that_comes_later_is_used() -> None:
    rig = made()
    rig.host.offered.remove(rig.link)
    async with running(rig):
        await trio.sleep(0.05)
        assert rig.hub.fetched == 0
        rig.host.offered.append(rig.link)
        rig.host.bus.publish(PortsChanged())
        await rig.until(lambda: rig.hub.fetched)


async def test_two_hundred_releases_in_a_row_begin_as_fast_as_they_come() -> None:
    rules = attrs.evolve(RULES, jobs_most=300, bytes_most=1 << 30)
    async with running(made(pull(rules), POINT)) as rig:
        jobs = [await rig.print_() for _ in range(200)]
        began = trio.current_time()
        for job in jobs:
            rig.hub.order(job.uuid)
            rig.look()
            await rig.state(job, JobState.QUEUED)
        assert trio.current_time() - began < 20, "on a clock that moves for pauses alone; a pause each has minutes"


async def test_notices_of_nothing_are_no_flood_of_requests() -> None:
    async with running() as rig:
        await rig.until(lambda: rig.hub.fetched)
        began = trio.current_time()
        for _ in range(1_000):
            rig.look()
            await trio.sleep(0.01)
        assert rig.hub.fetched <= LOOKS_AT_ONCE + (trio.current_time() - began) / LOOK_EVERY_S + 1


async def test_a_repeated_order_is_nothing_new() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)
        began = trio.current_time()
        for _ in range(1_000):
            rig.look()
            await trio.sleep(0.01)
        assert rig.hub.fetched <= LOOKS_AT_ONCE + (trio.current_time() - began) / LOOK_EVERY_S + 4
