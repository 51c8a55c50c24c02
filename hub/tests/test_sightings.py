"""Sightings as agents report them: put to devices, bounded, and nobody's of another tenant."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, report

from tympan_hub.domain.devices import Device, DeviceFilter, Standing
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId, DeviceId, TenantId
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.ports import Bearer
from tympan_hub.service import intakes
from tympan_hub.service.devices import DeviceShown
from tympan_wire.device import Description, Supply
from tympan_wire.hub import ReportBatch, SightingReport, SweepReport

pytestmark = pytest.mark.anyio
UUID = "5a1e0f6c-52ad-4d1e-9c1f-00155d4e1a{:02x}"


def sight(number: int = 1, **told: Any) -> SightingReport:
    """A printer of that number, seen by Bonjour."""
    said = {
        "uuid": UUID.format(number % 256), "name": f"Printer {number}", "make_and_model": "Contoso 9000",
        "formats": ("application/pdf", "image/urf"), "color": True, "sides": ("one-sided",),
        "media": ("iso_a4_210x297mm",),
    }  # fmt: skip
    described = {name: told.pop(name) for name in [*told] if name in attrs.fields_dict(Description)}
    values = {
        "method": "bonjour", "key": f"p{number}", "seen_at": BIRTH, "uri": f"ipp://192.0.2.{number % 250}/ipp/print",
        "addresses": (f"192.0.2.{number % 250}",), "mac": f"00:00:5e:00:53:{number % 256:02x}",
    }  # fmt: skip
    return SightingReport(**{**values, **told}, description=Description(**{**said, **described}))


async def devices(hub: Bench, tenant: TenantId, **wanted: Any) -> tuple[Device, ...]:
    async with hub.units.reading() as unit:
        return await unit.devices.find(tenant, DeviceFilter(**wanted))


async def only(hub: Bench, tenant: TenantId) -> Device:
    [device] = await devices(hub, tenant)
    return device


async def shown(hub: Bench, tenant: TenantId, device: DeviceId) -> DeviceShown:
    return await hub.services.devices.get(tenant, boss(tenant), device)


def boss(tenant: TenantId) -> Actor:
    return Actor(label="boss", tenant=tenant, role=Role.ADMINISTRATOR)


async def told(agent: RemoteAgent, *reports: SightingReport | SweepReport) -> None:
    await agent.renew()  # the clock may have gone on
    receipt = await agent.report(*map(report, reports))
    assert receipt.refused == ()


async def test_what_two_agents_see_is_one_device_and_says_who_sees_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    one, other = await hub.agent(tenant, "desk-1"), await hub.agent(tenant, "desk-2")
    await told(one, sight(supplies=(Supply(name="Black", percent=12),)))
    await told(other, sight(method="wsd", key="elsewhere"))
    device = await only(hub, tenant)
    assert device.in_view == 2
    assert device.standing is Standing.NEW
    seen = await shown(hub, tenant, device.id)
    assert {(seen.agents[AgentId(one.id)], "bonjour"), (seen.agents[AgentId(other.id)], "wsd")} == {
        (seen.agents[sighting.trace.name.agent], sighting.trace.name.method) for sighting in seen.sightings
    }
    assert seen.uri == "ipp://192.0.2.1/ipp/print"
    assert device.description.supplies[0].percent == 12


async def test_agents_hear_nothing_of_a_device_before_a_printer_is_made_of_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    before = await agent.desired()
    await told(agent, sight())
    assert await agent.desired() == before
    device = await only(hub, tenant)
    made = await hub.services.printers.add(
        tenant, boss(tenant), name="Lobby", uri="ipp://192.0.2.1/ipp/print", device=device.id
    )
    assert [printer.name for printer in (await agent.desired()).printers] == ["Lobby"]
    assert (await only(hub, tenant)).standing is Standing.KNOWN
    assert [one.printer for one in (await shown(hub, tenant, device.id)).printers] == [made.id]


async def test_a_move_in_the_network_is_shown_and_taken_over_by_a_person(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight())
    device = await only(hub, tenant)
    add = hub.services.printers.add
    made = await add(tenant, boss(tenant), name="Lobby", uri="ipp://192.0.2.1/ipp/print", device=device.id)
    assert (await shown(hub, tenant, device.id)).moved == {}
    await told(agent, sight(uri="ipp://192.0.2.9/ipp/print", addresses=("192.0.2.9",)))
    assert (await only(hub, tenant)).id == device.id
    moved = (await shown(hub, tenant, device.id)).moved[made.id]
    assert (moved.uri, moved.proven, moved.seen_by) == ("ipp://192.0.2.9/ipp/print", False, (agent.id,))
    assert (await agent.desired()).printers[0].uri == "ipp://192.0.2.1/ipp/print"  # nothing by itself
    with pytest.raises(Conflict):
        await hub.services.printers.move(tenant, boss(tenant), made.id, "ipp://192.0.2.66/ipp/print", unproven=True)
    await hub.services.printers.move(tenant, boss(tenant), made.id, "ipp://192.0.2.9/ipp/print", unproven=True)
    assert (await agent.desired()).printers[0].uri == "ipp://192.0.2.9/ipp/print"
    assert await hub.services.printers.moved(tenant, boss(tenant), made.id) is None


async def test_what_a_device_can_otherwise_is_a_change_and_what_it_had_not_told_is_none(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight(firmware=""))
    await told(agent, sight(firmware="1.0", state="idle"))
    device = await only(hub, tenant)
    assert (await shown(hub, tenant, device.id)).changes == ()
    await told(agent, sight(firmware="2.0", formats=("image/urf", "image/pwg-raster"), color=False))
    [change] = (await shown(hub, tenant, device.id)).changes
    assert {one.field: (one.before, one.after) for one in change.differences} == {
        "firmware": (("1.0",), ("2.0",)),
        "formats": (("application/pdf",), ("image/pwg-raster",)),
        "color": (("yes",), ("no",)),
    }


async def test_two_with_one_uuid_stay_two_through_the_night(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    clone = sight(2, uuid=UUID.format(1))
    await told(agent, sight(1))
    first = (await only(hub, tenant)).id
    await told(agent, clone)
    both = {device.id for device in await devices(hub, tenant)}
    assert len(both) == 2
    assert first in both
    assert {device.mac for device in await devices(hub, tenant)} == {"00:00:5e:00:53:01", "00:00:5e:00:53:02"}
    await told(agent, attrs.evolve(sight(1), in_view=False))
    await told(agent, attrs.evolve(clone, detail="again"))
    assert {device.id for device in await devices(hub, tenant)} == both


async def test_two_that_turn_out_to_be_one_keep_the_older_and_its_printers(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight(1, uuid="", mac="", addresses=("192.0.2.1",)))
    hub.clock.forward(hours=1)
    await told(agent, sight(2, seen_at=hub.clock.now()))
    older, younger = sorted(await devices(hub, tenant), key=lambda device: device.first_seen_at)
    made = await hub.services.printers.add(
        tenant, boss(tenant), name="Two", uri="ipp://192.0.2.2/ipp/print", device=younger.id
    )
    await told(agent, sight(1, uuid=UUID.format(2), mac="00:00:5e:00:53:02", addresses=("192.0.2.1",)))
    assert (await only(hub, tenant)).id == older.id
    assert [one.printer for one in (await shown(hub, tenant, older.id)).printers] == [made.id]


async def test_who_takes_the_key_of_another_does_not_take_its_place(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight(1))
    first = await only(hub, tenant)
    await told(agent, attrs.evolve(sight(2), key="p1"))
    assert {device.description.uuid for device in await devices(hub, tenant)} == {UUID.format(1), UUID.format(2)}
    await told(agent, attrs.evolve(sight(1), key="p9"))
    assert len(await devices(hub, tenant)) == 2
    assert first.id in {device.id for device in await devices(hub, tenant, in_view=True)}


async def test_a_sweep_moves_the_last_seen_of_what_is_in_view_alone(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight(1), sight(2), sight(3, method="wsd"))
    await told(agent, attrs.evolve(sight(2), in_view=False))
    hub.clock.forward(hours=2)
    await told(agent, SweepReport(method="bonjour", at=hub.clock.now(), in_view=1))
    found = await hub.services.devices.find(tenant, boss(tenant), DeviceFilter())
    seen = {one.device.description.name: one.reach.seen_at for one in found.devices if one.reach}
    assert seen == {"Printer 1": hub.clock.now(), "Printer 2": BIRTH, "Printer 3": BIRTH}
    [sweep] = await hub.services.devices.sweeps(tenant, boss(tenant), AgentId(agent.id))
    assert sweep.in_view == 1


async def test_a_revoked_agent_sees_nothing_any_more(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight())
    await hub.services.agents.revoke(tenant, CONSOLE, AgentId(agent.id))
    assert (await only(hub, tenant)).in_view == 0


async def test_what_waited_while_its_agent_was_revoked_is_seen_by_nobody(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await hub.services.agents.revoke(tenant, boss(tenant), AgentId(agent.id))
    waiting = ReportBatch(reports=(report(sight()),))
    receipt = await hub.services.reports.take(Bearer(tenant=tenant, agent=AgentId(agent.id)), waiting)
    assert (len(receipt.taken), await devices(hub, tenant)) == (1, ())


async def test_what_is_too_much_or_strange_is_dropped_and_counted(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakes, "SIGHTINGS_PER_AGENT", 3)
    monkeypatch.setattr(intakes, "SIGHTINGS_PER_HOUR", 5)
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    strange = [
        sight(7, key=""),
        sight(7, method="Not A Method"),
        sight(7, method="import"),
        sight(7, key="k" * 301),
        sight(7, media=tuple("m" * 4000 for _ in range(20))),
    ]
    await told(agent, *strange, *(sight(number) for number in range(1, 6)))
    await told(agent, *(sight(number, firmware="2") for number in range(1, 6)))
    [dropped] = await hub.services.devices.dropped(tenant, boss(tenant))
    assert (dropped.intake.strange, dropped.intake.too_many, dropped.intake.too_fast) == (5, 2, 3)
    assert len(await devices(hub, tenant)) == 3
    await told(agent, attrs.evolve(sight(1), in_view=False))  # that something went is always taken
    assert len(await devices(hub, tenant, in_view=True)) == 2
    hub.clock.forward(hours=1)
    await told(agent, sight(4, seen_at=hub.clock.now()))
    assert len(await devices(hub, tenant, in_view=True)) == 3


async def test_there_is_an_end_to_the_devices_of_a_tenant(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakes, "DEVICES", 3)
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, *(sight(number) for number in range(1, 9)))
    assert len(await devices(hub, tenant)) == 3
    await told(await hub.agent(tenant, "desk-2"), *(sight(number) for number in range(1, 9)))
    assert {device.in_view for device in await devices(hub, tenant)} == {2}


async def test_nothing_a_device_says_is_more_than_a_line_of_text(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(
        agent,
        sight(
            name="\x1b[31m<script>\u202eevil\u2066\n\x07" + "A" * 2000,
            location="\ud800\0x",
            uri="javascript:alert(1)",
            more_info="javascript:alert(1)",
            services=("javascript:alert(1)", "ipp://ok.example/"),
            mac="<b>",
            fingerprint="zz",
        ),
    )
    device = await only(hub, tenant)
    assert device.description.name.startswith("[31m<script>evil A")
    assert len(device.description.name) <= 127
    assert device.description.name.isprintable()
    assert device.description.more_info == ""
    [seen] = (await shown(hub, tenant, device.id)).sightings
    assert (seen.uri, seen.services, seen.trace.mac, seen.trace.fingerprint) == ("", ("ipp://ok.example/",), "", "")


async def test_devices_of_one_tenant_are_none_of_anothers(hub: Bench) -> None:
    ours, theirs = await hub.tenant("Ours"), await hub.tenant("Theirs")
    await told(await hub.agent(ours), sight())
    await told(await hub.agent(theirs), sight())
    assert (await only(hub, ours)).id != (await only(hub, theirs)).id


async def test_several_agents_at_once_make_one_device_of_each(hub: Bench) -> None:
    tenant = await hub.tenant()
    agents = [await hub.agent(tenant, f"desk-{number}") for number in range(5)]
    await asyncio.gather(*(told(agent, *(sight(number) for number in range(1, 30))) for agent in agents))
    found = await devices(hub, tenant)
    assert len(found) == 29
    assert {device.in_view for device in found} == {5}


async def test_what_nobody_saw_for_long_is_forgotten_but_for_what_prints(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, *(sight(number) for number in range(1, 5)))
    await told(agent, *(attrs.evolve(sight(number), in_view=False) for number in range(1, 4)))
    first = next(device for device in await devices(hub, tenant) if device.description.name == "Printer 1")
    await hub.services.printers.add(tenant, boss(tenant), name="One", uri="ipp://192.0.2.1/", device=first.id)
    hub.clock.forward(days=89)
    await told(agent, SweepReport(method="bonjour", at=hub.clock.now(), in_view=1))
    await hub.services.housekeeping.tidy()
    assert len(await devices(hub, tenant)) == 4
    hub.clock.forward(days=2)
    await hub.services.housekeeping.tidy()
    assert {device.description.name for device in await devices(hub, tenant)} == {"Printer 1", "Printer 4"}


async def test_a_device_is_forgotten_by_hand_when_nobody_sees_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, sight())
    device = await only(hub, tenant)
    with pytest.raises(Conflict):
        await hub.services.devices.forget(tenant, boss(tenant), device.id)
    await told(agent, attrs.evolve(sight(), in_view=False, seen_at=BIRTH + dt.timedelta(minutes=1)))
    await hub.services.devices.forget(tenant, boss(tenant), device.id)
    assert await devices(hub, tenant) == ()
    await told(agent, sight())
    assert len(await devices(hub, tenant)) == 1


async def test_where_a_device_is_the_latest_word_says_and_no_list(hub: Bench) -> None:
    tenant = await hub.tenant()
    one, other = await hub.agent(tenant, "desk-1"), await hub.agent(tenant, "desk-2")
    await told(one, sight())
    old = sight(addresses=("192.0.2.8",), uri="ipp://192.0.2.8/ipp/print", seen_at=BIRTH - dt.timedelta(days=3))
    await told(other, old)
    hub.clock.forward(hours=1)
    listed = f"uuid,address,mac,name\n{UUID.format(1)},192.0.2.7,00:00:5e:00:53:77,Lobby\n"
    await hub.services.device_lists.take(tenant, boss(tenant), listed)
    device = await only(hub, tenant)
    assert (device.name, device.place, device.mac) == ("Lobby", "192.0.2.1", "00:00:5e:00:53:01")
    assert device.described_at == BIRTH
    assert (await shown(hub, tenant, device.id)).changes == ()


def scanned(host: str, **told: Any) -> SightingReport:
    """A device that tells a uuid alone, found by a scan: the key of such a sighting is the address."""
    where: dict[str, Any] = {"key": host, "uri": f"ipp://{host}/ipp/print", "addresses": (host,), "mac": ""}
    return sight(method="ippscan", **where, **told)


def swept(at: dt.datetime, in_view: int) -> SweepReport:
    return SweepReport(method="ippscan", at=at, in_view=in_view)


async def test_a_scan_that_finds_a_device_elsewhere_before_it_is_missed_makes_no_clone_of_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, scanned("192.0.2.1"), swept(BIRTH, 1))
    [device] = await devices(hub, tenant)
    hub.clock.forward(hours=1)
    now = hub.clock.now()
    await told(agent, scanned("192.0.2.2", seen_at=now))
    gone = attrs.evolve(scanned("192.0.2.1"), seen_at=now, in_view=False)
    await told(agent, gone, swept(now, 1))
    hub.clock.forward(hours=1)
    await told(agent, scanned("192.0.2.3", seen_at=hub.clock.now()))
    assert [one.id for one in await devices(hub, tenant)] == [device.id]
    assert not any(one.trace.uuid_shared for one in (await shown(hub, tenant, device.id)).sightings)


async def test_a_double_is_another_device_whatever_else_the_first_told_before_the_sweep(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, scanned("192.0.2.1"), swept(BIRTH, 1))
    hub.clock.forward(minutes=10)
    await told(agent, scanned("192.0.2.2", seen_at=hub.clock.now()))
    hub.clock.forward(minutes=10)
    await told(agent, scanned("192.0.2.1", seen_at=hub.clock.now(), supplies=(Supply(name="Black", percent=12),)))
    hub.clock.forward(minutes=10)
    await told(agent, swept(hub.clock.now(), 2))
    assert {one.place for one in await devices(hub, tenant)} == {"192.0.2.1", "192.0.2.2"}


async def test_what_a_sweep_sees_again_beside_its_double_is_another_device(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await told(agent, scanned("192.0.2.1"), swept(BIRTH, 1))
    [device] = await devices(hub, tenant)
    hub.clock.forward(hours=1)
    await told(agent, scanned("192.0.2.2", seen_at=hub.clock.now()))
    assert [one.id for one in await devices(hub, tenant)] == [device.id]
    hub.clock.forward(minutes=1)
    await told(agent, swept(hub.clock.now(), 2))
    two = await devices(hub, tenant)
    assert {one.place for one in two} == {"192.0.2.1", "192.0.2.2"}
    assert [one.place for one in two if one.id == device.id] == ["192.0.2.1"]
    await told(agent, attrs.evolve(scanned("192.0.2.2"), seen_at=hub.clock.now(), in_view=False))
    assert len(await devices(hub, tenant)) == 2
