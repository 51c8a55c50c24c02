"""Scans beside each other and beside what agents tell meanwhile: nothing is asked twice, and what is stopped stops."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hub_rig import BIRTH, Bench, report
from test_scans import far, listening, scanner, tell

from tympan_hub.adapters.sql.scans import SqlScans
from tympan_hub.domain.errors import Conflict, Full, Overlaps, Unreached
from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId
from tympan_hub.domain.limits.scans import RANGES, SCANS_RUNNING
from tympan_hub.domain.scans import PartStanding, ScanPart, ScanStanding
from tympan_hub.service.scan_orders import ScanOrder
from tympan_wire.hub import ScanStanding as Told

pytestmark = pytest.mark.anyio


async def test_names_lead_outside_private_space_only_where_that_was_confirmed(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk")
    order = ScanOrder(targets="printer.example", agents=(AgentId(agent.id),))
    made = await hub.services.scans.order(tenant, admin, order)
    [wanted] = (await agent.desired()).scans
    assert not wanted.outside
    assert not made.confirmed
    await hub.services.scans.stop(tenant, admin, made.id)
    made = await hub.services.scans.order(tenant, admin, attrs.evolve(order, outside=True))
    [wanted] = (await agent.desired()).scans
    assert wanted.outside
    [entry] = await hub.services.audit.page(tenant, admin, limit=1)
    assert "where names lead" in entry.detail
    assert not (await hub.services.scans.again(tenant, admin, made.id)).outside, "it is confirmed anew each time"


async def test_what_an_agent_tells_meanwhile_keeps_no_scan_from_being_stopped(
    hub: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent's word comes between what was read and what is written, as PostgreSQL lets it."""
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk")
    made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.0/24", agents=(AgentId(agent.id),)))
    [wanted] = (await agent.desired()).scans
    await agent.report(report(far(wanted.id, Told.RUNNING, probed=1, total=254)))
    parts = SqlScans.parts

    async def before(self: SqlScans, tenant: TenantId, scan: ScanId) -> tuple[ScanPart, ...]:
        found = await parts(self, tenant, scan)
        return tuple(attrs.evolve(part, standing=PartStanding.WAITING) for part in found)

    with monkeypatch.context() as patch:
        patch.setattr(SqlScans, "parts", before)
        await hub.services.scans.stop(tenant, admin, made.id)
    assert not (await agent.desired()).scans
    shown = await hub.services.scans.get(tenant, admin, made.id)
    assert (shown.standing, shown.parts[0].part.probed) == (ScanStanding.STOPPED, 1)
    async with hub.units.writing() as unit:  # as such a stop left it once
        part = shown.parts[0].part
        await unit.scans.keep_part(tenant, attrs.evolve(part, standing=PartStanding.RUNNING), part)
    await hub.services.scans.stop(tenant, admin, made.id)
    assert not (await agent.desired()).scans


async def test_a_part_that_was_done_meanwhile_is_not_given_away(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent, other = await scanner(hub, tenant, "desk"), await scanner(hub, tenant, "other")
    made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.0/24", agents=(AgentId(agent.id),)))
    [wanted] = (await agent.desired()).scans
    await agent.report(report(far(wanted.id, Told.DONE, probed=254, total=254)))
    part = SqlScans.part

    async def before(self: SqlScans, tenant: TenantId, name: ScanPartId) -> ScanPart | None:
        found = await part(self, tenant, name)
        return found and attrs.evolve(found, standing=PartStanding.RUNNING)

    with monkeypatch.context() as patch:
        patch.setattr(SqlScans, "part", before)
        with pytest.raises(Conflict, match="ended"):
            await hub.services.scans.pass_on(tenant, admin, made.id, ScanPartId(wanted.id), AgentId(other.id))
    assert not (await other.desired()).scans
    assert (await hub.services.scans.get(tenant, admin, made.id)).standing is ScanStanding.DONE


async def test_no_two_scans_ask_in_one_block_at_a_time(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    one, two = await scanner(hub, tenant, "one"), await scanner(hub, tenant, "two")
    first = ScanOrder(targets="10.1.0.0/25\nlobby", agents=(AgentId(one.id),))
    second = ScanOrder(targets="10.1.0.200", agents=(AgentId(two.id),))
    made = await hub.services.scans.order(tenant, admin, first)
    for order in (second, attrs.evolve(second, targets="10.9.0.1\nlobby")):
        with pytest.raises(Overlaps, match=r"Wait for it to end, or stop it"):
            await hub.services.scans.order(tenant, admin, order)
    await hub.services.scans.order(tenant, admin, attrs.evolve(second, targets="10.1.1.1"))
    await hub.services.scans.stop(tenant, admin, made.id)
    await hub.services.scans.order(tenant, admin, second)
    with pytest.raises(Overlaps):
        await hub.services.scans.resume(tenant, admin, made.id)


async def test_an_agent_that_claims_all_addresses_is_not_believed(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    liar = await scanner(hub, tenant, "liar", "0.0.0.0/0", "10.0.0.0/7", "::/0", "2000::/3", "fc00::/7")
    honest = await scanner(hub, tenant, "honest", "10.0.0.0/8", "fd00:1::/32")
    order = ScanOrder(targets="10.1.0.0-10.1.255.255\nfd00:1::1\n192.168.1.1")
    async with listening(hub, tenant, liar, honest):
        seen = await hub.services.scans.preview(tenant, admin, order)
    assert [share.name for share in seen.shares] == ["honest"]
    assert seen.nobody.texts == ("192.168.1.1",)


async def test_a_part_is_given_to_an_agent_on_which_scans_run_and_while_there_is_room(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent, other = await scanner(hub, tenant, "desk"), await scanner(hub, tenant, "other")
    off = await scanner(hub, tenant, "off", status="off")
    excluded = "\n".join(f"10.1.{number // 250}.{number % 250 + 1}" for number in range(0, 2 * RANGES, 2))
    order = ScanOrder(targets="10.1.0.0-10.1.9.255", excluded=excluded, agents=(AgentId(agent.id),))
    made = await hub.services.scans.order(tenant, admin, order)
    [part] = (await hub.services.scans.get(tenant, admin, made.id)).parts
    assert len(part.part.targets) > RANGES
    with pytest.raises(Unreached, match="off"):
        await hub.services.scans.pass_on(tenant, admin, made.id, part.part.id, AgentId(off.id))
    await agent.report(report(far(part.part.id, Told.FAILED, total=part.part.total)))
    others = [ScanOrder(targets=f"10.2.{net}.1", agents=(AgentId(agent.id),)) for net in range(SCANS_RUNNING)]
    running = [await hub.services.scans.order(tenant, admin, each) for each in others]
    with pytest.raises(Full):
        await hub.services.scans.pass_on(tenant, admin, made.id, part.part.id, AgentId(other.id))
    await hub.services.scans.stop(tenant, admin, running[0].id)
    given = await hub.services.scans.pass_on(tenant, admin, made.id, part.part.id, AgentId(other.id))
    assert given.total == 2560 - RANGES
    assert [each.id for each in (await other.desired()).scans] == [given.id]


async def test_a_scan_is_ordered_again_as_it_was_written(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent, gone = await scanner(hub, tenant, "desk", "10.1.0.0/24"), await scanner(hub, tenant, "gone")
    excluded = "\n".join(f"10.1.0.{number}" for number in range(2, 250, 2))
    async with listening(hub, tenant, agent):
        rest = await hub.services.scans.order(
            tenant, admin, ScanOrder(targets="10.1.0.0/24\n10.9.0.0/24", excluded=excluded, rest=True)
        )
    assert (rest.targets, rest.unreached) == (("10.1.0.0/24", "10.9.0.0/24"), 254)
    anew = await hub.services.scans.again(tenant, admin, rest.id)
    assert (anew.targets, anew.excluded, anew.agents) == ("10.1.0.0/24\n10.9.0.0/24", excluded, ())
    chosen = tuple(AgentId(each.id) for each in (agent, gone))
    named = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.7.0.1", agents=chosen))
    assert (await hub.services.scans.again(tenant, admin, named.id)).agents == chosen
    await hub.services.agents.revoke(tenant, admin, AgentId(gone.id))
    assert (await hub.services.scans.again(tenant, admin, named.id)).agents == chosen[:1]


async def test_a_clock_that_was_ahead_once_deafens_nothing(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk")
    made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.1", agents=(AgentId(agent.id),)))
    [wanted] = (await agent.desired()).scans
    ahead = attrs.evolve(far(wanted.id, Told.RUNNING, total=1), at=BIRTH + dt.timedelta(days=400))
    await agent.report(report(ahead))
    hub.clock.forward(seconds=60)
    await tell(agent, at=BIRTH + dt.timedelta(seconds=60))
    await agent.report(report(far(wanted.id, Told.DONE, second=60, probed=1, total=1)))
    assert (await hub.services.scans.get(tenant, admin, made.id)).standing is ScanStanding.DONE
