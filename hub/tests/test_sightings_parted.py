"""Sightings that were taken for one device and turn out to be several: each becomes a device of its own."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, Bench, report

from tympan_hub.domain.devices import DeviceFilter
from tympan_hub.domain.ids import TenantId
from tympan_wire.hub import SightingReport

pytestmark = pytest.mark.anyio
MAC = "02:00:00:00:00:01"


def at(number: int, *, fingerprint: str = "") -> SightingReport:
    """Something without a uuid behind one hardware address."""
    where = f"192.0.2.{number}"
    uri = f"ipp://{where}/ipp/print"
    return SightingReport(
        method="bonjour", key=f"k{number}", seen_at=BIRTH, uri=uri, addresses=(where,), mac=MAC, fingerprint=fingerprint
    )


async def count(hub: Bench, tenant: TenantId) -> int:
    async with hub.units.reading() as unit:
        return await unit.devices.tally(tenant, DeviceFilter())


async def test_one_device_becomes_as_many_as_it_turns_out_to_be(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    assert not (await agent.report(*(report(at(number)) for number in (1, 2, 3)))).refused
    assert await count(hub, tenant) == 1
    # Behind the hardware address are two certificates: it tells nothing any more, and the place decides.
    two = (report(at(number, fingerprint=letter * 64)) for number, letter in ((4, "a"), (5, "b")))
    assert not (await agent.report(*two)).refused
    assert await count(hub, tenant) == 5
