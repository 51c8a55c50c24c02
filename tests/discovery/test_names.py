"""A name server made to hurt: a scan asks it for host names, and gets answers that are broken, by UDP and by TCP."""

from __future__ import annotations

from pathlib import Path

import pytest
from discovery_rig import hangs_up, hostile, name_server, office, resolv_conf, simulated, world

pytestmark = [pytest.mark.system, pytest.mark.anyio]

SEED = 4
GOOD = "anna"
RIGHT = "anna.floor.example"
GROWN_MIB = 64.0
IPP = 631


@pytest.mark.parametrize(
    ("scans", "names"),
    [pytest.param(1, 200, id="short"), pytest.param(21, 500, id="long", marks=pytest.mark.soak)],
)
async def test_broken_answers_cost_a_scan_their_names_and_nothing_else(tmp_path: Path, scans: int, names: int) -> None:
    async with world("floor") as land:
        desk, good, bad = await land.hosts(["desk", "good", "bad"], "floor")
        desk.resolv = resolv_conf(tmp_path, bad)
        async with (
            name_server(bad, {RIGHT: good.address}, seed=SEED) as server,
            hostile(bad, {IPP: hangs_up}) as asked,
            simulated(good, "--name", GOOD),
            office(tmp_path, [desk]) as ours,
        ):
            agent = ours.desks[desk.name]
            pid, before = agent.program.pid, agent.resident_mib
            for number in range(scans):
                wanted = [f"n{number}-{each}.floor.example" for each in range(names)]
                told = await ours.scan(wanted, by=desk.name, per_second=500)
                assert (told["progress"]["probed"], told["progress"]["found"]) == (names, 0)
            assert server.broken >= 2 * scans * names  # an IPv4 and an IPv6 address are asked for
            assert server.by_tcp
            assert asked.by_port[IPP], "what is broken least leads to an address"

            assert (await ours.scan([RIGHT], by=desk.name))["progress"]["found"] == 1
            [device] = await ours.found()
            assert (device.name, device.sightings[0].uri) == (GOOD, f"ipps://{RIGHT}:{IPP}/ipp/print")
            grown = agent.resident_mib - before
            print(
                f"{server.broken} broken answers, and {server.by_tcp} by TCP: {grown:.1f} MiB grown from {before:.1f}"
            )
            assert grown < GROWN_MIB
            assert agent.program.pid == pid
            assert "Traceback" not in agent.program.log.read_text()
