"""Devices of two subnets, found by the agents in each: by the right agent, by the right method, and each once.

On the floor stands a printer that says of itself by Bonjour and by WSD, and one by Bonjour alone; in the yard one by
WSD alone, and one that says nothing. Multicast ends at the router between them, a scan does not.
"""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from discovery_rig import Device, Eve, Office, avahi, eve, office, responder, simulated, world, wsdd
from rig import run

pytestmark = [pytest.mark.system, pytest.mark.anyio]

NEAR, FAR = "near", "far"
BOTH, BONJOUR, WSD, SILENT = "Eve", "anna", "willi", "stumm"


async def test_each_is_found_by_who_can_hear_it_and_a_scan_goes_where_multicast_does_not(tmp_path: Path) -> None:
    async with world("floor", "yard") as land:
        near, printer, announced, pc = await land.hosts([NEAR, "printer", "announced", "pc"], "floor")
        far, by_wsd, silent = await land.hosts([FAR, "by-wsd", "silent"], "yard")
        async with (
            avahi(printer) as at_printer,
            eve(at_printer, name=BOTH) as both,
            simulated(announced, "--name", BONJOUR, "--announce"),
            simulated(by_wsd, "--name", WSD),
            simulated(silent, "--name", SILENT),
            responder(Device(host=printer, id=await uuid_of(both), name="Eve by WSD")),
            responder(Device(host=by_wsd, name="Willi by WSD", tells_where=False)),
            wsdd(pc),
            office(tmp_path, [near, far]) as ours,
        ):
            floor = {BOTH: {(NEAR, "bonjour"), (NEAR, "wsd")}, BONJOUR: {(NEAR, "bonjour")}}
            heard = {**floor, WSD: {(FAR, "wsd")}}
            await ours.until("what can be heard to be known", lambda: found_so(ours, heard))

            ranges = [f"{land[name].network[0]}/28" for name in ("floor", "yard")]
            for agent in (NEAR, FAR):
                assert (await ours.scan(ranges, by=agent))["progress"]["found"] == 4
            scans = {(NEAR, "ippscan"), (FAR, "ippscan")}
            scanned = {name: by | scans for name, by in {**heard, SILENT: set()}.items()}
            await ours.until("what was scanned to be known", lambda: found_so(ours, scanned))
            [twice] = [one for one in await ours.found() if one.name == BOTH]
            assert twice.mac == printer.mac


async def test_devices_of_ipv6_alone_are_heard_on_their_link_and_scanned_from_another(tmp_path: Path) -> None:
    async with world("floor", "yard") as land:
        near, announced, by_wsd = await land.hosts([NEAR, "announced", "by-wsd"], "floor")
        far = await land.host(FAR, "yard")
        for printer in (announced, by_wsd):
            printer.namespace.ip(f"addr del {printer.address}/{printer.subnet.network.prefixlen} dev eth0")
        async with (
            simulated(announced, "--name", BONJOUR, "--announce", address=str(announced.address_v6)),
            simulated(by_wsd, "--name", WSD, address="::"),  # it is asked at its address of the link
            responder(Device(host=by_wsd, name="Willi by WSD")),
            office(tmp_path, [near, far]) as ours,
        ):
            heard = {BONJOUR: {(NEAR, "bonjour")}, WSD: {(NEAR, "wsd")}}
            await ours.until("them to be heard", lambda: found_so(ours, heard))
            assert (await ours.scan([f"{near.subnet.network_v6[0]}/125"], by=FAR))["progress"]["found"] == 2
            both = {name: {*by, (FAR, "ippscan")} for name, by in heard.items()}
            await ours.until("them to be scanned", lambda: found_so(ours, both))


async def uuid_of(printer: Eve) -> UUID:
    """What a printer calls itself: its WSD endpoint is usually the same."""
    asked = ["ipptool", "-tv", printer.uri, "get-printer-attributes.test"]
    told = re.search(r"printer-uuid \(uri\) = urn:uuid:(\S+)", await run(printer.host.argv(*asked)))
    assert told is not None
    return UUID(told[1])


async def found_so(ours: Office, wanted: dict[str, set[tuple[str, str]]]) -> bool:
    """Whether exactly these devices are known, seen by these agents by these methods."""
    return {one.name: one.seen for one in await ours.found()} == wanted
