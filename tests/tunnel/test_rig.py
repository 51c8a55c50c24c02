"""The rig itself: cables do what they are told, and nothing is left behind."""

from __future__ import annotations

import socket

import pytest
import trio
from discovery_rig import Host, of_this_process, world
from rig import connected, standing_on
from tunnel_rig import Cables

pytestmark = [pytest.mark.anyio, pytest.mark.system]
PORT = 8443
NEVER = float("inf")


async def greeted(host: Host, other: Host, within_s: float) -> float:
    """How long a connection took; for ever where none came about."""
    begun = trio.current_time()
    with trio.move_on_after(within_s), standing_on(host):
        await (await connected(str(other.address), PORT)).aclose()
        return trio.current_time() - begun
    return NEVER


async def test_a_cable_is_slow_loses_and_is_cut_as_told() -> None:
    cables = Cables(7)
    async with world("home", "cloud", plug=cables.plug) as land, cables.carrying():
        host, other = await land.host("desk", "home"), await land.host("hub", "cloud")
        cables.start()
        with other.namespace.inside(lambda: socket.create_server((str(other.address), PORT))):
            cable = cables["desk"]
            cable.delay_s = 0.25
            assert 0.5 <= await greeted(host, other, 20.0) < NEVER, "there and back"
            cable.mend()
            cable.loss, before = 0.4, cable.lost
            for _ in range(4):
                await greeted(host, other, 5.0)
            assert cable.lost > before
            cable.cut = True
            assert await greeted(host, other, 0.3) == NEVER, "and nobody is told"
            cable.mend()
            assert await greeted(host, other, 20.0) < NEVER
    assert of_this_process() == []
