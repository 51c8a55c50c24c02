"""How far a hub asks agents to spread when they come back: by how many of them a process holds."""

from __future__ import annotations

from typing import Any

import pytest

from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.notices import PACE_MOST_S, RETURNS_PER_S, STREAMS_PER_AGENT
from tympan_hub.ports import Bearer
from tympan_hub.service import notices as notice_streams
from tympan_hub.service.notices import NoticeService, Stream
from tympan_wire.hub import Hello, News, decode

pytestmark = pytest.mark.anyio


def opened(notices: NoticeService, number: int) -> Stream:
    return notices.open(Bearer(tenant=TenantId("acme"), agent=AgentId(f"agent-{number}")))


async def pace_s(stream: Stream) -> int:
    kind: Any = News
    hello = decode(kind, await anext(stream.lines()))
    assert isinstance(hello, Hello)
    return hello.pace_s


async def test_a_small_office_is_back_at_once_and_a_large_fleet_is_spread() -> None:
    notices = NoticeService(InProcess())
    streams = [opened(notices, number) for number in range(3 * RETURNS_PER_S)]
    assert await pace_s(streams[0]) == await pace_s(streams[RETURNS_PER_S - 1]) == 0
    assert await pace_s(streams[-1]) == 2
    for stream in streams:
        notices.close(stream)
        notices.close(stream)
    assert notices.count == 0
    assert await pace_s(opened(notices, 0)) == 3, "those who were here may all be on their way back"


async def test_the_spread_is_bounded_and_streams_that_were_ended_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_streams, "RETURNS_PER_S", 2)
    notices = NoticeService(InProcess())
    for _ in range(3 * STREAMS_PER_AGENT):
        opened(notices, 1)
    assert notices.count == STREAMS_PER_AGENT
    for number in range(2 * PACE_MOST_S + 2):
        opened(notices, number)
    assert await pace_s(opened(notices, 0)) == PACE_MOST_S
