"""Who gets a place at a server, and who makes room."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import trio

from tympan_net._slots import Shares, Slots
from tympan_net.http_server import Request, Response, ServerLimits

pytestmark = pytest.mark.anyio

SPOOLER, EVE, ADA, BEN = 7, 1001, 1002, 1003
SHARES = Shares(trusted=frozenset({SPOOLER}), each=3, others=6)


def test_no_user_keeps_others_or_the_spooler_from_getting_places() -> None:
    slots = Slots(8, SHARES)
    with contextlib.ExitStack() as kept:

        def taken(owner: int | None, count: int) -> int:
            return sum(kept.enter_context(slots.take(owner)) is not None for _ in range(count))

        assert taken(EVE, 8) == 3
        assert taken(ADA, 2) == 2
        assert taken(None, 8) == 1, "whoever is not told apart counts as one more, and all strangers have six"
        assert taken(BEN, 1) == 0
        assert taken(SPOOLER, 8) == 2


async def test_at_its_share_a_users_own_idle_connection_makes_room_and_nobody_elses() -> None:
    slots = Slots(8, SHARES)
    ended: list[int] = []

    async def idle(owner: int, number: int, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        with slots.take(owner) as slot:
            assert slot is not None
            with slot.idle(1000):
                task_status.started()
                await trio.Event().wait()
            ended.append(number)

    async with trio.open_nursery() as nursery:
        for number, owner in enumerate((ADA, EVE, EVE, EVE, EVE, EVE)):
            await nursery.start(idle, owner, number)
        await trio.testing.wait_all_tasks_blocked()
        assert ended == [1, 2]
        nursery.cancel_scope.cancel()


async def handler(request: Request) -> Response:
    if request.path == "/stays":
        await trio.sleep_forever()
    return Response(status=200)


async def test_a_server_refuses_a_user_more_than_their_share(running: Any, raw_exchange: Any) -> None:
    shares = Shares(trusted=frozenset(), each=2, others=6)
    limits = ServerLimits(linger_timeout_s=0.2)
    ask = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with running(handler, limits=limits, shares=shares) as bound:
        busy = [await trio.open_tcp_stream("127.0.0.1", bound.port) for _ in range(2)]
        assert b" 200 " in await raw_exchange(bound.port, ask)
        busy[0] = await trio.open_tcp_stream("127.0.0.1", bound.port)
        for stream in busy:
            await stream.send_all(b"GET /stays HTTP/1.1\r\nHost: x\r\n\r\n")
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert (await raw_exchange(bound.port, ask)).startswith(b"HTTP/1.1 503 ")
        for stream in busy:
            await stream.aclose()
