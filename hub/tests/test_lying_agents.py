"""Agents that lie of devices, or of the time: they take no device, no printer and no job from those who do not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, report

from tympan_hub.domain.devices import Device, DeviceFilter
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import DeviceId, TenantId
from tympan_hub.domain.people import Actor, Role
from tympan_wire.device import Description
from tympan_wire.hub import SightingReport

pytestmark = pytest.mark.anyio
UUID = "5a1e0f6c-52ad-4d1e-9c1f-00155d4e1a01"
LONG_AGO = BIRTH - dt.timedelta(days=25 * 365)
TRUE, FALSE = "ipp://192.0.2.5/ipp/print", "ipps://192.0.2.66/ipp/print"
PIN, OTHER = "a" * 64, "e" * 64


def sight(uri: str = TRUE, *, key: str = "p", serial: str = "", uuid: str = "", **told: Any) -> SightingReport:
    """A device at an address."""
    where = uri.split("/")[2]
    described = Description(make_and_model="Contoso 9000", serial=serial, uuid=uuid, formats=("image/urf",))
    values = {"method": "bonjour", "key": key, "seen_at": BIRTH, "addresses": (where,), **told}
    return SightingReport(uri=uri, description=described, **values)


def boss(tenant: TenantId) -> Actor:
    return Actor(label="boss", tenant=tenant, role=Role.ADMINISTRATOR)


async def told(agent: RemoteAgent, *reports: SightingReport) -> None:
    assert (await agent.report(*map(report, reports))).refused == ()


async def devices(hub: Bench, tenant: TenantId) -> tuple[Device, ...]:
    async with hub.units.reading() as unit:
        return await unit.devices.find(tenant, DeviceFilter())


async def printer(hub: Bench, tenant: TenantId, device: DeviceId, uri: str, fingerprint: str = "") -> str:
    add = hub.services.printers.add
    made = await add(tenant, boss(tenant), name="Lobby", uri=uri, fingerprint=fingerprint, device=device)
    return made.id


async def test_who_dates_its_word_back_does_not_take_the_device_and_its_printer(hub: Bench) -> None:
    tenant = await hub.tenant()
    honest, evil = await hub.agent(tenant, "honest"), await hub.agent(tenant, "evil")
    await told(honest, sight(uuid=UUID))
    [device] = await devices(hub, tenant)
    made = await printer(hub, tenant, device.id, TRUE)
    await told(evil, sight(FALSE, uuid=UUID, seen_at=LONG_AGO))
    [joined] = await devices(hub, tenant)
    assert (joined.id, joined.first_seen_at) == (device.id, device.first_seen_at)
    await told(evil, sight("ipps://192.0.2.67/ipp/print", key="other", uuid=UUID, seen_at=LONG_AGO))  # a clone, then
    assert len(await devices(hub, tenant)) == 3
    shown = await hub.services.devices.get(tenant, boss(tenant), device.id)
    assert [one.uri for one in shown.sightings] == [TRUE]
    assert [one.printer for one in shown.printers] == [made]


async def test_the_time_an_agent_tells_is_kept_within_bounds(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight(uuid=UUID, seen_at=LONG_AGO))
    [device] = await devices(hub, tenant)
    [seen] = (await hub.services.devices.get(tenant, boss(tenant), device.id)).sightings
    assert seen.trace.first_seen_at == device.first_seen_at >= BIRTH
    assert seen.trace.seen_at >= BIRTH - dt.timedelta(days=30)


async def test_one_agent_among_many_does_not_set_the_address_a_printer_is_made_with(hub: Bench) -> None:
    tenant = await hub.tenant()
    evil = await hub.agent(tenant, "evil")
    await told(evil, sight(FALSE, serial="SN-4711", fingerprint=OTHER))
    for number in range(3):
        await told(await hub.agent(tenant, f"honest-{number}"), sight(serial="SN-4711"))
    [device] = await devices(hub, tenant)
    shown = await hub.services.devices.get(tenant, boss(tenant), device.id)
    assert (shown.uri, shown.fingerprint) == (TRUE, "")


async def test_a_crowd_of_lies_of_one_agent_hides_nobody_elses_word(hub: Bench) -> None:
    tenant = await hub.tenant()
    for number in range(2):
        await told(await hub.agent(tenant, f"honest-{number}"), sight(serial="SN-4711"))
    evil = await hub.agent(tenant, "evil")
    await told(evil, *(sight(FALSE, key=f"{number}", serial="SN-4711") for number in range(120)))
    [device] = await devices(hub, tenant)
    assert (await hub.services.devices.get(tenant, boss(tenant), device.id)).uri == TRUE


async def test_a_printer_goes_to_an_address_nobody_proved_only_by_who_knows_that_and_with_its_certificate(
    hub: Bench,
) -> None:
    tenant = await hub.tenant()
    honest, evil = await hub.agent(tenant, "honest"), await hub.agent(tenant, "evil")
    await told(honest, sight(serial="SN-4711"))
    [device] = await devices(hub, tenant)
    made = await printer(hub, tenant, device.id, TRUE)
    await told(honest, sight(serial="SN-4711", in_view=False))
    await told(evil, sight(FALSE, serial="SN-4711", fingerprint=OTHER))
    move = hub.services.printers.move
    with pytest.raises(Conflict):
        await move(tenant, boss(tenant), made, FALSE)  # type: ignore[arg-type]
    moved = await move(tenant, boss(tenant), made, FALSE, unproven=True)  # type: ignore[arg-type]
    assert (moved.uri, moved.fingerprint) == (FALSE, OTHER)


async def test_a_pin_outlives_a_move_to_where_another_certificate_is_shown(hub: Bench) -> None:
    tenant = await hub.tenant()
    honest, evil = await hub.agent(tenant, "honest"), await hub.agent(tenant, "evil")
    secure = "ipps://192.0.2.5/ipp/print"
    await told(honest, sight(secure, serial="SN-4711", fingerprint=PIN))
    [device] = await devices(hub, tenant)
    made = await printer(hub, tenant, device.id, secure, PIN)
    await told(honest, sight(secure, serial="SN-4711", fingerprint=PIN, in_view=False))
    await told(evil, sight(FALSE, serial="SN-4711", fingerprint=OTHER))
    moved = await hub.services.printers.move(tenant, boss(tenant), made, FALSE, unproven=True)  # type: ignore[arg-type]
    assert moved.fingerprint == PIN


async def test_an_ignored_device_stays_ignored_as_the_one_it_turns_out_to_be(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight(uuid=UUID))
    [older] = await devices(hub, tenant)
    await told(agent, sight("ipp://192.0.2.6/ipp/print", key="q", serial="SN-4711"))
    [younger] = [one for one in await devices(hub, tenant) if one.id != older.id]
    await hub.services.devices.ignore(tenant, boss(tenant), younger.id, ignored=True)
    other = await hub.agent(tenant, "other")
    await told(other, sight("ipp://192.0.2.6/ipp/print", serial="SN-4711", uuid=UUID))
    [joined] = await devices(hub, tenant)
    assert joined.ignored_at is not None


async def test_no_address_is_told_with_the_certificate_of_another(hub: Bench) -> None:
    tenant = await hub.tenant()
    for number in range(2):
        await told(await hub.agent(tenant, f"honest-{number}"), sight(serial="SN-4711"))
    await told(await hub.agent(tenant, "evil"), sight(FALSE, serial="SN-4711", fingerprint=OTHER))
    [device] = await devices(hub, tenant)
    assert device.fingerprint == OTHER
    shown = await hub.services.devices.get(tenant, boss(tenant), device.id)
    assert (shown.uri, shown.fingerprint) == (TRUE, "")
    [(_, cells)] = await hub.services.device_lists.part(tenant, boss(tenant), DeviceFilter(), None)
    assert cells["uri"] == TRUE
    assert "fingerprint" not in cells
