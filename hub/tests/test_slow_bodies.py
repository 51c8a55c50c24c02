"""Bodies that come slowly and go on are taken, however long they take; those that stand still are to be sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from api_rig import program
from hub_rig import HEADERS, Bench, problem

from tympan_hub.domain.limits.requests import BODY_BYTES_PER_S, REQUEST_S
from tympan_wire.hub import PREFIX, Operation, ReportBatch, Retry, encode

pytestmark = pytest.mark.anyio
Forward = Callable[[float], None]


@pytest.fixture
async def forward(monkeypatch: pytest.MonkeyPatch) -> Forward:
    """Lets the event loop's time go on by so many seconds."""
    loop = asyncio.get_running_loop()
    true, more_s = loop.time, 0.0

    def go(seconds: float) -> None:
        nonlocal more_s
        more_s += seconds

    monkeypatch.setattr(loop, "time", lambda: true() + more_s)
    return go


async def slowly(whole: bytes, forward: Forward, *, rate: float) -> AsyncIterator[bytes]:
    """A body in pieces, each a while after the one before."""
    piece = int(BODY_BYTES_PER_S * REQUEST_S / 20)
    for start in range(0, len(whole), piece):
        yield whole[start : start + piece]
        forward(piece / rate)
        for _ in range(4):  # whoever has a deadline has its turn
            await asyncio.sleep(0)


async def test_a_large_message_over_a_slow_line_is_taken(hub: Bench, forward: Forward) -> None:
    agent = await hub.agent(await hub.tenant())
    message = encode(ReportBatch(reports=()), ReportBatch).ljust(1 << 20)
    answer = await hub.client.post(
        PREFIX + Operation.REPORTS,
        content=slowly(message, forward, rate=BODY_BYTES_PER_S),
        headers={**HEADERS, "Authorization": f"Bearer {agent.token}"},
    )
    assert answer.status_code == 200, answer.text


async def test_a_message_that_stands_still_is_to_be_sent_again(hub: Bench, forward: Forward) -> None:
    agent = await hub.agent(await hub.tenant())
    message = encode(ReportBatch(reports=()), ReportBatch).ljust(1 << 20)
    answer = await hub.client.post(
        PREFIX + Operation.REPORTS,
        content=slowly(message, forward, rate=BODY_BYTES_PER_S / 100),
        headers={**HEADERS, "Authorization": f"Bearer {agent.token}"},
    )
    assert (answer.status_code, problem(answer).retry) == (408, Retry.LATER)


async def test_a_request_of_a_program_over_a_slow_line_is_taken(hub: Bench, forward: Forward) -> None:
    admin = await program(hub, await hub.person(await hub.tenant()))
    body = b'{"name": "Lobby", "uri": "ipp://device.example/ipp/print"}'.ljust(60_000)
    answer = await admin.client.post(
        "/api/v1/printers",
        content=slowly(body, forward, rate=BODY_BYTES_PER_S / 2.5),
        headers={"Authorization": f"Bearer {admin.secret}", "Content-Type": "application/json"},
    )
    assert answer.status_code == 201, answer.text


async def test_a_request_of_a_program_that_stands_still_is_refused(hub: Bench, forward: Forward) -> None:
    admin = await program(hub, await hub.person(await hub.tenant()))
    answer = await admin.client.post(
        "/api/v1/printers",
        content=slowly(b"{".ljust(60_000), forward, rate=BODY_BYTES_PER_S / 100),
        headers={"Authorization": f"Bearer {admin.secret}", "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (408, "too-slow")
