"""A hostile network against a running agent and the portal: nothing crashes, hangs, grows without bound or executes.

Everything comes from one host: broken mDNS and WS-Discovery, names that are markup and control characters, a crowd of
devices that are not there, and services that never end, crawl, or lead elsewhere. A printer stands beside all this, and
is printed on meanwhile.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from ipaddress import IPv4Address
from itertools import islice
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from discovery_rig import (
    MARKUP,
    WAYS,
    Asked,
    Desk,
    Device,
    Host,
    Office,
    announced,
    breaks,
    broken,
    crowd,
    hostile,
    message,
    office,
    redirects,
    responder,
    shouted,
    simulated,
    world,
)
from portal_rig import Look, browsing

pytestmark = [pytest.mark.system, pytest.mark.anyio]

DOCUMENT = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"
GOOD = "anna"
CROWD = 10_000
GROWN_MIB = 64.0
"""How much an agent may grow by all of it; see the figures in the guide of benchmarks."""
SEED = 4
SOON = "[discovery_bonjour]\nsweep_h = 0.001\n[discovery_wsd]\ninterval_s = 5\n"
FIRST_PORT, FIRST_PLACE = 8001, 9001
WSD_GROUP, WSD_PORT = "239.255.255.250", 3702
ADMINISTRATOR = "administrator@fleet.example"


@pytest.mark.parametrize(
    "packets", [pytest.param(1_500, id="short"), pytest.param(20_000, id="long", marks=pytest.mark.soak)]
)
async def test_an_agent_and_its_portal_withstand_a_hostile_network(tmp_path: Path, packets: int) -> None:
    async with world("floor") as land:
        desk, good, bad, lure = await land.hosts(["desk", "good", "bad", "lure"], "floor")
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            ours = await enter(office(tmp_path, [desk], settings=SOON))
            agent = ours.desks[desk.name]
            await enter(simulated(good, "--name", GOOD, "--announce"))
            lured = await enter(hostile(lure, {80: WAYS[0], 631: WAYS[0]}))
            asked = await enter(hostile(bad, ways(lure)))
            bad.also(places := [bad.subnet.network[FIRST_PLACE + number] for number in range(len(MARKUP))])
            soap = await enter(responder(Device(host=bad, name=MARKUP[0], answer=partial(breaks, random.Random(SEED)))))
            await ours.until("the good printer to be known", lambda: known(ours, GOOD))
            await agent.tympan("printers", "add", "Good", "--uri", f"ipp://{good.address}:631/ipp/print/{GOOD}")
            await ours.until("the agent to reach it", lambda: reached(agent))
            pid, before = agent.program.pid, agent.resident_mib

            await shouted(bad, lures(places))
            await ours.until("every service of the bad host to be asked", lambda: was_asked(asked))
            await ours.until("a name that is markup to be known", lambda: named(ours, MARKUP[0]))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(prints, agent)
                await shouted(bad, lies(bad, packets))
                await shouted(bad, islice(broken_hellos(soap), packets), WSD_GROUP, WSD_PORT)
            await ours.until("the agent to have dropped nearly all of it", lambda: dropped(agent, packets))
            await ours.until("what was dropped to be told", lambda: told_of(ours))
            assert "Probe" in soap.asked
            await ours.until("the good printer to stay known", lambda: known(ours, GOOD))
            await prints(agent)

            grown = agent.resident_mib - before
            print(f"{packets} broken packets of each kind and {CROWD} fakes: {grown:.1f} MiB grown from {before:.1f}")
            assert agent.program.pid == pid
            assert grown < GROWN_MIB
            assert "Traceback" not in agent.program.log.read_text()
            assert not lured.by_port
            assert not asked.held.total()
            assert await trio.to_thread.run_sync(faults_in_the_portal, ours) == []


def ways(lure: Host) -> dict[int, Any]:
    """What is behind each port of the bad host."""
    astray = [redirects(f"http://{lure.address}/ipp/print"), redirects("http://127.0.0.1:39149/api/v1/jobs")]
    return dict(enumerate([*WAYS, *astray], FIRST_PORT))


def lures(places: Sequence[IPv4Address]) -> Iterator[bytes]:
    """Devices with names that are markup, each at another address and with another hostile service behind it."""
    for number, (name, place) in enumerate(zip(MARKUP, places, strict=True)):
        txt = {"UUID": str(uuid.UUID(int=number + 1))}
        for each in (name, f"Liar {number}")[: 1 if name.isprintable() else 2]:  # control characters are not believed
            yield message(*announced(each, place, port=FIRST_PORT + number, host=b"liar%d" % number, txt=txt))


def lies(bad: Host, packets: int) -> Iterator[bytes]:
    """Packets that are broken, and a crowd."""
    yield from islice(broken(random.Random(SEED), bad.address), packets)
    yield from crowd(CROWD, bad.address)


def broken_hellos(device: Device) -> Iterator[bytes]:
    """Messages of WS-Discovery without end, hardly one of them right."""
    dice = random.Random(SEED)
    while True:
        told = attrs.evolve(device, id=uuid.UUID(int=dice.getrandbits(128)))
        yield from breaks(dice, b"", told.hello())


async def known(ours: Office, name: str) -> bool:
    """Whether a device is in view and was read."""
    return any(one.name == name and one.seen and one.read for one in await ours.found())


async def named(ours: Office, name: str) -> bool:
    """Whether there is a device that calls itself so."""
    return any(one.name == name for one in await ours.found())


async def reached(agent: Desk) -> bool:
    """Whether the agent has seen its printer."""
    return any((row["device"] or {}).get("reachable") for row in await agent.told("printers", "list"))


async def prints(agent: Desk) -> None:
    """A document, to its end."""
    await agent.tympan("print", str(DOCUMENT), "--printer", "good", "--wait")


async def was_asked(asked: Asked) -> bool:
    """Whether the agent met each way: it asked there for the attributes of a printer."""
    return len(+asked.requests) == len(MARKUP)


async def dropped(agent: Desk, packets: int) -> bool:
    """Whether the agent counted what it dropped: a good part of the crowd, after which it closes its ears for a while,
    and most of what was said by WS-Discovery.
    """
    told = {one["method"]: one["dropped"] for one in (await agent.told("devices"))["discoveries"]}
    return bool(told["bonjour"] >= CROWD / 10 and told["wsd"] >= packets / 2)


async def told_of(ours: Office) -> bool:
    """Whether the hub knows that something was dropped."""
    return any(count > 0 for count in (await ours.dropped()).values())


def faults_in_the_portal(ours: Office) -> list[str]:
    """What the browser complains of, or does that it should not, on the pages of devices."""
    faults: list[str] = []
    with browsing(ours.hub.url) as opened:
        here = opened(Look(name="laptop"))
        here.page.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))
        here.page.on("request", lambda asked: faults.extend([asked.url] * (not asked.url.startswith(ours.hub.url))))
        here.sign_in(ADMINISTRATOR)
        here.go("/devices?q=script")
        assert here.page.locator("main").get_by_text(MARKUP[0]).count()
        for page in ("/devices", "/devices?page=2", "/devices?q=svg", "/devices/scans", "/devices/reach"):
            here.go(page)
        for link in here.page.locator("main a[href^='/devices/']").all()[:3]:
            here.go(link.get_attribute("href"))
        return [*faults, *here.complaints]
