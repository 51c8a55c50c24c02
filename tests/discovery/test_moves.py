"""Devices that change while they are watched: moved by DHCP, cloned, away for a while; agents and scans begun anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from discovery_rig import Found, Office, office, simulated, world

pytestmark = [pytest.mark.system, pytest.mark.anyio]

DESK, MOVES = "desk", "moves"
CLONED = "5f1c7a52-0000-4000-8000-00000000c10e"
SINCE_KEPT = 40
"""Addresses a crash makes it ask again: those of the two seconds between two cursors, and of the waits under way."""
SOON = "[discovery_bonjour]\nsweep_h = 0.001\n"


async def test_a_device_stays_itself_where_it_moves_and_two_clones_stay_two(tmp_path: Path) -> None:
    async with world("floor") as land:
        desk, printer, one, other = await land.hosts([DESK, "printer", "one", "other"], "floor")
        async with office(tmp_path, [desk], settings=SOON) as ours:
            async with simulated(printer, "--name", MOVES, "--announce"):
                [before] = await known(ours, MOVES)
            printer.move(printer.subnet.network[200])
            async with (
                simulated(printer, "--name", MOVES, "--announce"),
                simulated(one, "--name", "dolly", "--uuid", CLONED, "--announce"),
                simulated(other, "--name", "polly", "--uuid", CLONED, "--announce"),
            ):
                [dolly], [polly] = await known(ours, "dolly"), await known(ours, "polly")
                assert (dolly.uuid, polly.uuid) == (CLONED, CLONED)
                assert (dolly.mac, polly.mac) == (one.mac, other.mac)
                [after] = await known(ours, MOVES, place=str(printer.address))
                assert after.id == before.id

                ids = {each.id for each in await ours.found()}
                await ours.desks[DESK].program.kill9()
                await ours.desks[DESK].start()
                await swept_anew(ours)
                assert {each.id for each in await ours.found()} == ids


async def test_a_scan_stops_when_told_and_goes_on_where_it_was_in_an_agent_begun_anew(tmp_path: Path) -> None:
    async with world("floor") as land:
        desk, printer = await land.hosts([DESK, "printer"], "floor")
        async with office(tmp_path, [desk]) as ours, simulated(printer, "--name", MOVES):
            begun = await ours.post("scans", {"targets": [f"{land['floor'].network[0]}/24"], "per_second": 10})
            path = f"scans/{begun['id']}"
            before = await ours.until("the scan to be amid", lambda: amid(ours, path, []), timeout_s=60)
            await ours.desks[DESK].program.kill9()
            await ours.desks[DESK].start()
            told: list[int] = []
            after = await ours.until("the scan to go on", lambda: amid(ours, path, told, least=before + 10))
            assert after < 200  # it is not through by itself
            assert min(told) >= before - SINCE_KEPT, f"it began anew: {told}"

            await ours.post(f"{path}/stop")
            await ours.scan_until(begun["id"], "stopped")
            assert (await ours.get(path))["progress"]["probed"] < 254


async def amid(ours: Office, path: str, told: list[int], *, least: int = 60) -> int:
    """How many addresses a scan has done, once they are enough; adds what is told meanwhile."""
    told.append(int((await ours.get(path))["progress"]["probed"]))
    return told[-1] if told[-1] >= least else 0


async def known(ours: Office, name: str, *, place: str = "") -> list[Found]:
    """The devices of a name in view, once there is one, read, and where it shall be."""

    async def there() -> list[Found]:
        found = [one for one in await ours.found() if one.name == name and one.seen and one.read]
        return found if all(place in ("", one.place) for one in found) else []

    devices: list[Found] = await ours.until(f"{name} to be known {place}", there)
    return devices


async def swept_anew(ours: Office) -> None:
    """Waits for a sweep that ends after now."""
    before = (await ours.sweeps())[DESK, "bonjour"]

    async def again() -> bool:
        return (await ours.sweeps())[DESK, "bonjour"] != before

    await ours.until("another sweep", again)
