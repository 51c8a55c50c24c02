"""Bonjour switched off by the service owner, for everybody, while agents sweep: off means off, on the wire."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
import trio
from discovery_rig import Capture, Host, Office, Packet, capture, office, simulated, world
from portal_rig import Look, browsing

pytestmark = [pytest.mark.system, pytest.mark.anyio]

MDNS = 5353
PROMISED_S = 5.0
"""From the switch to the last socket closed."""
LISTENED_S = 13.0
"""For so long the capture is watched afterwards: a sweep asks at 0, 1 and 5 s, and begins every 15 to 16 s here."""
SWEEP_S = 17.0
"""Within so long before the switch each of them asked."""
SOON = "[discovery_bonjour]\nsweep_h = 0.001\n"


@pytest.mark.parametrize(
    ("agents", "within_s"),
    [pytest.param(3, 30.0, id="three"), pytest.param(50, PROMISED_S, id="fifty", marks=pytest.mark.soak)],
)
async def test_bonjour_off_for_everybody_closes_every_socket_and_on_opens_them_again(
    tmp_path: Path, agents: int, within_s: float
) -> None:
    """Three beside other tests prove that it is silent; fifty by themselves, how soon."""
    async with world("floor") as land:
        printer, late = await land.hosts(["printer", "late"], "floor")
        desks = await land.hosts([f"desk{number}" for number in range(agents)], "floor")
        async with (
            simulated(printer, "--name", "anna", "--announce"),
            # Before the agents start: they ask within their first five seconds, and then only listen.
            capture(land.router, lambda packet: packet.of(MDNS)) as taken,
            office(tmp_path, desks, settings=SOON) as ours,
        ):
            names = {desk.name for desk in desks}
            pids = {name: desk.program.pid for name, desk in ours.desks.items()}
            await ours.until("everybody to see the printer", lambda: seen_by(ours, names))
            assert all(MDNS in ports_of(desk) for desk in desks)

            began = time.time()
            await ours.switch("discovery.bonjour", "off")
            await ours.until("no socket at 5353", lambda: closed(desks), timeout_s=within_s)
            silent_from = time.time()
            print(f"{agents} agents: the last socket closed after {silent_from - began:.2f} s")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep, LISTENED_S)
                nursery.start_soon(trio.to_thread.run_sync, the_portal_says_who, ours)
            assert said(taken, desks, since=silent_from) == []
            asked = {packet.port for packet in said(taken, desks, since=began - SWEEP_S)}
            assert asked == {desk.port for desk in desks}, "all of them were sweeping, and the capture hears each"
            assert max(await sweeps(ours)) < silent_from, "what ended before may be told a little later, no more"

            await ours.switch("discovery.bonjour", None)
            async with simulated(late, "--name", "berta", "--announce"):
                await ours.until("everybody to see another", lambda: seen_by(ours, names, "berta"))
            assert {name: desk.program.pid for name, desk in ours.desks.items()} == pids


def the_portal_says_who(ours: Office) -> None:
    """Looks at the page of devices as the tenant's administrator."""
    with browsing(ours.hub.url) as opened:
        here = opened(Look(name="laptop"))
        here.sign_in("administrator@fleet.example")
        here.go("/devices")
        here.page.locator("main").get_by_text("Bonjour is switched off for everybody by the service owner").wait_for()


def ports_of(desk: Host) -> set[int]:
    return desk.namespace.udp_ports()


async def closed(desks: Iterable[Host]) -> bool:
    """Whether nothing in their namespaces is bound to the port."""
    return not any(MDNS in ports_of(desk) for desk in desks)


def said(taken: Capture, desks: Iterable[Host], *, since: float) -> list[Packet]:
    """What these sent."""
    return taken.udp(MDNS, since=since, ports=frozenset(desk.port for desk in desks))


async def seen_by(ours: Office, names: set[str], printer: str = "anna") -> bool:
    found = [one for one in await ours.found() if one.name == printer]
    return len(found) == 1 and found[0].seen >= {(name, "bonjour") for name in names}


async def sweeps(ours: Office) -> list[float]:
    """When the last sweep by Bonjour of each ended, on the clock of `time.time`."""
    ends = [at for (_, method), (at, _) in (await ours.sweeps()).items() if method == "bonjour"]
    return [dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC).timestamp() for at in ends]
