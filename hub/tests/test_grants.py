"""Grants: for whom the hub signs, what it signs, and what it does not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import attrs
import pytest
from hub_rig import Bench, RemoteAgent, job_report, notices, report

from tympan_hub.domain.grants import GrantGiven
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings
from tympan_wire.grants import ForAnother, NotNow, NotSigned, verified
from tympan_wire.hub import DeviceReport, JobStanding, NearRequest, Operation, ReleaseGrant

pytestmark = pytest.mark.anyio
DOOR = "http://192.168.2.7:39151"
LASTS = dt.timedelta(minutes=10)


@attrs.define
class Place:
    """A pull queue that may be released from without the hub, a device, and a person with a computer."""

    hub: Bench
    tenant: TenantId
    admin: Person
    ada: Person
    queue: PrinterId
    point: PrinterId
    agent: RemoteAgent

    async def holds(self, **other: Any) -> uuid.UUID:
        """The agent says that it holds another job of Ada's."""
        job = uuid.uuid4()
        now = self.hub.clock.now()
        said: dict[str, Any] = {
            "printer": self.queue,
            "user": self.ada.login,
            "standing": JobStanding.HELD,
            "created_at": now,
            "ended_at": None,
            "held_until": now + dt.timedelta(days=1),
            "reason": "job-held-for-release",
        }
        receipt = await self.agent.report(report(job_report(job, **{**said, **other}), at=now))
        assert not receipt.refused
        return job

    async def sees(self, point: PrinterId, reachable: bool = True) -> None:
        now = self.hub.clock.now()
        seen = DeviceReport(printer=point, reachable=reachable, observed_at=now)
        await self.agent.report(report(seen, at=now))

    async def given(self, by: Person | None = None) -> Sequence[GrantGiven]:
        return await self.hub.services.grants.mine(self.tenant, by or self.ada)

    def read(self, envelope: str, **other: Any) -> ReleaseGrant:
        said = {
            "keys": tuple(self.hub.secrets.policy_keys().values()),
            "tenant": self.tenant,
            "agent": self.agent.id,
            "now": self.hub.clock.now(),
        }
        return verified(envelope, **{**said, **other})


async def queue_of(hub: Bench, tenant: TenantId, admin: Person, **settings: Any) -> PrinterId:
    pull = PullSettings(**{"offline": True, "grant_lasts": LASTS, **settings})
    made = await hub.services.printers.add(
        tenant, admin.actor, name=f"Follow me {uuid.uuid4().hex[:6]}", uri="", delivery=Delivery.PULL, pull=pull
    )
    return made.id


async def point_of(hub: Bench, tenant: TenantId, admin: Person, name: str = "Front") -> PrinterId:
    made = await hub.services.printers.add(tenant, admin.actor, name=name, uri=f"ipp://{name.lower()}.example/ipp")
    await hub.services.points.make(tenant, admin, (made.id,))
    return made.id


@pytest.fixture
async def place(hub: Bench) -> AsyncIterator[Place]:
    tenant = await hub.tenant()
    admin, ada = await hub.person(tenant), await hub.person(tenant, Role.USER)
    agent = await hub.agent(tenant)
    queue, point = await queue_of(hub, tenant, admin), await point_of(hub, tenant, admin)
    made = Place(hub, tenant, admin, ada, queue, point, agent)
    await made.sees(point)
    async with notices(hub.app, agent.token):
        yield made


async def test_the_owner_s_phone_gets_a_grant_the_agent_believes(place: Place) -> None:
    job = await place.holds()
    await place.agent.ask(Operation.NEAR, NearRequest(doors=(DOOR,)))
    [given] = await place.given()
    grant = place.read(given.envelope)
    assert (grant.job, grant.printers, grant.by) == (job, (place.point,), place.ada.name)
    assert grant.expires_at - grant.not_before == LASTS.total_seconds()
    assert (given.grant.job, given.grant.agent, given.places) == (job, place.agent.id, (DOOR,))


async def test_another_s_jobs_are_granted_to_nobody_else(place: Place) -> None:
    await place.holds()
    bob = await place.hub.person(place.tenant, Role.USER, "bob@acme.example")
    assert await place.given(bob) == ()
    assert await place.given(place.admin) == ()


async def test_a_grant_is_for_one_agent_one_tenant_one_hub_and_some_minutes(place: Place) -> None:
    await place.holds()
    [given] = await place.given()
    for other in ({"agent": "0" * 32}, {"tenant": "other"}):
        with pytest.raises(ForAnother):
            place.read(given.envelope, **other)
    with pytest.raises(NotSigned):
        place.read(given.envelope, keys=[bytes(32)])
    with pytest.raises(NotNow):
        place.read(given.envelope, now=place.hub.clock.now() + LASTS)


async def test_asked_again_at_once_it_is_the_same_grant_and_later_another(place: Place) -> None:
    await place.holds()
    [first] = await place.given()
    place.hub.clock.forward(seconds=LASTS.total_seconds() / 2 - 1)
    [again] = await place.given()
    assert again == first
    place.hub.clock.forward(seconds=2)
    [other] = await place.given()
    assert other.grant.id != first.grant.id
    assert place.read(other.envelope).id == other.grant.id


async def test_only_queues_that_allow_it_are_granted_from(place: Place) -> None:
    strict = await queue_of(place.hub, place.tenant, place.admin, offline=False)
    screen = await queue_of(place.hub, place.tenant, place.admin, proximity=Proximity.ROTATING)
    for queue in (strict, screen):
        await place.holds(printer=queue)
    assert await place.given() == ()


async def test_a_device_whose_own_screen_is_wanted_is_left_out(place: Place) -> None:
    await place.holds()
    other = await point_of(place.hub, place.tenant, place.admin, "Back")
    await place.sees(other)
    await place.hub.services.points.set_proximity(place.tenant, place.admin, other, Proximity.ROTATING)
    [given] = await place.given()
    assert given.points == (place.point,)
    await place.hub.services.points.set_proximity(place.tenant, place.admin, place.point, Proximity.ROTATING)
    assert await place.given() == ()


async def test_an_agent_that_reaches_no_device_is_given_nothing(place: Place) -> None:
    await place.holds()
    place.hub.clock.forward(seconds=1)
    await place.sees(place.point, reachable=False)
    assert await place.given() == ()


async def test_a_computer_that_sleeps_is_given_nothing(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, ada = await hub.person(tenant), await hub.person(tenant, Role.USER)
    queue, point = await queue_of(hub, tenant, admin), await point_of(hub, tenant, admin)
    place = Place(hub, tenant, admin, ada, queue, point, await hub.agent(tenant))
    await place.sees(point)
    await place.holds()
    assert await place.given() == ()


async def test_a_job_that_is_over_is_granted_no_more(place: Place) -> None:
    job = await place.holds()
    assert await place.given()
    await place.holds()
    now = place.hub.clock.now()
    over = job_report(job, revision=2, printer=place.queue, user=place.ada.login, ended_at=now)
    await place.agent.report(report(over, at=now))
    assert job not in {given.grant.job for given in await place.given()}


async def test_while_a_grant_is_good_the_hub_remembers_for_which_agent(place: Place) -> None:
    job = await place.holds()
    [given] = await place.given()
    async with place.hub.units.reading() as unit:
        now = place.hub.clock.now()
        kept = (await unit.grants.of(place.tenant, [given.grant.job], now))[given.grant.job]
        assert (kept.job, kept.agent) == (job, AgentId(place.agent.id))
        assert not await unit.grants.of(place.tenant, [given.grant.job], now + LASTS)
