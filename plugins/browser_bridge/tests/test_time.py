"""Challenges, rates and waits, on a clock that jumps."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
import trio
import trio.testing
from bridge_rig import FRONT, bridge, page_request, permit_for, refused

from tympan.plugin import printer_id
from tympan_wire.bridge import GREET_PATH

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, object]]:
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


@pytest.mark.parametrize("clock", ["monotonic", "wall", "wall set back"])
async def test_a_permit_that_is_too_old_is_refused(clock: str) -> None:
    async with bridge() as here:
        permit = permit_for((await here.greet())["challenge"])
        if clock == "monotonic":
            await trio.sleep(60.1)
        else:
            here.host.wall += dt.timedelta(seconds=60.1 if clock == "wall" else -3600)
        await refused(here, permit)


async def test_a_permit_that_is_nearly_too_old_is_accepted() -> None:
    async with bridge() as here:
        permit = permit_for((await here.greet())["challenge"])
        await trio.sleep(59)
        assert (await here.run(permit))[0] == 200


async def test_a_page_that_asks_all_the_time_is_told_to_wait() -> None:
    async with bridge() as here:
        statuses = [(await here.ask(page_request(GREET_PATH, b"{}")))[0] for _ in range(100)]
        assert statuses.count(200) == 60
        assert set(statuses) == {200, 429}
        await trio.sleep(2)
        assert (await here.ask(page_request(GREET_PATH, b"{}")))[0] == 200


async def test_words_given_out_are_bounded() -> None:
    async with bridge() as here:
        first = permit_for((await here.greet())["challenge"])
        for _ in range(32):
            await here.greet()
        await refused(here, first)


async def test_a_printer_nobody_told_this_agent_of_is_said_so() -> None:
    async with bridge() as here:
        status, said = await here.run(permit_for((await here.greet())["challenge"], printer="nowhere"))
        assert (status, said["code"]) == (409, "failed")
        assert "nowhere" in said["cause"]
        assert said["next_step"]


async def test_a_printer_that_is_told_of_meanwhile_is_installed() -> None:
    async with bridge() as here:
        permit = permit_for((await here.greet())["challenge"], printer="late")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(here.run, permit)
            await trio.sleep(5)
            here.host.printers.add(attrs.evolve(FRONT, id=printer_id("late")))
        assert [queue.name for queue in await here.spooler.list_queues()] == ["late"]
