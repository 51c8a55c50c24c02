"""SIGTERM whatever goes on: the agent ends in time and with status 0, and the next start has all that was accepted."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest
import trio
from rig import FORBIDDEN, Agent, Line, Target, add_printer, agent, http, wait_for_device, wait_until
from rig._ipp_mutations import GET_PRINTER_ATTRIBUTES, PRINT_JOB, sound

from tympan_net.ipp_client import IppClient, PeerError
from tympan_sim import Profile, Site, run_printers
from tympan_wire.ipp import attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]

STOP_S = 15.0
"""Grace of plugins, the store's last writes, and the process's own end on a busy machine."""
PAPER_S = 60.0
DECLARED = 1 << 30
"""Bytes a client promises and never sends in full."""


@attrs.frozen(kw_only=True)
class Place:
    """A running agent and its device."""

    agent: Agent
    site: Site
    target: Target

    async def send(self, name: str, size: int = 500) -> None:
        body = f"{name}\n".encode() * (size // (len(name) + 1))
        async with IppClient(self.target.uri.decode(), user="ada") as client:
            await client.print_job(body, "text/plain", [attr.name_("job-name", name)])

    def papers(self) -> list[str]:
        return sorted(record.name for record in self.site["eve"].journal if record.ended == "completed")

    async def printed(self, *names: str) -> None:
        async def all_there() -> bool:
            return set(self.papers()) >= set(names)

        await wait_until(all_there, f"{names} on paper", timeout_s=PAPER_S)
        assert self.papers() == sorted(names)

    async def jobs(self) -> dict[str, str]:
        rows: list[dict[str, Any]] = await self.agent.ask("jobs.list")
        return {row["name"]: row["state"] for row in rows}

    async def ends(self) -> None:
        """SIGTERM; the rig insists with SIGKILL after ``STOP_S``, which is another status than 0."""
        pid = self.agent.pid
        assert await self.agent.program.stop(timeout_s=STOP_S) == 0
        assert not psutil.pid_exists(pid)
        assert "Traceback" not in self.agent.output()
        assert not (self.agent.home / "run" / "agent.json").exists()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with running(tmp_path) as found:
        yield found


@asynccontextmanager
async def running(tmp_path: Path) -> AsyncIterator[Place]:
    profile = Profile(name="eve", formats=("text/plain",), history_jobs=1000)
    async with trio.open_nursery() as nursery:
        site: Site = await nursery.start(functools.partial(run_printers, [profile], directory=tmp_path / "paper"))
        async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}) as found:
            printer = (await add_printer(found, "Eve", site["eve"].uri)).id
            await wait_for_device(found, printer)
            yield Place(agent=found, site=site, target=Target(port=found.port, printer=printer, token=""))
        nursery.cancel_scope.cancel()


def huge_job(target: Target, sent: int) -> bytes:
    """A print job of a gigabyte of which ``sent`` bytes are here."""
    body = sound(PRINT_JOB, target, FORBIDDEN) + b"half a document\n" * (sent // 16)
    return http(target, body).replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % DECLARED)


async def stops_sending(target: Target, stack: AsyncExitStack) -> None:
    for cut in (5, 60, 400, 2_000_000):
        line = Line(target.port)
        stack.push_async_callback(line.close)
        await line.send(huge_job(target, 4_000_000)[:cut])


async def stops_reading(target: Target, stack: AsyncExitStack) -> None:
    """Asks for far more than the buffers between the two can hold, and takes none of it."""
    for _ in range(3):
        line = Line(target.port)
        stack.push_async_callback(line.close)
        question = http(target, sound(GET_PRINTER_ATTRIBUTES, target, b"x"))
        with trio.move_on_after(1.0):
            await line.send(question * 5_000)


async def keeps_idle(target: Target, stack: AsyncExitStack) -> None:
    for _ in range(40):
        line = Line(target.port)
        stack.push_async_callback(line.close)
        await line.send(http(target, sound(GET_PRINTER_ATTRIBUTES, target, b"x")))
        assert await line.answer()


@pytest.mark.parametrize("stall", [stops_sending, stops_reading, keeps_idle])
async def test_stalled_clients_do_not_keep_it(
    place: Place, stall: Callable[[Target, AsyncExitStack], Awaitable[None]]
) -> None:
    place.site["eve"].order("offline")
    await place.send("accepted")
    async with AsyncExitStack() as stack:
        await stall(place.target, stack)
        await place.ends()
    place.site["eve"].clear()
    await place.agent.start()
    await place.printed("accepted")

    async def handed_over() -> bool:
        return (await place.jobs())["accepted"] in ("printing", "completed")

    await wait_until(handed_over, "the agent to hear of it", timeout_s=PAPER_S)
    jobs = await place.jobs()
    del jobs["accepted"]
    assert set(jobs.values()) <= {"aborted"}


async def test_in_the_middle_of_a_large_document_it_stops_and_keeps_no_half(place: Place) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(upload_for_ever, place.target)

        async def arriving() -> bool:
            return any(path.stat().st_size > 1 << 20 for path in (place.agent.home / "store" / "documents").iterdir())

        await wait_until(arriving, "the document to arrive", timeout_s=30)
        await place.ends()
        nursery.cancel_scope.cancel()
    assert list((place.agent.home / "store" / "documents").iterdir()) == []
    await place.agent.start()
    await wait_until(functools.partial(taken, place, "afterwards"), "a job to be taken", timeout_s=30)
    await place.printed("afterwards")


async def taken(place: Place, name: str) -> bool:
    """Whether a job is taken: just started, the agent asks spoolers to come again."""
    try:
        await place.send(name)
    except PeerError:
        return False
    return True


async def upload_for_ever(target: Target) -> None:
    line = Line(target.port)
    await line.send(huge_job(target, 1 << 20))
    while True:
        await line.send(bytes(1 << 16))
        await trio.sleep(0.001)


@pytest.mark.parametrize(
    "fault",
    [
        "hang",
        "slow:2000",
        "drop-answer*0",
        *(pytest.param(each, marks=pytest.mark.soak) for each in ("offline", "busy", "paper-out")),
    ],
)
async def test_during_delivery_to_a_device_that_hangs_it_stops_and_goes_on_later(place: Place, fault: str) -> None:
    place.site["eve"].order(fault)
    await place.send("small")
    await place.send("large", 900_000)

    async def tried() -> bool:
        return set((await place.jobs()).values()) != {"received"}

    await wait_until(tried, "the delivery to begin", timeout_s=30)
    await place.ends()
    place.site["eve"].clear()
    await place.agent.start()

    async def over() -> bool:
        states = await place.jobs()
        return len(states) == 2 and set(states.values()) <= {"completed", "unknown"}

    await wait_until(over, "both jobs to be over", timeout_s=PAPER_S, every_s=0.3)
    states, papers = await place.jobs(), place.papers()
    assert [name for name in papers if papers.count(name) > 1] == []
    assert {name for name, state in states.items() if state == "completed"} <= set(papers)


async def test_stopped_and_started_again_and_again_under_load_it_loses_and_repeats_nothing(place: Place) -> None:
    accepted: list[str] = []
    for turn in range(5):
        async with trio.open_nursery() as nursery:
            for sender in range(3):
                nursery.start_soon(keep_sending, place, f"{turn}-{sender}", accepted)
            before = len(accepted)
            await wait_until(functools.partial(more_than, accepted, before + 5), "jobs to be taken", timeout_s=30)
            await place.ends()
            nursery.cancel_scope.cancel()
        await place.agent.start()

    async def over() -> bool:
        return set((await place.jobs()).values()) <= {"completed", "aborted", "unknown"}

    await wait_until(over, "every job to be over", timeout_s=PAPER_S, every_s=0.3)
    states, papers = await place.jobs(), place.papers()
    unknown = {name for name, state in states.items() if state == "unknown"}
    assert [name for name in set(papers) if papers.count(name) > 1] == []
    assert set(accepted) - set(papers) - unknown == set()
    assert len(unknown) < len(accepted) / 4


async def more_than(accepted: list[str], count: int) -> bool:
    return len(accepted) > count


async def keep_sending(place: Place, prefix: str, accepted: list[str]) -> None:
    for number in range(10_000):
        name = f"{prefix}-{number}"
        try:
            await place.send(name, (300, 90_000, 600_000)[number % 3])
        except PeerError:
            await trio.sleep(0.05)
            continue
        accepted.append(name)
