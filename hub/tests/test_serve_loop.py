"""The loop that the hub serves on."""

from __future__ import annotations

import asyncio

import uvloop

from tympan_hub.cli.server import run


def test_the_hub_serves_on_the_fast_loop() -> None:
    seen: list[asyncio.AbstractEventLoop] = []

    async def serving() -> None:
        seen.append(asyncio.get_running_loop())

    run(serving())
    assert isinstance(seen[0], uvloop.Loop)
