"""Many devices that many agents see: each is one at the hub, and what did not change is not told again."""

from __future__ import annotations

from pathlib import Path

import pytest
from discovery_rig import Office, capture, office, simulated, world

pytestmark = [pytest.mark.system, pytest.mark.anyio]

MDNS = 5353
SETTINGS = "[discovery_bonjour]\nsweep_h = {}\n[transport_https]\necho_interval_s = 600\n"
REPORT_BYTES = 8_000
"""All that an agent sends the hub meanwhile, everything counted; sixty sightings are ten times that."""
REPORTS = "/agent/v1/reports"
FOUND_S = 600.0


@pytest.mark.parametrize(
    ("devices", "agents", "sweep_h"),
    [pytest.param(30, 3, 0.001, id="30x3"), pytest.param(500, 20, 0.05, id="500x20", marks=pytest.mark.soak)],
)
async def test_each_device_is_one_and_a_sweep_without_news_costs_one_report(
    tmp_path: Path, devices: int, agents: int, sweep_h: float
) -> None:
    """Each sweep asks every device: 500 by 20 agents are two minutes of one processor core, with the devices' part."""
    async with world("floor") as land:
        printers = await land.host("printers", "floor")
        desks = await land.hosts([f"desk{number}" for number in range(agents)], "floor")
        async with (
            simulated(printers, "--count", str(devices), "--announce"),
            office(tmp_path, desks, settings=SETTINGS.format(sweep_h)) as ours,
            capture(land.router, lambda packet: packet.of(MDNS)) as taken,
        ):
            names = frozenset(desk.name for desk in desks)
            await ours.until("everybody to see them all", lambda: all_seen(ours, devices, names), timeout_s=FOUND_S)
            await swept_anew(ours, names)  # by then all is read and told
            before, busy_s, packets = ours.lines.total, processor_s(ours), len(taken.packets)
            await swept_anew(ours, names)
            after = ours.lines.total
            requests, sent = after.requests[REPORTS] - before.requests[REPORTS], after.sent - before.sent
            print(
                f"{devices} devices, {agents} agents, one more sweep each: {requests} reports of {sent} bytes in all, "
                f"{(processor_s(ours) - busy_s) / agents:.2f} s of processor time an agent, "
                f"{(len(taken.packets) - packets) / agents:.0f} packets of mDNS an agent, answers among them"
            )
            assert agents <= requests <= 3 * agents  # who is quick sweeps twice until the last one has
            assert sent <= REPORT_BYTES * agents
            assert await all_seen(ours, devices, names)
            assert taken.lost == 0


async def all_seen(ours: Office, devices: int, names: frozenset[str]) -> bool:
    """Whether there are just so many devices, each seen by everybody."""
    found = await ours.found()
    return len(found) == devices and all(one.seen >= {(name, "bonjour") for name in names} for one in found)


async def swept_anew(ours: Office, names: frozenset[str]) -> None:
    """Waits until everybody told of another sweep."""
    before = await ours.sweeps()

    async def again() -> bool:
        now = await ours.sweeps()
        return all(now.get((name, "bonjour")) != before.get((name, "bonjour")) for name in names)

    await ours.until("another sweep of everybody", again, timeout_s=FOUND_S)


def processor_s(ours: Office) -> float:
    """Processor time of all agents."""
    return sum(desk.cpu_s for desk in ours.desks.values())
