"""Devices that change while they are watched: moved by DHCP, cloned, away for a while; agents and scans begun anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from discovery_rig import Office, office, simulated, world

pytestmark = [pytest.mark.system, pytest.mark.anyio]

DESK, MOVES = "desk", "moves"


async def test_a_scan_stops_when_told_and_goes_on_where_it_was_in_an_agent_begun_anew(tmp_path: Path) -> None:
    async with world("floor") as land:
        desk, printer = await land.hosts([DESK, "printer"], "floor")
        async with office(tmp_path, [desk]) as ours, simulated(printer, "--name", MOVES):
            begun = await ours.post("scans", {"targets": [f"{land['floor'].network[0]}/24"], "per_second": 10})
            path = f"scans/{begun['id']}"
            before = await ours.until("the scan to be amid", lambda: amid(ours, path, least=20))
            await ours.desks[DESK].program.kill9()
            await ours.desks[DESK].start()
            after = await ours.until("the scan to go on", lambda: amid(ours, path, least=before + 10))
            assert after < 200  # it did not begin anew, and is not through by itself

            await ours.post(f"{path}/stop")
            await ours.scan_until(begun["id"], "stopped")
            assert (await ours.get(path))["progress"]["probed"] < 254


async def amid(ours: Office, path: str, *, least: int) -> int:
    """How many addresses a scan has done, once they are enough."""
    probed = int((await ours.get(path))["progress"]["probed"])
    return probed if probed >= least else 0
