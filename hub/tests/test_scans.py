"""Scans: who is asked, what agents are told of them and tell, stopping, going on, giving away."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, report

from tympan_hub.domain.errors import BadInput, Conflict, Full, NotAllowed, NotFound, Unconfirmed, Unreached
from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId
from tympan_hub.domain.limits.scans import RANGES, SCAN_ADDRESSES, SCAN_PER_S_MOST, SCANS, SCANS_RUNNING
from tympan_hub.domain.people import Actor, Role
from tympan_hub.domain.ranges import BadRange
from tympan_hub.domain.scans import PartStanding, ScanStanding, Silence
from tympan_hub.ports import Bearer
from tympan_hub.service.scan_orders import ScanOrder
from tympan_wire.hub import AgentReport, PluginStanding, ScanReport, SightingReport
from tympan_wire.hub import ScanStanding as Told

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def listening(hub: Bench, tenant: TenantId, *agents: RemoteAgent) -> AsyncIterator[None]:
    """Some agents are connected."""
    async with AsyncExitStack() as stack:
        for agent in agents:
            stream = hub.services.notices.open(Bearer(tenant=tenant, agent=AgentId(agent.id)))
            stack.callback(hub.services.notices.close, stream)
        yield


async def scanner(
    hub: Bench, tenant: TenantId, name: str, *networks: str, status: str = "running", at: dt.datetime = BIRTH
) -> RemoteAgent:
    """An agent that is in these networks."""
    agent = await hub.agent(tenant, name)
    await tell(agent, *networks, status=status, at=at)
    return agent


async def tell(agent: RemoteAgent, *networks: str, status: str = "running", at: dt.datetime = BIRTH) -> None:
    plugin = PluginStanding(id="scan", status=status, capabilities=("discovery.ippscan",))
    await agent.report(report(AgentReport(release="1", plugins=(plugin,), networks=networks), at=at))


def far(
    scan: uuid.UUID,
    standing: Told = Told.RUNNING,
    *,
    second: int = 1,
    probed: int = 0,
    total: int = 0,
    found: int = 0,
) -> ScanReport:
    at = BIRTH + dt.timedelta(seconds=second)
    return ScanReport(scan=scan, at=at, standing=standing, probed=probed, total=total, found=found)


async def parts_of(hub: Bench, tenant: TenantId, by: Actor, scan: ScanId) -> dict[str, tuple[PartStanding, int]]:
    shown = await hub.services.scans.get(tenant, by, scan)
    return {each.name: (each.part.standing, each.part.probed) for each in shown.parts}


async def test_the_hub_picks_agents_that_are_in_the_network(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    near = await scanner(hub, tenant, "near", "192.168.7.33/24", "127.0.0.1/8", "fe80::1/64", "no network")
    far_away = await scanner(hub, tenant, "far", "10.9.0.0/16")
    off = await scanner(hub, tenant, "off", "192.168.7.0/24", status="off")
    await scanner(hub, tenant, "asleep", "192.168.7.0/24", "172.20.0.0/16")
    order = ScanOrder(targets="192.168.7.0/24\n10.9.1.1-10.9.1.9\n10.8.0.1\n172.20.0.0/30", excluded="10.9.1.5")
    async with listening(hub, tenant, near, far_away, off):
        seen = await hub.services.scans.preview(tenant, admin, order)
        with pytest.raises(Unreached) as refused:
            await hub.services.scans.order(tenant, admin, order)
        assert not (await near.desired()).scans
        made = await hub.services.scans.order(tenant, admin, attrs.evolve(order, rest=True))
    assert {share.name: share.targets for share in seen.shares} == {
        "near": ("192.168.7.1-192.168.7.254",),
        "far": ("10.9.1.1-10.9.1.4", "10.9.1.6-10.9.1.9"),
    }
    assert seen.nobody.texts == ("10.8.0.1", "172.20.0.1-172.20.0.2")
    assert seen.away.texts == ("172.20.0.1-172.20.0.2",)
    assert seen.lasts == dt.timedelta(seconds=13)
    assert "10.8.0.1" in refused.value.sentence
    [wanted] = (await near.desired()).scans
    assert (wanted.targets, wanted.excluded, wanted.per_second) == (("192.168.7.1-192.168.7.254",), ("10.9.1.5",), 20)
    assert made.addresses == 262
    assert not (await off.desired()).scans


async def test_networks_are_those_told_last(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/16")
    await tell(agent, "10.2.0.0/16", at=BIRTH + dt.timedelta(seconds=1))
    await tell(agent, "10.1.0.0/16", at=BIRTH)  # older: it changes nothing
    async with listening(hub, tenant, agent):
        seen = await hub.services.scans.preview(tenant, admin, ScanOrder(targets="10.1.0.1\n10.2.0.1"))
    assert [share.targets for share in seen.shares] == [("10.2.0.1",)]


async def test_who_is_named_is_believed_to_reach_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    one, off = await scanner(hub, tenant, "one", "10.1.0.0/16"), await scanner(hub, tenant, "two", status="off")
    order = ScanOrder(targets="10.77.0.0/24\nlobby", agents=(AgentId(one.id),))
    seen = await hub.services.scans.preview(tenant, admin, order)
    assert [share.targets for share in seen.shares] == [("10.77.0.1-10.77.0.254", "lobby")]
    assert (seen.absent, seen.unable) == (("one",), ())
    await hub.services.scans.order(tenant, admin, order)
    assert len((await one.desired()).scans) == 1
    unable = ScanOrder(targets="10.77.0.0/24", agents=(AgentId(off.id),))
    assert (await hub.services.scans.preview(tenant, admin, unable)).unable == ("two",)
    with pytest.raises(Unreached, match=r"two.*Policy"):
        await hub.services.scans.order(tenant, admin, unable)
    with pytest.raises(NotFound):
        await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.0.0.1", agents=(AgentId("0" * 32),)))
    with pytest.raises(BadInput, match="at most"):
        many = tuple(AgentId(f"{number:032x}") for number in range(99))
        await hub.services.scans.preview(tenant, admin, ScanOrder(targets="10.0.0.1", agents=many))


async def test_who_saw_a_device_near_by_reaches_it_when_nobody_is_in_the_network(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent, other = await scanner(hub, tenant, "desk", "10.1.0.0/24"), await scanner(hub, tenant, "other")
    seen = SightingReport(method="ippscan", key="1", seen_at=BIRTH, addresses=("10.9.4.77", "fe80::1%eth0", "no"))
    await agent.report(report(seen))
    order = ScanOrder(targets="10.9.4.0/24\n10.9.5.0/24\n10.1.0.7")
    async with listening(hub, tenant, other):
        assert (await hub.services.scans.preview(tenant, admin, order)).nobody.count == 254 + 254 + 1
    async with listening(hub, tenant, agent, other):
        found = await hub.services.scans.preview(tenant, admin, order)
    assert {share.name: share.targets for share in found.shares} == {"desk": ("10.1.0.7", "10.9.4.1-10.9.4.254")}
    assert found.nobody.texts == ("10.9.5.1-10.9.5.254",)


async def test_host_names_alone_go_to_one_that_can(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/16")
    order = ScanOrder(targets="lobby.example")
    assert (await hub.services.scans.preview(tenant, admin, order)).nobody.texts == ("lobby.example",)
    async with listening(hub, tenant, agent):
        await hub.services.scans.order(tenant, admin, order)
    [wanted] = (await agent.desired()).scans
    assert wanted.targets == ("lobby.example",)


async def test_outside_private_space_it_is_confirmed_and_the_log_keeps_that(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk", "203.0.112.0/22")
    order = ScanOrder(targets="203.0.113.0/24\n203.0.112.1", agents=(AgentId(agent.id),))
    assert (await hub.services.scans.preview(tenant, admin, order)).outside.count == 255
    with pytest.raises(Unconfirmed, match="255 addresses"):
        await hub.services.scans.order(tenant, admin, order)
    made = await hub.services.scans.order(tenant, admin, attrs.evolve(order, outside=True))
    [entry] = await hub.services.audit.page(tenant, admin, limit=1)
    assert (entry.act, entry.subject) == ("scan.order", made.id)
    assert "confirmed: 255 addresses outside private space" in entry.detail


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (ScanOrder(targets=""), "targets"),
        (ScanOrder(targets="10.0.0.1", excluded="10.0.0.0/8"), "targets"),
        (ScanOrder(targets="10.0.0.0/8"), "targets"),
        (ScanOrder(targets="2001:db8::/64"), "targets"),
        (ScanOrder(targets="10.0.0.1", excluded="10.0.0.300"), "excluded"),
        (ScanOrder(targets="10.0.0.1", per_second=0), "per_second"),
        (ScanOrder(targets="10.0.0.1", per_second=SCAN_PER_S_MOST + 1), "per_second"),
    ],
)
async def test_a_scan_that_cannot_be_says_why(hub: Bench, order: ScanOrder, field: str) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    for ask in (hub.services.scans.preview, hub.services.scans.order):
        with pytest.raises(BadInput) as refused:
            await ask(tenant, admin, order)
        assert refused.value.field == field
        assert refused.value.next_step


async def test_the_largest_scan_is_planned(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agents = [await scanner(hub, tenant, f"desk-{number}", "10.0.0.0/12") for number in range(3)]
    ranges = "\n".join(f"10.{number // 200}.{number % 200}.0/27" for number in range(RANGES))
    async with listening(hub, tenant, *agents):
        many = await hub.services.scans.preview(tenant, admin, ScanOrder(targets=ranges))
        seen = await hub.services.scans.preview(tenant, admin, ScanOrder(targets="10.0.0.0-10.15.255.255"))
    assert sum(share.addresses for share in many.shares) == 30 * RANGES
    assert sum(share.addresses for share in seen.shares) == SCAN_ADDRESSES
    assert len(seen.shares) == 3


async def test_progress_is_told_and_an_older_word_changes_nothing(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent, other = await scanner(hub, tenant, "desk", "10.1.0.0/24"), await scanner(hub, tenant, "other")
    async with listening(hub, tenant, agent):
        made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.0/24"))
    hub.clock.forward(seconds=60)
    [wanted] = (await agent.desired()).scans
    stranger = await other.report(report(far(wanted.id, probed=256, total=256, standing=Told.DONE)))
    assert len(stranger.refused) == 1
    assert len((await agent.report(report(far(uuid.uuid4())))).refused) == 1
    await agent.report(report(far(wanted.id, second=5, probed=100, total=256, found=2)))
    await agent.report(report(far(wanted.id, second=4, probed=90, total=256, found=1)))
    shown = await hub.services.scans.get(tenant, admin, made.id)
    assert (shown.progress.probed, shown.progress.found, shown.standing) == (100, 2, ScanStanding.RUNNING)
    await agent.report(report(far(wanted.id, Told.DONE, second=9, probed=256, total=256, found=3)))
    await agent.report(report(far(wanted.id, Told.RUNNING, second=10, probed=3, total=256)))
    shown = await hub.services.scans.get(tenant, admin, made.id)
    assert (shown.progress.probed, shown.progress.found, shown.standing) == (256, 3, ScanStanding.DONE)
    assert not (await agent.desired()).scans
    [listed] = (await hub.services.scans.find(tenant, admin, first=0, limit=9)).scans
    assert (listed.progress.probed, listed.standing) == (256, ScanStanding.DONE)


async def test_what_an_agent_tells_is_bounded(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk", *(f"10.{number}.0.0/16" for number in range(250)))
    async with listening(hub, tenant, agent):
        made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.0.0.0/24", rest=True))
    [wanted] = (await agent.desired()).scans
    await agent.report(report(far(wanted.id, Told.UNKNOWN, probed=-5, total=1 << 62, found=1 << 62)))
    progress = (await hub.services.scans.get(tenant, admin, made.id)).progress
    assert (progress.probed, progress.total, progress.found) == (0, SCAN_ADDRESSES, SCAN_ADDRESSES)
    async with hub.units.reading() as unit:
        known = await unit.agents.get(tenant, AgentId(agent.id))
    assert known and known.told and len(known.told.networks) == 64


async def test_a_stopped_scan_is_told_no_more_and_goes_on_when_wanted(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    one, two = await scanner(hub, tenant, "one", "10.1.0.0/24"), await scanner(hub, tenant, "two", "10.2.0.0/24")
    async with listening(hub, tenant, one, two):
        made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.0/24\n10.2.0.0/24"))
    [first], [second] = (await one.desired()).scans, (await two.desired()).scans
    await one.report(report(far(first.id, Told.DONE, probed=256, total=256)))
    await hub.services.scans.stop(tenant, admin, made.id)
    with pytest.raises(Conflict):
        await hub.services.scans.stop(tenant, admin, made.id)
    assert not (await two.desired()).scans
    await two.report(report(far(second.id, Told.RUNNING, second=2, probed=30, total=256)))
    shown = await hub.services.scans.get(tenant, admin, made.id)
    assert (shown.standing, shown.scan.stopped_by) == (ScanStanding.STOPPED, admin.label)
    assert await parts_of(hub, tenant, admin, made.id) == {
        "one": (PartStanding.DONE, 256),
        "two": (PartStanding.STOPPED, 30),
    }
    await hub.services.scans.resume(tenant, admin, made.id)
    with pytest.raises(Conflict):
        await hub.services.scans.resume(tenant, admin, made.id)
    assert [each.id for each in (await two.desired()).scans] == [second.id]
    assert not (await one.desired()).scans
    await two.report(report(far(second.id, Told.FAILED, second=9, probed=99, total=256)))
    assert (await hub.services.scans.get(tenant, admin, made.id)).standing is ScanStanding.PARTLY
    with pytest.raises(Conflict, match="ended"):
        await hub.services.scans.stop(tenant, admin, made.id)


async def test_a_part_whose_agent_is_gone_is_given_to_another(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    one = await scanner(hub, tenant, "one", "10.1.0.0/24")
    async with listening(hub, tenant, one):
        made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.0/24"))
        assert (await hub.services.scans.get(tenant, admin, made.id)).parts[0].silence is Silence.NONE
        hub.clock.forward(minutes=11)
        assert (await hub.services.scans.get(tenant, admin, made.id)).parts[0].silence is Silence.NONE
    [lost] = (await hub.services.scans.get(tenant, admin, made.id)).parts
    assert lost.silence is Silence.AWAY
    with pytest.raises(Conflict, match="no other connected agent"):
        await hub.services.scans.pass_on(tenant, admin, made.id, lost.part.id)
    two = await scanner(hub, tenant, "two", "10.1.0.0/16")
    async with listening(hub, tenant, one, two):
        given = await hub.services.scans.pass_on(tenant, admin, made.id, lost.part.id)
    await one.renew()
    assert not (await one.desired()).scans
    assert [each.id for each in (await two.desired()).scans] == [given.id]
    with pytest.raises(Conflict):
        await hub.services.scans.pass_on(tenant, admin, made.id, lost.part.id)
    await one.report(report(far(lost.part.id, Told.DONE, probed=256, total=256)))  # late: the other one has it now
    await two.report(report(far(given.id, probed=7, total=256)))
    shown = await hub.services.scans.get(tenant, admin, made.id)
    assert (shown.progress.probed, shown.progress.total, shown.standing) == (7, 256, ScanStanding.RUNNING)
    await hub.services.agents.revoke(tenant, admin, AgentId(two.id))
    shown = await hub.services.scans.get(tenant, admin, made.id)
    assert [each.silence for each in shown.parts] == [Silence.REMOVED, Silence.NONE]
    with pytest.raises(NotFound):
        await hub.services.scans.pass_on(tenant, admin, made.id, ScanPartId(uuid.uuid4()))


async def test_a_part_of_an_agent_on_which_scans_were_switched_off_says_so(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/24")
    async with listening(hub, tenant, agent):
        made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.1"))
        await tell(agent, "10.1.0.0/24", status="off", at=BIRTH + dt.timedelta(seconds=1))
        assert (await hub.services.scans.get(tenant, admin, made.id)).parts[0].silence is Silence.UNABLE


async def test_a_scan_is_ordered_again_and_forgotten(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/24")
    order = ScanOrder(targets="10.1.0.0/28", excluded="10.1.0.3", per_second=7)
    async with listening(hub, tenant, agent):
        made = await hub.services.scans.order(tenant, admin, order)
        with pytest.raises(Conflict, match="runs"):
            await hub.services.scans.remove(tenant, admin, made.id)
        await hub.services.scans.stop(tenant, admin, made.id)
        anew = await hub.services.scans.again(tenant, admin, made.id)
        again = await hub.services.scans.order(tenant, admin, anew)
    assert (again.targets, again.excluded, again.per_second) == (made.targets, made.excluded, 7)
    await hub.services.scans.remove(tenant, admin, made.id)
    with pytest.raises(NotFound):
        await hub.services.scans.get(tenant, admin, made.id)
    hub.clock.forward(days=500)
    await hub.services.housekeeping.tidy()
    assert [each.scan.id for each in (await hub.services.scans.find(tenant, admin, first=0, limit=9)).scans] == [
        again.id
    ]
    await hub.services.scans.stop(tenant, admin, again.id)
    await hub.services.housekeeping.tidy()
    assert not (await hub.services.scans.find(tenant, admin, first=5, limit=9)).scans


async def test_few_scans_run_at_once_and_many_are_kept(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/24")
    orders = (ScanOrder(targets=f"10.1.{net}.1", agents=(AgentId(agent.id),)) for net in range(255))
    made = []
    for _ in range(SCANS_RUNNING):
        hub.clock.forward(seconds=1)
        made.append(await hub.services.scans.order(tenant, admin, next(orders)))
    with pytest.raises(Full):
        await hub.services.scans.order(tenant, admin, next(orders))
    await hub.services.scans.stop(tenant, admin, made[0].id)
    monkeypatch.setattr("tympan_hub.service.scans.SCANS", SCANS_RUNNING)
    hub.clock.forward(seconds=1)
    await hub.services.scans.order(tenant, admin, next(orders))
    with pytest.raises(NotFound):
        await hub.services.scans.get(tenant, admin, made[0].id)
    await hub.services.scans.stop(tenant, admin, made[1].id)
    monkeypatch.setattr("tympan_hub.service.scans.SCANS", SCANS)
    await hub.services.scans.order(tenant, admin, next(orders))
    with pytest.raises(Full):
        await hub.services.scans.resume(tenant, admin, made[1].id)


async def test_administrators_order_and_operators_look(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    operator = (await hub.person(tenant, Role.OPERATOR)).actor
    user = (await hub.person(tenant, Role.USER)).actor
    owner = (await hub.owner()).actor
    agent = await scanner(hub, tenant, "desk")
    order = ScanOrder(targets="10.1.0.1", agents=(AgentId(agent.id),))
    made = await hub.services.scans.order(tenant, admin, order)
    assert (await hub.services.scans.get(tenant, operator, made.id)).scan == made
    for by in (operator, user, owner):
        with pytest.raises(NotAllowed):
            await hub.services.scans.order(tenant, by, order)
        with pytest.raises(NotAllowed):
            await hub.services.scans.stop(tenant, by, made.id)
    for by in (user, owner):
        with pytest.raises(NotAllowed):
            await hub.services.scans.find(tenant, by, first=0, limit=9)


async def test_broken_ranges_name_their_line(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    with pytest.raises(BadRange, match="line 2"):
        await hub.services.scans.preview(tenant, admin, ScanOrder(targets="10.0.0.1\n10.0.0.300"))


async def test_agents_hear_at_once_of_what_begins_and_what_stops(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent, other = await scanner(hub, tenant, "desk", "10.1.0.0/24"), await scanner(hub, tenant, "other")
    said: dict[str, list[bytes]] = {agent.id: [], other.id: []}

    def heard(of: str, line: bytes) -> bool:
        said[of].append(line)
        return True

    for each in (agent, other):
        bearer = Bearer(tenant=tenant, agent=AgentId(each.id))
        stream = hub.services.notices.open(bearer, lambda line, of=each.id: heard(of, line))  # type: ignore[misc]
        lines = stream.lines()
        assert b"hello" in await anext(lines)
        waiting = asyncio.ensure_future(anext(lines))  # it reads on: lines go out at once from here
        await asyncio.sleep(0)
        waiting.cancel()
    made = await hub.services.scans.order(tenant, admin, ScanOrder(targets="10.1.0.1"))
    assert len(said[agent.id]) == 1
    await hub.services.scans.stop(tenant, admin, made.id)
    await hub.services.scans.resume(tenant, admin, made.id)
    assert len(said[agent.id]) == 3
    [part] = (await hub.services.scans.get(tenant, admin, made.id)).parts
    await hub.services.scans.pass_on(tenant, admin, made.id, part.part.id, AgentId(other.id))
    assert (len(said[agent.id]), len(said[other.id])) == (4, 1)
