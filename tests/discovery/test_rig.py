"""The rig itself: multicast ends at a subnet's border, unicast does not, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio
from discovery_rig import Device, avahi, capture, eve, of_this_process, office, responder, seen, until_seen, world, wsdd
from rig import run, wait_until

pytestmark = pytest.mark.system

LEAVES_A_WORLD = """
import sys, trio
from discovery_rig import of_this_process, world
async def main():
    async with world("floor") as land:
        host = await land.host("desk", "floor")
        import subprocess
        subprocess.Popen(host.argv("sleep", "600"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        print(*of_this_process(), flush=True)
        await trio.sleep_forever()
trio.run(main)
"""


@pytest.mark.anyio
async def test_a_printer_is_seen_on_its_subnet_alone_and_reached_from_everywhere() -> None:
    async with world("floor", "yard") as land, capture(land.router) as taken:
        hosts = [await land.host(name, on) for name, on in (("eve", "floor"), ("desk", "floor"), ("far", "yard"))]
        async with (
            avahi(hosts[0]) as at_eve,
            avahi(hosts[1]) as near,
            avahi(hosts[2]) as far,
            eve(at_eve, name="Eve of the floor") as printer,
        ):
            await until_seen(near, printer.name)
            assert await near.ask("ippfind", "-T", "2") == "ipp://eve.local:631/ipp/print\n"
            assert await seen(far) == set()
            for address in (printer.host.address, f"[{printer.host.address_v6}]"):
                asked = ["ipptool", "-t", f"ipp://{address}:631/ipp/print", "get-printer-attributes.test"]
                for host in hosts[1:]:
                    assert "PASS" in await run(host.argv(*asked))
    senders = {packet.port for packet in taken.udp(5353)}
    assert senders == {host.port for host in hosts}
    assert taken.lost == 0
    assert of_this_process() == []


def test_what_a_killed_test_left_is_removed_by_the_next() -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    dead = subprocess.Popen([sys.executable, "-c", LEAVES_A_WORLD], env=env, stdout=subprocess.PIPE, text=True)
    assert dead.stdout is not None
    left = set(dead.stdout.readline().split())
    assert len(left) == 2
    dead.send_signal(signal.SIGKILL)
    dead.wait()
    assert left <= all_of_them()
    trio.run(a_world)
    assert not left & all_of_them()


def all_of_them() -> set[str]:
    return {path.name for path in Path("/run/netns").iterdir()}


async def a_world() -> None:
    async with world("floor"):
        pass


@pytest.mark.anyio
async def test_a_hand_written_device_and_debians_wsdd_find_each_other_on_a_subnet_alone() -> None:
    async with world("floor", "yard") as land:
        ours = Device(host=await land.host("printer", "floor"), types="dp:Device", name="A & B")
        asking, far = await land.host("pc", "floor"), await land.host("far", "yard")
        async with responder(ours), wsdd(asking, "-D") as near, wsdd(far, "-D") as away:

            async def met() -> bool:
                return str(ours.id) in near.log.read_text()

            await wait_until(met, "wsdd to find the device", timeout_s=30)
            assert "Probe" in ours.asked
            assert str(ours.id) not in away.log.read_text()


@pytest.mark.anyio
@pytest.mark.soak  # the tests beside it stand on this anyway
async def test_agents_of_a_world_reach_their_hub(tmp_path: Path) -> None:
    async with world("floor", "yard") as land:
        hosts = [await land.host("desk", "floor"), await land.host("far", "yard")]
        async with office(tmp_path, hosts) as ours:
            agents = await ours.all("agents")
            assert {agent["name"] for agent in agents} == {"desk", "far"}
            assert all(traffic.sent for traffic in ours.lines.by_host.values())
