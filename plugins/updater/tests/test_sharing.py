"""Machines that share what they fetched: a folder that is a repository for others, and a port that gives no more."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import pytest
import trio
from desk_rig import Machine, Workshop, machine
from service_rig import SETTINGS, WAIT_S, Running, served, service

from tympan.testing import FakeHost
from tympan_net.http_server import Request
from tympan_updater._sharing import SharingService, _answer
from tympan_updater._sources import FolderSource

pytestmark = pytest.mark.anyio


async def test_what_was_fetched_is_a_repository_for_others(workshop: Workshop, desk: Machine, tmp_path: Path) -> None:
    async with service(desk, repository=str(workshop.public)) as running:
        await running.noted("ordered")
        other = machine(tmp_path / "other", workshop.root)
        other.update(FolderSource(running.folder, "mirror"))
        assert other.current == "1.1.0"


async def test_a_machine_near_by_hands_on_what_it_fetched(workshop: Workshop, desk: Machine, tmp_path: Path) -> None:
    async with service(desk, repository=str(workshop.public)) as first:
        await first.noted("ordered")
        port = await _shared(first)
        asked: list[str] = []
        async with served(workshop.public, asked) as address:
            other = machine(tmp_path / "other", workshop.root)
            near = f"http://127.0.0.1:{port}/"
            async with service(other, repository=address, peers=[near]) as second:
                await second.noted("ordered")
        assert any("metadata" in path for path in asked)
        assert not any("targets/agent" in path for path in asked)
        first.host.offered.clear()


async def test_the_sharing_service_gives_nothing_but_the_repository(workshop: Workshop, desk: Machine) -> None:
    async with service(desk, repository=str(workshop.public)) as running:
        await running.noted("ordered")
        port = await _shared(running)
        for path, status in (
            ("metadata/timestamp.json", 200),
            ("order.json", 404),
            ("metadata/../order.json", 404),
            ("", 404),
        ):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            async with stream:
                await stream.send_all(f"GET /{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                head = await stream.receive_some(64)
            assert head.split()[1] == str(status).encode(), path


async def test_attack_whoever_asks_and_leaves_before_the_answer_keeps_no_file_open(
    workshop: Workshop,
) -> None:
    target, nobody = "/metadata/timestamp.json", cast(Any, None)  # neither who asks nor a body is looked at
    before = _open_files()
    for _ in range(10):
        asked = Request(method="GET", target=target, headers=(), peer=nobody, secure=False, source=nobody)
        answer = await _answer(asked, workshop.public)
        assert answer.status == 200
        assert isinstance(answer.body, AsyncGenerator)
        await answer.body.aclose()  # as the server does when it cannot send
    assert _open_files() == before


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _shared(running: Running) -> int:
    running.host.settings = FakeHost(settings={**SETTINGS, "share_addresses": ["127.0.0.1"]}).settings
    trio.lowlevel.spawn_system_task(_share, running.host)
    with trio.fail_after(WAIT_S):
        while "shared at" not in running.host.noted:
            await trio.sleep(0.01)
    return int(running.host.noted.rpartition(":")[2])


async def _share(host: FakeHost) -> None:
    with trio.move_on_after(WAIT_S):
        await SharingService().run(host)
