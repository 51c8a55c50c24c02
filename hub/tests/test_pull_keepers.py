"""Keepers: agents keep sealed documents ahead, the hub erases its own, and one of them prints."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import attrs
import pytest
from hub_rig import Bench, RemoteAgent
from pull_rig import FREE, QUEUE, Office, new_office
from test_pull_mirrors import KEY, NOTE, Site

from tympan_hub.domain.blobs import Kind
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.held import Whereabouts
from tympan_hub.domain.ids import AgentId, GroupId, JobId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.limits.pull import KEEPERS, KEPT_MOST
from tympan_hub.domain.mirrors import keepers
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.pull import Mirroring, PullSettings
from tympan_hub.domain.releases import Step
from tympan_wire.hub import (
    JobStanding,
    MirrorEnvelope,
    MirrorRequest,
    Operation,
    ReleaseOutcome,
    Releases,
    ReleasesRequest,
)

pytestmark = pytest.mark.anyio
AT_AGENTS = attrs.evolve(FREE, mirror=Mirroring.AGENTS)


@attrs.define
class Building(Site):
    """An office whose queue keeps its jobs at agents, and a third agent beside the second."""

    third: RemoteAgent

    async def mirrored_for(self, job: JobId, *agents: RemoteAgent) -> str:
        upload = await self.upload()
        envelopes = tuple(MirrorEnvelope(agent=agent.id, envelope=KEY) for agent in agents)
        request = MirrorRequest(job=job, upload=upload, note=NOTE, envelopes=envelopes)
        await self.office.desk.ask(Operation.MIRROR, request)
        return upload

    async def looks(self, agent: RemoteAgent, *kept: uuid.UUID) -> Releases:
        """An agent says what it keeps, and what it is told."""
        told: Releases = await agent.ask(Operation.RELEASES, ReleasesRequest(kept=kept))
        return told

    async def kept(self) -> JobId:
        """A held job both others keep, and the hub does not."""
        job = await self.office.hold()
        upload = await self.mirrored_for(job, self.other, self.third)
        await self.looks(self.other, job), await self.looks(self.third, job)
        assert (await self.read(self.other, upload)).status_code == 404
        return job

    async def bytes_here(self) -> int:
        found = [seen async for seen in self.office.hub.blobs.list(self.office.tenant, Kind.UPLOADS)]
        return len(found)

    async def change(self, settings: PullSettings) -> None:
        printers, by = self.office.services.printers, self.office.admin.actor
        known = (await printers.get(self.office.tenant, by, QUEUE)).printer
        await printers.change(self.office.tenant, by, attrs.evolve(known, pull=settings))

    async def group(self, *agents: RemoteAgent) -> GroupId:
        groups, by = self.office.services.groups, self.office.admin.actor
        made = await groups.add(self.office.tenant, by, name="Print room")
        for agent in agents:
            await groups.join_agent(self.office.tenant, by, made.id, AgentId(agent.id))
        return GroupId(made.id)


@pytest.fixture
async def building(hub: Bench) -> Building:
    office: Office = await new_office(hub, AT_AGENTS)
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    other, third = await hub.agent(office.tenant, "desk-2"), await hub.agent(office.tenant, "desk-3")
    return Building(office, other, third)


async def test_agents_are_told_to_keep_a_document_and_the_hub_erases_it_once_all_do(building: Building) -> None:
    job = await building.office.hold()
    upload = await building.mirrored_for(job, building.other, building.third)
    assert not (await building.looks(building.office.desk)).keep, "who took it has it"
    for agent in (building.other, building.third):
        [order] = (await building.looks(agent)).keep
        assert (order.job, order.mirrored.upload, order.mirrored.envelope) == (job, upload, KEY)
        assert (await building.read(agent, upload)).status_code == 206
        assert await building.bytes_here()
        assert (await building.looks(agent, job)).keep == ()
    assert not await building.bytes_here(), "nothing of it is at the hub any more"
    assert (await building.read(building.other, upload)).status_code == 404


async def test_those_that_were_chosen_are_told_at_once(building: Building) -> None:
    lines = building.office.connect(building.other).lines()
    await building.mirrored_for(await building.office.hold(), building.other)
    assert b"hello" in await anext(lines)
    assert b'"releases"' in await anext(lines)


async def test_one_that_keeps_it_prints_it_and_the_others_drop_theirs_when_it_is_over(building: Building) -> None:
    office, other, third = building.office, building.other, building.third
    job = await building.kept()
    office.connect(third)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.MIRRORED]
    await office.release(job)
    assert not (await building.looks(other, job)).orders
    [order] = (await building.looks(third, job)).orders
    assert order.mirrored is not None and order.mirrored.envelope == KEY, "its key comes with the order"
    assert (await office.fetch()).ended == (job,)
    await office.answer(order, agent=third)
    assert not (await building.looks(other, job)).drop, "until it is over, it may be needed"
    await office.stands(job, JobStanding.COMPLETED, agent=third, revision=1)
    assert (await building.looks(other, job)).drop == (job,)
    assert (await building.looks(third, job)).drop == (job,)
    async with office.hub.units.reading() as unit:
        assert not await unit.mirrors.keepers(office.tenant, [job])


async def test_of_those_that_can_print_it_one_that_has_it_already_does(building: Building) -> None:
    office, other, third = building.office, building.other, building.third
    office.connect(other), office.connect(third)
    for agent in (other, third):
        job = await office.hold()
        await building.mirrored_for(job, other, third)
        await building.looks(agent, job)
        [release] = (await office.release(job)).releases
        assert release.agent == agent.id
        await building.looks(agent)


async def test_bytes_that_somebody_may_be_fetching_stay_until_it_is_known(building: Building) -> None:
    office, other, third = building.office, building.other, building.third
    job = await office.hold()
    await building.mirrored_for(job, other, third)
    office.connect(other)
    await building.looks(third, job)
    await office.release(job)
    assert [order.job for order in (await building.looks(other, job)).orders] == [job]
    await office.services.keepers.settle()
    assert await building.bytes_here()


async def test_one_that_lost_its_copy_is_not_given_the_job(building: Building) -> None:
    office, other, third = building.office, building.other, building.third
    job = await building.kept()
    office.connect(other), office.connect(third)
    first = min(other, third, key=lambda agent: agent.id)
    rest = third if first is other else other
    await building.looks(first)  # it keeps nothing any more
    [release] = (await office.release(job)).releases
    assert release.agent == rest.id
    await office.answer((await building.looks(rest, job)).orders[0], ReleaseOutcome.REFUSED, agent=rest)


async def test_who_lost_its_copy_before_it_fetched_the_order_takes_nothing_from_who_took_the_job(
    building: Building,
) -> None:
    office, third = building.office, building.third
    job = await building.kept()
    office.connect(third)
    batch = await office.release(job)
    assert not (await building.looks(third)).orders
    assert not (await office.fetch()).ended, "the job is safe where it was taken"
    assert [one.step for one in await office.progress(batch)] == [Step.REFUSED]
    shown = await office.services.jobs.get(office.tenant, office.ada, job)
    assert (shown.agent, shown.standing) == (office.desk.id, Standing.HELD)


async def test_one_that_never_came_keeps_the_bytes_at_the_hub_until_it_is_revoked(building: Building) -> None:
    office = building.office
    job = await office.hold()
    upload = await building.mirrored_for(job, building.other, building.third)
    await building.looks(building.other, job)
    await office.services.keepers.settle()
    assert (await building.read(building.other, upload)).status_code == 206
    await office.services.agents.revoke(office.tenant, office.admin.actor, AgentId(building.third.id))
    await office.services.keepers.settle()
    assert not await building.bytes_here()


async def test_policy_and_queue_switched_off_drop_every_copy(building: Building) -> None:
    office = building.office
    kept = await building.kept()
    lying = await office.hold()
    await building.mirrored_for(lying, building.other)
    await office.services.policy.switch(office.tenant, office.admin.actor, "pull.mirror", Verdict.OFF)
    answer = await building.looks(building.other, kept)
    assert (answer.keep, answer.drop) == ((), (kept,))
    await office.services.keepers.settle()
    assert not await building.bytes_here()
    async with office.hub.units.reading() as unit:
        assert not await unit.mirrors.printers(office.tenant)


async def test_a_queue_that_keeps_them_at_the_hub_from_now_on_has_agents_drop_theirs(building: Building) -> None:
    job = await building.kept()
    await building.change(attrs.evolve(AT_AGENTS, mirror=Mirroring.HUB))
    assert (await building.looks(building.other, job)).drop == (job,)


async def test_a_group_says_which_agents_keep_it(building: Building) -> None:
    office = building.office
    group = await building.group(building.third)
    await building.change(attrs.evolve(AT_AGENTS, keepers=group))
    job = await office.hold()
    await building.mirrored_for(job, building.other, building.third)
    assert not (await building.looks(building.other)).keep
    assert [order.job for order in (await building.looks(building.third)).keep] == [job]
    await building.looks(building.third, job)
    assert not await building.bytes_here()
    await office.services.groups.leave_agent(office.tenant, office.admin.actor, group, AgentId(building.third.id))
    assert (await building.looks(building.third, job)).drop == (job,)
    await office.services.keepers.settle()
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.ASLEEP]


async def test_a_group_there_is_not_is_refused(building: Building) -> None:
    with pytest.raises(BadInput, match="no such group"):
        await building.change(attrs.evolve(AT_AGENTS, keepers=GroupId("nobody")))


async def test_in_the_place_of_a_revoked_one_another_is_asked_while_the_bytes_are_here(building: Building) -> None:
    office = building.office
    job = await office.hold()
    more = [await office.hub.agent(office.tenant, f"more-{number}") for number in range(KEEPERS)]
    everybody = sorted([building.other, building.third, *more], key=lambda agent: agent.id)
    await building.mirrored_for(job, *everybody)
    first, spare = everybody[0], everybody[KEEPERS]
    assert not (await building.looks(spare)).keep
    await office.services.agents.revoke(office.tenant, office.admin.actor, AgentId(first.id))
    await office.services.keepers.settle()
    assert [order.job for order in (await building.looks(spare)).keep] == [job]


async def test_what_is_said_of_jobs_it_was_not_asked_for_changes_nothing(building: Building) -> None:
    job = await building.kept()
    stranger = await building.office.hub.agent(building.office.tenant, "stranger")
    abroad = await building.office.hub.agent(await building.office.hub.tenant("Other"), "abroad")
    for agent in (stranger, abroad):
        told = await building.looks(agent, job, uuid.uuid4())
        assert (told.keep, len(told.drop)) == ((), 2)
    async with building.office.hub.units.reading() as unit:
        [kept] = (await unit.mirrors.keepers(building.office.tenant, [job])).values()
    assert kept == {AgentId(building.other.id): True, AgentId(building.third.id): True}
    many = ReleasesRequest(kept=tuple(uuid.uuid4() for _ in range(KEPT_MOST + 1)))
    assert (await stranger.post(Operation.RELEASES, many)).status_code == 400


@pytest.mark.parametrize(
    ("able", "before", "here", "chosen"),
    [
        ("abc", "", "", "abc"),
        ("abcdefg", "", "fg", "fgabc"),
        ("abcdefg", "ed", "fg", "defga"),
        ("ab", "cd", "", "ab"),
        ("", "a", "a", ""),
    ],
)
def test_the_choice_is_stable_and_the_connected_come_first(
    able: Collection[str], before: Collection[str], here: Collection[str], chosen: str
) -> None:
    assert keepers(*(tuple(map(AgentId, one)) for one in (able, before, here))) == tuple(chosen)
