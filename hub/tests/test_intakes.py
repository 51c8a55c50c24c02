"""What agents tell of devices is bounded: by methods, by rows, by room, and it keeps no job waiting."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench, job_report, report
from test_sightings import boss, devices, sight, told

from tympan_hub.domain.devices import DeviceFilter
from tympan_hub.domain.errors import Unavailable
from tympan_hub.domain.ids import JobId
from tympan_hub.service import device_reports, intakes, sightings
from tympan_wire.hub import SweepReport

pytestmark = pytest.mark.anyio


async def test_an_agent_has_so_many_methods_and_no_more(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, *(sight(number, method=f"m{number}") for number in range(1, 11)))
    await told(agent, *(SweepReport(method=f"s{number}", at=BIRTH, in_view=0) for number in range(1, 11)))
    found = await hub.services.devices.find(tenant, boss(tenant), DeviceFilter())
    assert len(found.methods) == 8
    assert found.total == 8
    [dropped] = await hub.services.devices.dropped(tenant, boss(tenant))
    assert dropped.intake.strange == 12


async def test_sightings_that_ended_first_make_room_for_an_agents_new_ones(
    hub: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sightings, "SIGHTINGS_KEPT", 4)
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    for number in range(1, 9):
        await told(agent, sight(number))
        await told(agent, attrs.evolve(sight(number), in_view=False))
        hub.clock.forward(seconds=1)
    await told(agent, sight(9))
    async with hub.units.reading() as unit:
        every = await unit.sightings.of_devices(tenant, [one.id for one in await devices(hub, tenant)], 99)
    assert len(every) == 4
    assert "p9" in {one.trace.name.key for one in every}


async def test_a_full_tenant_makes_room_with_what_nobody_sees(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakes, "DEVICES", 4)
    monkeypatch.setattr(intakes, "ROOM_AT_ONCE", 1)
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, *(sight(number) for number in range(1, 5)))
    kept = {one.name: one.id for one in await devices(hub, tenant)}
    await hub.services.printers.add(
        tenant, boss(tenant), name="Lobby", uri="ipp://192.0.2.1/ipp/print", device=kept["Printer 1"]
    )
    await hub.services.devices.ignore(tenant, boss(tenant), kept["Printer 2"], ignored=True)
    await told(agent, *(attrs.evolve(sight(number), in_view=False) for number in range(1, 4)))
    await told(agent, sight(5), sight(6))
    left = {one.name for one in await devices(hub, tenant)}
    assert {"Printer 1", "Printer 2", "Printer 4"} < left
    assert "Printer 3" not in left
    assert len(left) == 4
    [dropped] = await hub.services.devices.dropped(tenant, boss(tenant))
    assert dropped.intake.no_room == 1


async def test_told_again_and_sweeps_count_against_the_hour(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakes, "SIGHTINGS_PER_HOUR", 3)
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight())
    await told(agent, sight())
    await told(agent, SweepReport(method="bonjour", at=BIRTH, in_view=1))
    await told(agent, sight(), SweepReport(method="bonjour", at=BIRTH, in_view=1))
    [dropped] = await hub.services.devices.dropped(tenant, boss(tenant))
    assert dropped.intake.too_fast == 2


async def test_no_job_waits_for_devices_and_nobody_waits_in_a_unit(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = await hub.tenant()
    first, second = await hub.agent(tenant, "desk-1"), await hub.agent(tenant, "desk-2")
    begun, go_on, taking = asyncio.Event(), asyncio.Event(), 0
    take = sightings.take_sightings

    async def slow(*arguments: Any) -> None:
        nonlocal taking
        taking += 1
        begun.set()
        await go_on.wait()
        await take(*arguments)

    monkeypatch.setattr(device_reports, "take_sightings", slow)
    jobs = [uuid.UUID(int=1), uuid.UUID(int=2)]
    batches = [
        asyncio.create_task(agent.report(report(sight()), report(job_report(job))))
        for agent, job in zip((first, second), jobs, strict=True)
    ]
    await asyncio.wait_for(begun.wait(), 10)
    async with hub.units.reading() as unit:
        assert set(await unit.jobs.known(tenant, [JobId(job) for job in jobs])) & set(jobs)
    assert taking == 1
    go_on.set()
    assert [len(receipt.taken) for receipt in await asyncio.gather(*batches)] == [2, 2]
    assert [device.in_view for device in await devices(hub, tenant)] == [2]


async def test_a_receipt_names_what_is_durable_when_devices_must_wait(
    hub: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    job, seen = report(job_report(uuid.UUID(int=1))), report(sight())

    async def busy(*_: Any) -> None:
        raise Unavailable("the database does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(device_reports, "take_sightings", busy)
        assert (await agent.report(seen, job)).taken == (job.id,)
    assert await devices(hub, tenant) == ()
    assert (await agent.report(seen, job)).taken == (job.id, seen.id)
    assert len(await devices(hub, tenant)) == 1
