"""Pull printing through the hub: held jobs lie there sealed, and an agent that reaches the device prints them."""

from __future__ import annotations

import base64

import attrs
import pytest
from hub_rig import Bench, RemoteAgent
from pull_rig import FREE, LOBBY, QUEUE, Office, new_office

from tympan_hub.domain.ids import SERVICE, AgentId, GroupId, JobId, PrinterId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import TUNNEL_SEND, Verdict
from tympan_hub.domain.pull import Mirroring
from tympan_hub.domain.releases import Why
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_wire.hub import (
    Mirror,
    MirrorEnvelope,
    MirrorRequest,
    Operation,
    PullRules,
    UploadFinish,
    UploadRequest,
    digest_of,
)
from tympan_wire.key_proofs import fingerprint

pytestmark = pytest.mark.anyio
KEY = base64.b64encode(b"envelope").decode()


@attrs.define
class Far:
    """An office whose queue does not mirror by itself, with an agent beside the device; the desk reaches nothing."""

    office: Office
    near: RemoteAgent

    async def choose(
        self, use: TunnelUse = TunnelUse.FALLBACK, *, printer: PrinterId = QUEUE, group: GroupId | None = None
    ) -> None:
        """An administrator chooses for the queue, or a device."""
        choice, by = TunnelChoice(use=use, group=group), self.office.admin.actor
        await self.office.services.tunnel_use.choose(self.office.tenant, by, printer, choice)

    async def rules(self) -> PullRules:
        """What the desk is told of the queue."""
        [queue] = [one for one in (await self.office.desk.desired()).printers if one.id == QUEUE]
        assert queue.pull is not None and queue.tunnel is None
        return queue.pull

    async def held(self, *readers: RemoteAgent) -> JobId:
        """A job that is held at the desk and lies at the hub, for others too."""
        job, bearer, uploads = await self.office.hold(), self.office.bearer(), self.office.services.uploads
        begun = await uploads.begin(
            bearer.uploader, UploadRequest(name=f"held/{job}", size=3, part_bytes=1 << 16, user="ada")
        )
        digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        await uploads.put(bearer.uploader, begun.upload, 0, b"abc", digest)
        await uploads.finish(bearer.uploader, UploadFinish(upload=begun.upload, digest=digest_of([digest])))
        envelopes = tuple(MirrorEnvelope(agent=one.id, envelope=KEY) for one in (readers or (self.near,)))
        await self.office.desk.ask(
            Operation.MIRROR, MirrorRequest(job=job, upload=begun.upload, note=KEY, envelopes=envelopes)
        )
        return job


@pytest.fixture
async def far(hub: Bench) -> Far:
    office = await new_office(hub, FREE)
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    await hub.services.policy.switch(SERVICE, CONSOLE, TUNNEL_SEND, Verdict.ON)
    near = await hub.agent(office.tenant, "near")
    await near.rekey(b"envelope")
    await office.sees(LOBBY, near)
    return Far(office, near)


async def test_a_queue_marked_tunnel_mirrors_at_the_hub_for_those_that_reach_a_device(far: Far) -> None:
    assert (await far.rules()).mirror is Mirror.NONE
    await far.choose()
    rules = await far.rules()
    assert rules.mirror is Mirror.HUB
    assert [reader.agent for reader in rules.readers] == [far.near.id]
    await far.office.services.policy.switch(SERVICE, CONSOLE, TUNNEL_SEND, Verdict.OFF)
    assert (await far.rules()).mirror is Mirror.NONE, "the service owner has it off"


async def test_a_chosen_group_is_who_gets_the_keys_of_held_jobs(far: Far) -> None:
    office = far.office
    member = await office.hub.agent(office.tenant, "member")
    await member.rekey(b"envelope")
    group = await office.services.groups.add(office.tenant, office.admin.actor, name="Post")
    await office.services.groups.join_agent(office.tenant, office.admin.actor, group.id, AgentId(member.id))
    await far.choose(group=group.id)
    assert [reader.agent for reader in (await far.rules()).readers] == [member.id]


async def test_an_agent_whose_key_changed_gets_no_keys_of_held_jobs_before_that_is_confirmed(far: Far) -> None:
    await far.choose()
    await far.near.rekey(b"another")
    assert (await far.rules()).readers == ()
    book, by = far.office.services.key_book, far.office.admin.actor
    await book.confirm(far.office.tenant, by, AgentId(far.near.id), fingerprint(b"another"))
    assert [reader.agent for reader in (await far.rules()).readers] == [far.near.id]


async def test_a_release_goes_to_the_agent_that_reaches_the_device_though_the_jobs_own_is_there(far: Far) -> None:
    office = far.office
    await far.choose()
    office.connect()
    office.connect(far.near)
    job = await far.held()
    [preview] = await office.services.releases.preview(office.tenant, office.ada, LOBBY, [job])
    assert Why.COMPUTER_AWAY not in preview.whys
    batch = await office.release(job)
    assert [release.agent for release in batch.releases] == [far.near.id]
    [order] = (await office.fetch(far.near)).orders
    assert order.job == job and order.mirrored is not None and order.mirrored.envelope == KEY
    assert (await office.fetch()).orders == ()
    assert (await office.fetch()).ended == (job,), "its own agent prints it no more"


async def test_without_the_tunnel_the_jobs_own_agent_prints_it(far: Far) -> None:
    office = far.office
    await office.services.printers.change(
        office.tenant,
        office.admin.actor,
        attrs.evolve(
            (await office.services.printers.get(office.tenant, office.admin.actor, QUEUE)).printer,
            pull=attrs.evolve(FREE, mirror=Mirroring.HUB),
        ),
    )
    office.connect()
    office.connect(far.near)
    batch = await office.release(await far.held())
    assert [release.agent for release in batch.releases] == [office.desk.id]


async def test_the_jobs_own_agent_comes_first_where_it_reaches_the_device_and_last_where_it_shall_always_cross(
    far: Far,
) -> None:
    office = far.office
    await far.choose()
    office.connect()
    office.connect(far.near)
    await office.sees(LOBBY)
    first = await office.release(await far.held())
    assert [release.agent for release in first.releases] == [office.desk.id]
    await far.choose(TunnelUse.ALWAYS)
    second = await office.release(await far.held())
    assert [release.agent for release in second.releases] == [far.near.id]


async def test_a_device_marked_tunnel_is_enough_where_the_queue_mirrors(far: Far) -> None:
    office = far.office
    await far.choose()
    job = await far.held()
    await far.choose(TunnelUse.ALWAYS, printer=LOBBY)
    office.connect()
    office.connect(far.near)
    batch = await office.release(job)
    assert [release.agent for release in batch.releases] == [far.near.id]


async def test_where_nobody_reaches_the_device_its_own_agent_is_given_the_order(far: Far) -> None:
    office = far.office
    await far.choose()
    office.connect()
    job = await far.held()
    batch = await office.release(job)
    assert [release.agent for release in batch.releases] == [office.desk.id]
