"""Whatever is sent to the agent is answered with an error or closed: nothing hangs, leaks or grows, and nothing prints
that should not.
"""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest
import trio
from rig import FORBIDDEN, Agent, Answer, Findings, Line, Target, agent, attack, http, run, wait_for_device, wait_until
from rig._ipp_mutations import GET_PRINTER_ATTRIBUTES, PRINT_JOB, sound

from tympan_net.ipp_client import IppClient
from tympan_sim import Profile, run_printers
from tympan_sim._handle import PrinterHandle
from tympan_wire.ipp import attr

pytestmark = [pytest.mark.anyio, pytest.mark.system]

BATCH = 1_000
LINES = 6
GOOD_S = 60.0
NOTHING_CAME_OF_IT = ("aborted", "canceled")
"""A document that broke off is shown to its owner as what it is."""
WARM_UP = 2
"""Batches before memory counts: caches fill, lazily imported modules come in."""
GROWTH_BYTES = 40 << 20
"""Allowed above the warm agent, at any moment: one expanding document, an allocator's arenas, 500 remembered jobs."""
SPARE_DESCRIPTORS = 8


@attrs.frozen(kw_only=True)
class Range:
    """An agent under fire with its printer."""

    agent: Agent
    target: Target
    device: PrinterHandle

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.agent.pid)

    async def jobs(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self.agent.ask("jobs.list")
        return rows


@asynccontextmanager
async def firing_range(tmp_path: Path) -> AsyncIterator[Range]:
    profile = Profile(name="eve", formats=("text/plain",), history_jobs=5_000, queued_jobs=500)
    async with trio.open_nursery() as nursery:
        site = await nursery.start(functools.partial(run_printers, [profile], directory=tmp_path / "paper"))
        home = tmp_path / "home"
        home.mkdir()
        (home / "settings.toml").write_text('[spool_cups]\nserver = "localhost:1"\n')  # no CUPS but ours is touched
        async with agent(home, env={"TYMPAN_KEYS": "file"}) as running:
            added = await running.ask("printers.add", name="Eve", uri=site["eve"].uri)
            token = (running.home / "run" / "token").read_text()
            await wait_for_device(running, added["id"])
            target = Target(port=running.port, printer=added["id"], token=token)
            yield Range(agent=running, target=target, device=site["eve"])
        nursery.cancel_scope.cancel()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Range]:
    async with firing_range(tmp_path) as found:
        yield found


async def print_one(place: Range, name: str) -> int:
    """A right job after all the wrong ones: taken, and printed once."""
    async with IppClient(place.target.uri.decode(), user="ada") as client:
        handle = await client.print_job(f"{name}\n".encode() * 20, "text/plain", [attr.name_("job-name", name)])

    async def printed() -> bool:
        return any(record.name == name for record in place.device.journal)

    await wait_until(printed, f"{name} on paper", timeout_s=GOOD_S)
    assert [record.name for record in place.device.journal].count(name) == 1
    return handle.job_id


async def watch_memory(process: psutil.Process, peaks: list[int]) -> None:
    while True:
        peaks.append(process.memory_info().rss)
        await trio.sleep(0.1)


async def check_books(place: Range, findings: Findings, good: set[int], earlier: set[int]) -> None:
    """The job list holds what was answered with success, and for the rest no more than that nothing came of it."""
    unasked: dict[int, str] = {}
    allowed = findings.accepted | good | earlier

    async def settled() -> bool:
        rows = [row for row in await place.jobs() if row["state"] not in NOTHING_CAME_OF_IT]
        unasked.clear()
        unasked.update({row["number"]: row["name"] for row in rows if row["number"] not in allowed})
        return not unasked

    # A connection reset this moment is a job still receiving.
    await wait_until(settled, "jobs nobody was told of to be gone", timeout_s=GOOD_S, every_s=0.5)
    rows = await place.jobs()
    listed = {int(row["number"]) for row in rows}
    assert {row["state"] for row in rows if row["name"] == FORBIDDEN.decode()} <= set(NOTHING_CAME_OF_IT)
    assert findings.accepted - findings.created - listed == set()
    assert FORBIDDEN.decode() not in {record.name for record in place.device.journal}


async def storm(place: Range, *, first_seed: int, batches: int) -> Findings:
    """``batches`` times a thousand malformed requests, a right one after each, and the books checked."""
    total, good, earlier, peaks = Findings(), set[int](), set[int](), list[int]()
    base, descriptors = 0, place.process.num_fds()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch_memory, place.process, peaks)
        for number in range(batches):
            start = first_seed + number * BATCH
            findings = await attack(place.target, range(start, start + BATCH), lines=LINES)
            assert findings.complaints == [], f"{len(findings.complaints)} complaints"
            good.add(await print_one(place, f"good-{start}"))
            await check_books(place, findings, good, earlier)
            earlier |= findings.accepted
            total.answers.update(findings.answers)
            total.kinds.update(findings.kinds)
            total.accepted |= findings.accepted
            if number + 1 == WARM_UP:
                base = place.process.memory_info().rss
                peaks.clear()
        nursery.cancel_scope.cancel()
    assert max(peaks) - base < GROWTH_BYTES, f"from {base >> 20} to {max(peaks) >> 20} MiB"
    await descriptors_back(place, descriptors)
    print(f"\nwarm {base >> 20} MiB, peak {max(peaks) >> 20} MiB; {dict(total.answers)}")
    return total


async def descriptors_back(place: Range, before: int) -> None:
    async def back() -> bool:
        return bool(place.process.num_fds() <= before + SPARE_DESCRIPTORS)

    await wait_until(back, f"descriptors to be {before} again", timeout_s=30)


@pytest.mark.parametrize("batches", [3, pytest.param(20, marks=pytest.mark.soak)])
async def test_thousands_of_malformed_requests(place: Range, batches: int) -> None:
    total = await storm(place, first_seed=1_000_000, batches=batches)
    assert total.kinds.total() == batches * BATCH
    assert len(total.kinds) > 35
    assert total.answers["ipp 0x0400"] > 50 * batches
    log = place.agent.output()
    assert "an application failed" not in log
    assert "could not be answered" not in log
    assert "Traceback" not in log


@pytest.mark.soak
@pytest.mark.parametrize("first_seed", [2_000_000, 3_000_000])
async def test_two_hundred_thousand_malformed_requests(place: Range, first_seed: int) -> None:
    total = await storm(place, first_seed=first_seed, batches=100)
    assert total.kinds.total() == 100 * BATCH
    assert "Traceback" not in place.agent.output()


async def answer_to(place: Range, data: bytes, *, timeout_s: float = 30.0) -> Answer | None:
    line = Line(place.target.port)
    with trio.fail_after(timeout_s):
        await line.send(data)
        answer = await line.answer()
        await line.close()
    return answer


async def test_slow_and_silent_clients_are_ended_while_others_are_served(place: Range) -> None:
    whole = http(place.target, sound(PRINT_JOB, place.target, FORBIDDEN) + bytes(1000))
    head = whole.index(b"\r\n\r\n")
    silent = [whole[:cut] for cut in (1, 20, head, head + 2)] * 8
    ended: list[Answer | None] = []

    async def stall(data: bytes) -> None:
        ended.append(await answer_to(place, data))

    async def trickle() -> None:
        line = Line(place.target.port)
        for at in range(head):
            await line.send(whole[at : at + 1])
            await trio.sleep(0.2)

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(trickle)
        async with trio.open_nursery() as stalled:
            for data in silent:
                stalled.start_soon(stall, data)
            await print_one(place, "between-the-slow")
        nursery.cancel_scope.cancel()
    assert [answer.status for answer in ended if answer] == [408] * len(silent)
    await check_books(place, Findings(), {int(row["number"]) for row in await place.jobs()}, set())


CONTROL = ("jobs.list", "status", "printers.list", "reload", "nothing")


async def test_the_control_application_tells_nothing_without_the_token(place: Range) -> None:
    token = place.target.token
    shown = (
        "X: none",
        "Authorization: Bearer ",
        f"Authorization: Bearer {token[:-1]}",
        f"Authorization: Basic {token}",
    )
    answers = [
        await answer_to(place, http(place.target, b"{}", header.encode(), path=b"/api/v1/" + name.encode()))
        for header in shown
        for name in CONTROL
    ]
    assert {answer.status for answer in answers if answer} == {401}
    assert len({answer.body for answer in answers if answer}) <= 2  # no word on which operations there are
    assert len(answers) == len(shown) * len(CONTROL)


@pytest.mark.parametrize("mark", ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: same-origin"])
async def test_a_page_in_a_browser_may_nothing_even_with_the_token(place: Range, mark: str) -> None:
    token = b"Authorization: Bearer " + place.target.token.encode()
    job = sound(PRINT_JOB, place.target, FORBIDDEN)
    control = await answer_to(place, http(place.target, b"{}", token, mark.encode(), path=b"/api/v1/jobs.list"))
    door = await answer_to(place, http(place.target, job + b"text", token, mark.encode()))
    assert control is not None
    assert door is not None
    assert (control.status, door.status) == (403, 403)
    assert await place.jobs() == []


async def test_a_rebound_name_is_turned_away_with_the_token(place: Range) -> None:
    good = http(place.target, b"{}", b"Authorization: Bearer " + place.target.token.encode(), path=b"/api/v1/status")
    bad = good.replace(b"Host: localhost", b"Host: localhost.evil.example")
    fine, turned_away = await answer_to(place, good), await answer_to(place, bad)
    assert fine is not None
    assert turned_away is not None
    assert (fine.status, turned_away.status) == (200, 421)


ASK_AS_SOMEBODY = "exec 3<>/dev/tcp/127.0.0.1/$0; cat >&3; head -c 12 <&3"


if os.getuid() == 0:

    @pytest.mark.parametrize(("account", "status"), [("nobody", "403"), ("lp", "200")])
    async def test_another_user_of_the_machine_may_not_print_and_the_spooler_may(
        place: Range, account: str, status: str
    ) -> None:
        ask = http(place.target, sound(GET_PRINTER_ATTRIBUTES, place.target, b"x"))
        become = ["setpriv", "--reuid", account, "--clear-groups"]
        told = await run([*become, "bash", "-c", ASK_AS_SOMEBODY, str(place.target.port)], input_bytes=ask)
        assert told == f"HTTP/1.1 {status}"
